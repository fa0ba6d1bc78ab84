// SPDX-License-Identifier: MIT
/// \file
/// The soil sensor on an MPS2 board: a loop without an operating system, MQTT over TLS over lwIP.
///
/// Arguments, as key=value (QEMU: -semihosting-config arg=...): device_file, a file with the
/// connection string, which no command line should show; ca_file, certificates to trust in PEM;
/// port of the hub, 8883 unless given; hub, the address of the hub's name where no name server
/// knows it; utc, seconds since 1970 that the clock shall begin with instead of the host's.

#include "examples/common/board.hpp"
#include "sensor.hpp"
#include <hubtwin/lwip/lwip_stream.hpp>
#include <hubtwin/lwip/network.hpp>
#include <hubtwin/mbedtls/mbedtls_crypto.hpp>
#include <hubtwin/mbedtls/mbedtls_random.hpp>
#include <hubtwin/mbedtls/tls_stream.hpp>
#include <hubtwin/mps2/lan9118.hpp>
#include <hubtwin/mps2/semihosting.hpp>
#include <hubtwin/mps2/semihosting_log.hpp>
#include <hubtwin/mps2/systick_clock.hpp>
#include <hubtwin/mps2/wfi_wake.hpp>
#include <hubtwin/mqtt/transport.hpp>
#include <hubtwin/wire/decimal.hpp>

#include <optional>

#include <mbedtls/memory_buffer_alloc.h>

namespace agriculture {
namespace {

using example::fail;
using example::HostFile;
using example::make_static;
using hubtwin::mps2::argument;

struct Sizes : hubtwin::DefaultSizes {
  static constexpr std::size_t kHandlers = 2;
  static constexpr std::size_t kMethods = 2;
  static constexpr std::size_t kInputs = 0;
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
  static char argument_room[1024];
  auto& log = make_static<hubtwin::mps2::SemihostingLog>();
  auto& clock = make_static<hubtwin::mps2::SysTickClock>();
  auto& wake = make_static<hubtwin::mps2::WfiWake>(clock);
  const auto read = hubtwin::mps2::semihosting_arguments(hubtwin::Span<char>(argument_room));
  if (!read.ok()) {
    return fail(log, "the arguments", read.status());
  }
  const std::string_view arguments = *read;
  const auto port = hubtwin::from_decimal(argument(arguments, "port")).value_or(8883);
  if (const auto utc = hubtwin::from_decimal(argument(arguments, "utc"))) {
    clock.set_utc(hubtwin::UtcTime(std::chrono::seconds(*utc)));
  }

  mbedtls_memory_buffer_alloc_init(tls_arena, sizeof tls_arena);
  auto& random = make_static<hubtwin::mbedtls::MbedtlsRandom>("soil_sensor");
  auto& crypto = make_static<hubtwin::mbedtls::MbedtlsCrypto>();
  auto& trust = make_static<hubtwin::mbedtls::TlsConfig>(clock, random, kRecordLimit);
  const hubtwin::Status trusted = trust.trust(HostFile(argument(arguments, "ca_file")).with_nul());
  if (!trusted.ok()) {
    return fail(log, "ca_file", trusted);
  }

  auto& ethernet = make_static<hubtwin::mps2::Lan9118>(wake);
  if (!ethernet.status().ok()) {
    return fail(log, "the Ethernet controller", ethernet.status());
  }
  auto& network = make_static<hubtwin::lwip::Network>(clock, random, &ethernet);
  if (const hubtwin::Status started = network.start_dhcp("soil-sensor"); !started.ok()) {
    return fail(log, "DHCP", started);
  }

  auto& tcp = make_static<hubtwin::lwip::LwipStream>(network);
  auto& tls = make_static<hubtwin::mbedtls::TlsStream>(tcp, trust);
  auto& memory = make_static<hubtwin::mqtt::SizedTransportMemory<512, 1536>>();
  auto& transport = make_static<hubtwin::mqtt::Transport>(tls, memory.memory());
  auto& context = make_static<hubtwin::SizedContext<>>(
      hubtwin::Ports{clock, crypto, random, &wake, &log, nullptr});

  std::optional<HostFile> device_file(std::in_place, argument(arguments, "device_file"));
  const auto identity = hubtwin::Identity::parse(device_file->line(), &log);
  if (!identity.ok()) {
    return fail(log, "device_file", identity.status());
  }
  if (const std::string_view hub = argument(arguments, "hub"); !hub.empty()) {
    const std::string_view name = identity->gateway.empty() ? identity->host : identity->gateway;
    if (const hubtwin::Status added = network.add_host(name, hub); !added.ok()) {
      return fail(log, "hub", added);
    }
  }
  hubtwin::SessionOptions session;
  session.port = static_cast<std::uint16_t>(port);
  session.product_info = "soil_sensor/1.0";
  auto& device =
      make_static<hubtwin::SizedDeviceClient<Sizes>>(context, transport, *identity, session);
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
    return fail(log, "the method powerOff", registered);
  }

  // The whole program: take what the network brings, poll, do what is due, sleep until something
  // is.
  bool opened = false;
  example::PollMeter meter(clock);
  while (clock.now() < off_at) {
    network.poll();
    if (!opened && network.up()) {
      if (const hubtwin::Status status = device.open(); !status.ok()) {
        return fail(log, "open", status);
      }
      opened = true;
    }
    meter.time(tls.next_step(), [&] { context.poll(); });
    sensor.run(clock.now());
    if (!sensor.status().ok()) {
      return fail(log, "the sensor", sensor.status());
    }
    context.wait(
        hubtwin::earlier(hubtwin::earlier(network.next_deadline(), context.next_deadline()),
                         hubtwin::earlier(sensor.next_deadline(), off_at)));
  }

  device.close();
  const hubtwin::MonotonicTime give_up = clock.now() + std::chrono::seconds(5);
  while (context.next_deadline() != hubtwin::kNever && clock.now() < give_up) {
    network.poll();
    context.poll();
    context.wait(hubtwin::earlier(hubtwin::earlier(give_up, network.next_deadline()),
                                  context.next_deadline()));
  }
  meter.tell(log);
  example::tell_figures(log, kTlsArenaBytes, connected_after);
  return 0;
}

}  // namespace
}  // namespace agriculture

int main() {
  return agriculture::run();
}
