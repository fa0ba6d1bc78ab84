// SPDX-License-Identifier: MIT
/// \file
/// The vending machine on an MPS2 board: the device and its three modules, each on a TLS connection
/// of its own, in one loop without an operating system.
///
/// Arguments, as key=value (QEMU: -semihosting-config arg=...): device_file, a file with the
/// connection strings, the device's first and then the modules', a line each; ca_file, certificates
/// to trust in PEM; port of the hub, 8883 unless given; hub, the address of the hub's name where no
/// name server knows it.

#include "department.hpp"
#include "examples/common/board.hpp"
#include "vending_machine.hpp"
#include <hubtwin/lwip/lwip_stream.hpp>
#include <hubtwin/lwip/network.hpp>
#include <hubtwin/mbedtls/mbedtls_crypto.hpp>
#include <hubtwin/mbedtls/mbedtls_random.hpp>
#include <hubtwin/mbedtls/tls_stream.hpp>
#include <hubtwin/mps2/lan9118.hpp>
#include <hubtwin/mps2/semihosting_log.hpp>
#include <hubtwin/mps2/systick_clock.hpp>
#include <hubtwin/mps2/wfi_wake.hpp>
#include <hubtwin/mqtt/transport.hpp>
#include <hubtwin/wire/decimal.hpp>

#include <algorithm>
#include <optional>

namespace vending {
namespace {

using example::fail;
using example::HostFile;
using example::make_static;
using hubtwin::mps2::argument;

struct Sizes : hubtwin::DefaultSizes {
  static constexpr std::size_t kOutboxBytes = 1024;
  static constexpr std::size_t kDesiredBytes = 512;
  static constexpr std::size_t kReportedBytes = 768;
};

constexpr std::size_t kDepartments = 3;

// All that mbedTLS ever allocates: four connections, which shake hands at the same time.
constexpr std::size_t kTlsArenaBytes = 144 * 1024;
alignas(8) unsigned char tls_arena[kTlsArenaBytes];

// A client on a connection of its own.
template <class Client>
struct Connection {
  Connection(hubtwin::Context& context, hubtwin::lwip::Network& network,
             hubtwin::mbedtls::TlsConfig& trust, const hubtwin::Identity& identity,
             const hubtwin::SessionOptions& session)
      : tcp(network), tls(tcp, trust), client(context, transport, identity, session) {}
  hubtwin::lwip::LwipStream tcp;
  hubtwin::mbedtls::TlsStream tls;
  hubtwin::mqtt::SizedTransportMemory<512, 1536> memory;
  hubtwin::mqtt::Transport transport{tls, memory.memory()};
  Client client;
};
using Device = Connection<hubtwin::SizedDeviceClient<Sizes>>;
using Module = Connection<hubtwin::SizedModuleClient<Sizes>>;

// A module and what it does, made once its identity is known.
struct Place {
  std::optional<Module> module;
  std::optional<Department> department;
};

bool connected(const hubtwin::Client& client) {
  return client.connection().state == hubtwin::ConnectionState::kConnected;
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

  mbedtls_memory_buffer_alloc_init(tls_arena, sizeof tls_arena);
  auto& random = make_static<hubtwin::mbedtls::MbedtlsRandom>("vending_machine");
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
  if (const hubtwin::Status started = network.start_dhcp("vending-machine"); !started.ok()) {
    return fail(log, "DHCP", started);
  }
  // The machine tells of its connections itself.
  auto& library_log = make_static<hubtwin::mps2::SemihostingLog>(hubtwin::LogLevel::kWarning);
  auto& context = make_static<hubtwin::SizedContext<>>(
      hubtwin::Ports{clock, crypto, random, &wake, &library_log, nullptr});
  hubtwin::SessionOptions session;
  session.port =
      static_cast<std::uint16_t>(hubtwin::from_decimal(argument(arguments, "port")).value_or(8883));
  session.product_info = "vending_machine/1.0";

  // The clients copy what they need of their identities, which refer to the file's text.
  std::optional<HostFile> device_file(std::in_place, argument(arguments, "device_file"));
  auto identity = hubtwin::Identity::parse(device_file->line(), &log);
  if (!identity.ok()) {
    return fail(log, "the device's connection string", identity.status());
  }
  if (const std::string_view hub = argument(arguments, "hub"); !hub.empty()) {
    const std::string_view name = identity->gateway.empty() ? identity->host : identity->gateway;
    if (const hubtwin::Status added = network.add_host(name, hub); !added.ok()) {
      return fail(log, "hub", added);
    }
  }
  auto& device = make_static<Device>(context, network, trust, *identity, session).client;
  auto& machine = make_static<VendingMachine>(device, log);
  static Place places[kDepartments];
  for (std::size_t i = 0; i < kDepartments; ++i) {
    identity = hubtwin::Identity::parse(device_file->line(i + 1), &log);
    if (!identity.ok()) {
      return fail(log, "a module's connection string", identity.status());
    }
    if (!Department::known(identity->module_id)) {
      return fail(log, "no department has the name of this module",
                  hubtwin::Error::kInvalidArgument);
    }
    places[i].module.emplace(context, network, trust, *identity, session);
    places[i].department.emplace(places[i].module->client, log);
  }
  device_file.reset();

  // The emulated board has no switch: the back end turns it off.
  static hubtwin::MonotonicTime off_at;
  off_at = hubtwin::kNever;
  must(device.on_method("powerOff", [&device](hubtwin::MethodCall call) {
    static_cast<void>(call.reply(200, "{}"));
    off_at = device.now() + std::chrono::milliseconds(300);  // for the answer to get out
  }));

  // The whole program: take what the network brings, poll, do what is due, sleep until something
  // is.
  bool opened = false;
  std::int64_t all_connected_after = 0;
  while (clock.now() < off_at) {
    network.poll();
    if (!opened && network.up()) {
      must(device.open());
      for (Place& place : places) {
        must(place.module->client.open());
      }
      opened = true;
    }
    context.poll();
    const hubtwin::MonotonicTime now = clock.now();
    machine.run(now);
    hubtwin::MonotonicTime deadline = hubtwin::earlier(machine.next_deadline(), off_at);
    bool all_connected = connected(device);
    for (Place& place : places) {
      place.department->run(now);
      deadline = hubtwin::earlier(deadline, place.department->next_deadline());
      all_connected = all_connected && connected(place.module->client);
    }
    if (all_connected && all_connected_after == 0) {
      all_connected_after = now.time_since_epoch().count();
    }
    context.wait(hubtwin::earlier(
        deadline, hubtwin::earlier(network.next_deadline(), context.next_deadline())));
  }

  device.close();
  for (Place& place : places) {
    place.module->client.close();
  }
  const hubtwin::MonotonicTime give_up = clock.now() + std::chrono::seconds(5);
  while (context.next_deadline() != hubtwin::kNever && clock.now() < give_up) {
    network.poll();
    context.poll();
    context.wait(hubtwin::earlier(hubtwin::earlier(give_up, network.next_deadline()),
                                  context.next_deadline()));
  }
  example::tell_figures(log, kTlsArenaBytes, all_connected_after);
  return 0;
}

}  // namespace
}  // namespace vending

int main() {
  return vending::run();
}
