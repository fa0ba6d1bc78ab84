// SPDX-License-Identifier: MIT
/// \file
/// The soil sensor on an MPS2 board: a loop without an operating system, MQTT over TLS over lwIP.
///
/// Arguments are those of example::Board, and device_file, a file with the connection string, which
/// no command line should show.

#include "examples/common/board.hpp"
#include "sensor.hpp"
#include <hubtwin/lwip/lwip_stream.hpp>
#include <hubtwin/mbedtls/tls_stream.hpp>
#include <hubtwin/mqtt/transport.hpp>

#include <optional>

namespace agriculture {
namespace {

using example::fail;
using example::HostFile;
using example::make_static;

struct Sizes : hubtwin::DefaultSizes {
  static constexpr std::size_t kHandlers = 2;
  static constexpr std::size_t kMethods = 2;
  static constexpr bool kMessages = false;  // it is told what to do by its twin and by methods
  static constexpr std::size_t kPendingMethods = 2;
  static constexpr std::size_t kOutboxBytes = 1024;
  static constexpr std::size_t kDesiredBytes = 256;
  static constexpr std::size_t kReportedBytes = 768;
  static constexpr std::string_view kWanted[] = {"telemetryConfig.sendFrequency",
                                                 "firmware.fwVersion"};
  static constexpr hubtwin::Span<const std::string_view> kWantedDesired = kWanted;
};

// Without room for records of 16 KB, short ones are asked for.
constexpr bool kShortRecords = MBEDTLS_SSL_IN_CONTENT_LEN < 16384;
constexpr auto kRecordLimit =
    kShortRecords ? hubtwin::mbedtls::RecordLimit::k4096 : hubtwin::mbedtls::RecordLimit::kNone;

// All that mbedTLS ever allocates, which is most for a chain of RSA-4096; what it used of it is
// told at the end.
constexpr std::size_t kTlsArenaBytes = 24 * 1024 + MBEDTLS_SSL_IN_CONTENT_LEN;
alignas(8) unsigned char tls_arena[kTlsArenaBytes];

// Stands in for the hardware: soil that dries and warms a little with each look.
class SimulatedProbe final : public Probe {
 public:
  Reading measure() override {
    step_ = (step_ + 1) % 40;
    return {355 - 3 * step_, 160 + step_};
  }

 private:
  std::int32_t step_ = 0;
};

int run() {
  auto& board =
      make_static<example::Board>("soil-sensor", hubtwin::ByteSpan(tls_arena), kRecordLimit);
  if (!board.start()) {
    return 2;
  }
  auto& tcp = make_static<hubtwin::lwip::LwipStream>(board.network);
  auto& tls = make_static<hubtwin::mbedtls::TlsStream>(tcp, board.trust);
  auto& memory = make_static<hubtwin::mqtt::SizedTransportMemory<512, 1536>>();
  auto& transport = make_static<hubtwin::mqtt::Transport>(tls, memory.memory());
  auto& context = make_static<hubtwin::SizedContext<>>(
      hubtwin::Ports{board.clock, board.crypto, board.random, &board.wake, &board.log, nullptr});

  std::optional<HostFile> device_file(std::in_place, board.argument("device_file"));
  const auto identity = board.identity(*device_file, 0, "device_file");
  if (!identity.ok() || !board.find_hub(*identity)) {
    return 2;
  }
  auto& device = make_static<hubtwin::SizedDeviceClient<Sizes>>(context, transport, *identity,
                                                                board.session("soil_sensor/1.0"));
  device_file.reset();  // the client has copied what it needs
  auto& probe = make_static<SimulatedProbe>();
  auto& sensor = make_static<SoilSensor>(device, probe);

  static std::int64_t connected_after;
  device.on_connection([&device](const hubtwin::ConnectionStatus& status) {
    if (status.state == hubtwin::ConnectionState::kConnected && connected_after == 0) {
      connected_after = device.now().time_since_epoch().count();
    }
  });
  // The emulated board has no switch: the back end turns it off.
  static hubtwin::MonotonicTime off_at;
  off_at = hubtwin::kNever;
  const hubtwin::Status registered =
      device.on_method("powerOff", [&device](hubtwin::MethodCall call) {
        static_cast<void>(call.reply(200, "{}"));
        off_at = device.now() + std::chrono::milliseconds(300);  // for the answer to get out
      });
  if (!registered.ok()) {
    return fail(board.log, "the method powerOff", registered);
  }

  // The whole program: take what the network brings, poll, do what is due, sleep until something
  // is.
  bool opened = false;
  example::PollMeter meter(board.clock);
  while (board.clock.now() < off_at) {
    board.network.poll();
    if (!opened && board.network.up()) {
      if (const hubtwin::Status status = device.open(); !status.ok()) {
        return fail(board.log, "open", status);
      }
      opened = true;
    }
    meter.time(tls.next_step(), [&] { context.poll(); });
    sensor.run(board.clock.now());
    if (!sensor.status().ok()) {
      return fail(board.log, "the sensor", sensor.status());
    }
    context.wait(
        hubtwin::earlier(hubtwin::earlier(board.network.next_deadline(), context.next_deadline()),
                         hubtwin::earlier(sensor.next_deadline(), off_at)));
  }

  device.close();
  board.finish(context);
  meter.tell(board.log);
  board.tell_figures(connected_after);
  return 0;
}

}  // namespace
}  // namespace agriculture

int main() {
  return agriculture::run();
}
