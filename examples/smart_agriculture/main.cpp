// SPDX-License-Identifier: MIT
/// \file
/// The soil sensor on an MPS2 board: a loop without an operating system, MQTT over TLS over lwIP.
///
/// Arguments, as key=value (QEMU: -semihosting-config arg=...): device_file, a file with the
/// connection string, which no command line should show; ca_file, certificates to trust in PEM;
/// port of the hub, 8883 unless given; hub, the address of the hub's name where no name server
/// knows it; utc, seconds since 1970 that the clock shall begin with instead of the host's.

#include "sensor.hpp"
#include <hubtwin/lwip/lwip_stream.hpp>
#include <hubtwin/lwip/network.hpp>
#include <hubtwin/mbedtls/mbedtls_crypto.hpp>
#include <hubtwin/mbedtls/mbedtls_random.hpp>
#include <hubtwin/mbedtls/tls_stream.hpp>
#include <hubtwin/mps2/lan9118.hpp>
#include <hubtwin/mps2/memory.hpp>
#include <hubtwin/mps2/semihosting.hpp>
#include <hubtwin/mps2/semihosting_log.hpp>
#include <hubtwin/mps2/systick_clock.hpp>
#include <hubtwin/mps2/wfi_wake.hpp>
#include <hubtwin/mqtt/transport.hpp>
#include <hubtwin/wire/decimal.hpp>

#include <new>
#include <optional>
#include <utility>

#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>

namespace agriculture {
namespace {

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

// All that mbedTLS ever allocates, which is most for a chain of RSA-4096; what it used of it is
// told at the end.
constexpr std::size_t kTlsArenaBytes = 40 * 1024;
alignas(8) unsigned char tls_arena[kTlsArenaBytes];

// The one object of its type, in static memory and never destroyed.
template <class T, class... Args>
T& make_static(Args&&... args) {
  alignas(T) static unsigned char room[sizeof(T)];
  return *::new (static_cast<void*>(room)) T(std::forward<Args>(args)...);
}

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

// A file of the host with a NUL behind it, in memory of mbedTLS for as long as it is needed.
class HostFile {
 public:
  explicit HostFile(std::string_view path) {
    char name[256];
    if (path.empty() || path.size() >= sizeof name) {
      return;
    }
    name[path.copy(name, path.size())] = '\0';
    const auto size = hubtwin::mps2::semihosting_file_size(name);
    if (!size.ok()) {
      return;
    }
    bytes_ = static_cast<std::uint8_t*>(mbedtls_calloc(1, *size + 1));
    if (bytes_ == nullptr) {
      return;
    }
    size_ =
        hubtwin::mps2::semihosting_read_file(name, hubtwin::ByteSpan(bytes_, *size)).value_or(0);
  }
  ~HostFile() {
    hubtwin::wipe(hubtwin::ByteSpan(bytes_, size_));
    mbedtls_free(bytes_);
  }
  HostFile(const HostFile&) = delete;
  HostFile& operator=(const HostFile&) = delete;

  hubtwin::ByteView with_nul() const { return {bytes_, size_ == 0 ? 0 : size_ + 1}; }
  std::string_view line() const {
    const std::string_view text = hubtwin::as_text(hubtwin::ByteView(bytes_, size_));
    return {text.data(), text.find('\n') < text.size() ? text.find('\n') : text.size()};
  }

 private:
  std::uint8_t* bytes_ = nullptr;
  std::size_t size_ = 0;
};

int fail(hubtwin::Log& log, std::string_view what, hubtwin::Status status) {
  hubtwin::LogLine(&log, hubtwin::LogLevel::kError, "")
      << what << ": " << to_string(status.error());
  return 2;
}

// One line, for programs to read as well.
void tell_figures(hubtwin::Log* log, std::int64_t connected_after) {
  const hubtwin::mps2::MemoryUse use = hubtwin::mps2::memory_use();
  std::size_t bytes = 0;
  std::size_t blocks = 0;
  mbedtls_memory_buffer_alloc_max_get(&bytes, &blocks);
  constexpr std::size_t kBlockHead = 32;
  const auto number = [](std::size_t value) { return static_cast<std::int64_t>(value); };
  hubtwin::LogLine(log, hubtwin::LogLevel::kInfo, "")
      << "figures: flash=" << number(use.flash) << " data=" << number(use.data)
      << " bss=" << number(use.bss) << " stack=" << number(use.stack_used) << "/"
      << number(use.stack_reserved) << " tls=" << number(bytes + blocks * kBlockHead) << "/"
      << number(kTlsArenaBytes) << " connected_ms=" << connected_after;
}

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
  auto& trust = make_static<hubtwin::mbedtls::TlsConfig>(clock, random);
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
  while (clock.now() < off_at) {
    network.poll();
    if (!opened && network.up()) {
      if (const hubtwin::Status status = device.open(); !status.ok()) {
        return fail(log, "open", status);
      }
      opened = true;
    }
    context.poll();
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
  tell_figures(&log, connected_after);
  return 0;
}

}  // namespace
}  // namespace agriculture

int main() {
  return agriculture::run();
}
