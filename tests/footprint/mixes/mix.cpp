// SPDX-License-Identifier: MIT
//
// Programs of growing demands, one for each value of HUBTWIN_FOOTPRINT_MIX:
// 0 nothing, what the others are counted over; 1 telemetry; 2 with a twin; 3 with methods and
// messages; 4 with a module beside the device.
#include "mix.hpp"

#include <hubtwin/device_client.hpp>
#include <hubtwin/module_client.hpp>

#if HUBTWIN_FOOTPRINT_MIX == 0

extern "C" int firmware_main(const Board&) {
  return 0;
}

#else
namespace {

#if HUBTWIN_FOOTPRINT_MIX == 1
using Sizes = TelemetryOnly;
#elif HUBTWIN_FOOTPRINT_MIX == 2
using Sizes = TelemetryAndTwin;
#else
using Sizes = hubtwin::DefaultSizes;
#endif

bool send(hubtwin::Client& client) {
  hubtwin::TelemetryMessage message;
  message.payload = hubtwin::as_bytes(R"({"temperature":21})");
  return client.send(message).ok();
}

#if HUBTWIN_FOOTPRINT_MIX >= 2
std::int32_t limit;

bool use_twin(hubtwin::Client& client) {
  return client.twin().bind("limit", limit).ok() &&
         client.twin()
             .on_desired("valve",
                         [&client](const hubtwin::DesiredChange& change) {
                           static_cast<void>(client.twin().report("valve", change.value().value()));
                         })
             .ok() &&
         client.twin().report("version", "1.0").ok();
}
#endif

#if HUBTWIN_FOOTPRINT_MIX >= 3
bool take_calls(hubtwin::Client& client) {
  return client
      .on_method("selfTest",
                 [](hubtwin::MethodCall call) { static_cast<void>(call.reply(200, "{}")); })
      .ok();
}
#endif

}  // namespace

extern "C" int firmware_main(const Board& board) {
  auto& context = make_static<hubtwin::SizedContext<>>(board.clock, board.crypto, board.random);
  const auto identity = hubtwin::Identity::parse(board.connection_strings[0]);
  if (!identity) {
    return static_cast<int>(identity.error());
  }
  auto& device =
      make_static<hubtwin::SizedDeviceClient<Sizes>>(context, transport_of(board, 0), *identity);
#if HUBTWIN_FOOTPRINT_MIX >= 2
  if (!use_twin(device)) {
    return 1;
  }
#endif
#if HUBTWIN_FOOTPRINT_MIX >= 3
  device.on_message([](const hubtwin::Message&) {});
  if (!take_calls(device)) {
    return 1;
  }
#endif
#if HUBTWIN_FOOTPRINT_MIX >= 4
  const auto module_identity = hubtwin::Identity::parse(board.connection_strings[1]);
  if (!module_identity) {
    return static_cast<int>(module_identity.error());
  }
  auto& module =
      make_static<hubtwin::SizedModuleClient<>>(context, transport_of(board, 1), *module_identity);
  if (!use_twin(module) || !take_calls(module) ||
      !module.on_input("stock", [](const hubtwin::Message&) {}) || !module.open()) {
    return 1;
  }
#endif
  if (!device.open()) {
    return 1;
  }
  for (;;) {
    context.poll();
    if (!send(device)) {
      return 2;
    }
#if HUBTWIN_FOOTPRINT_MIX >= 2
    if (!device.twin().report("limit", limit)) {
      return 3;
    }
#endif
#if HUBTWIN_FOOTPRINT_MIX >= 4
    if (!module.send_output("alarm", {}) || !module.twin().report("limit", limit)) {
      return 3;
    }
#endif
    context.wait(context.next_deadline());
  }
}

#endif
