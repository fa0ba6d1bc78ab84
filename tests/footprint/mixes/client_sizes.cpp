// SPDX-License-Identifier: MIT
//
// One array a type, as large as the type; see ../sizes.cpp. "Frugal" is the configuration that the
// limits on RAM are given for.
#include <hubtwin/hubtwin.hpp>

#define HUBTWIN_SIZE_OF(name, ...) extern "C" const char size_of_##name[sizeof(__VA_ARGS__)] = {}

namespace {
struct Frugal : hubtwin::DefaultSizes {
  static constexpr std::size_t kHostBytes = 64;
  static constexpr std::size_t kIdBytes = 64;
  static constexpr std::size_t kKeyBytes = 64;
  static constexpr std::size_t kTransmitBytes = 512;
  static constexpr std::size_t kOutboxBytes = 512;
  static constexpr std::size_t kHandlers = 8;
  static constexpr std::size_t kPendingMethods = 4;
};
struct TelemetryOnly : hubtwin::DefaultSizes {
  static constexpr std::size_t kDesiredBytes = 0;
  static constexpr std::size_t kMethods = 0;
  static constexpr bool kMessages = false;
};
}  // namespace

HUBTWIN_SIZE_OF(device, hubtwin::SizedDeviceClient<>);
HUBTWIN_SIZE_OF(module, hubtwin::SizedModuleClient<>);
HUBTWIN_SIZE_OF(device_telemetry_only, hubtwin::SizedDeviceClient<TelemetryOnly>);
HUBTWIN_SIZE_OF(frugal_device, hubtwin::SizedDeviceClient<Frugal>);
HUBTWIN_SIZE_OF(frugal_module, hubtwin::SizedModuleClient<Frugal>);
HUBTWIN_SIZE_OF(frugal_arenas, char[Frugal::kDesiredBytes + Frugal::kReportedBytes]);
// Room for a topic of 256 bytes with what stands beside it, and the frugal transmit memory.
HUBTWIN_SIZE_OF(frugal_mqtt_buffers, hubtwin::mqtt::SizedTransportMemory<272, 512>);
HUBTWIN_SIZE_OF(context, hubtwin::SizedContext<>);
HUBTWIN_SIZE_OF(mqtt, hubtwin::mqtt::Transport);
HUBTWIN_SIZE_OF(mqtt_buffers, hubtwin::mqtt::SizedTransportMemory<>);
