// SPDX-License-Identifier: MIT
//
// One array a type, as large as the type: a symbol table tells the sizes of a target that nobody
// has to run.
#include <hubtwin/hubtwin.hpp>

#define HUBTWIN_SIZE_OF(name, ...) extern "C" const char size_of_##name[sizeof(__VA_ARGS__)] = {}

namespace {
struct TelemetryOnly : hubtwin::DefaultSizes {
  static constexpr std::size_t kDesiredBytes = 0;
  static constexpr std::size_t kMethods = 0;
  static constexpr bool kMessages = false;
};
}  // namespace

HUBTWIN_SIZE_OF(Status, hubtwin::Status);
HUBTWIN_SIZE_OF(Function, hubtwin::Function<void()>);
HUBTWIN_SIZE_OF(Identity, hubtwin::Identity);
HUBTWIN_SIZE_OF(PropertyView, hubtwin::PropertyView);
HUBTWIN_SIZE_OF(PropertyTree_without_arena, hubtwin::PropertyTree);
HUBTWIN_SIZE_OF(Patch, hubtwin::Patch);
HUBTWIN_SIZE_OF(JsonReader, hubtwin::JsonReader);
HUBTWIN_SIZE_OF(JsonWriter, hubtwin::JsonWriter);
HUBTWIN_SIZE_OF(Session, hubtwin::Session);
HUBTWIN_SIZE_OF(Twin, hubtwin::Twin);
HUBTWIN_SIZE_OF(Methods, hubtwin::Methods);
HUBTWIN_SIZE_OF(Messages, hubtwin::Messages);
HUBTWIN_SIZE_OF(Telemetry, hubtwin::Telemetry);
HUBTWIN_SIZE_OF(Context, hubtwin::Context);
HUBTWIN_SIZE_OF(SizedContext_default, hubtwin::SizedContext<>);
HUBTWIN_SIZE_OF(SizedDeviceClient_default, hubtwin::SizedDeviceClient<>);
HUBTWIN_SIZE_OF(SizedModuleClient_default, hubtwin::SizedModuleClient<>);
HUBTWIN_SIZE_OF(SizedDeviceClient_telemetry_only, hubtwin::SizedDeviceClient<TelemetryOnly>);
