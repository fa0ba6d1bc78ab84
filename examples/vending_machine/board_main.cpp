// SPDX-License-Identifier: MIT
/// \file
/// The vending machine on an MPS2 board: the device and its three modules, each on a TLS connection
/// of its own, in one loop without an operating system.
///
/// Arguments are those of example::Board, and device_file, a file with the connection strings, the
/// device's first and then the modules', a line each.

#include "department.hpp"
#include "examples/common/board.hpp"
#include "vending_machine.hpp"
#include <hubtwin/lwip/lwip_stream.hpp>
#include <hubtwin/mbedtls/tls_stream.hpp>
#include <hubtwin/mps2/semihosting_log.hpp>
#include <hubtwin/mqtt/transport.hpp>

#include <algorithm>
#include <optional>

namespace vending {
namespace {

using example::HostFile;
using example::make_static;

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
  Connection(hubtwin::Context& context, example::Board& board, const hubtwin::Identity& identity,
             const hubtwin::SessionOptions& session)
      : tcp(board.network), tls(tcp, board.trust), client(context, transport, identity, session) {}
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
  auto& board = make_static<example::Board>("vending-machine", hubtwin::ByteSpan(tls_arena),
                                            hubtwin::mbedtls::RecordLimit::kNone);
  if (!board.start()) {
    return 2;
  }
  // The machine tells of its connections itself.
  auto& library_log = make_static<hubtwin::mps2::SemihostingLog>(hubtwin::LogLevel::kWarning);
  auto& context = make_static<hubtwin::SizedContext<>>(
      hubtwin::Ports{board.clock, board.crypto, board.random, &board.wake, &library_log, nullptr});
  const hubtwin::SessionOptions session = board.session("vending_machine/1.0");

  // The clients copy what they need of their identities, which refer to the file's text.
  std::optional<HostFile> device_file(std::in_place, board.argument("device_file"));
  auto identity = board.identity(*device_file, 0, "the device's connection string");
  if (!identity.ok() || !board.find_hub(*identity)) {
    return 2;
  }
  auto& device = make_static<Device>(context, board, *identity, session).client;
  auto& machine = make_static<VendingMachine>(device, board.log);
  static Place places[kDepartments];
  for (std::size_t i = 0; i < kDepartments; ++i) {
    identity = board.identity(*device_file, i + 1, "a module's connection string");
    if (!identity.ok()) {
      return 2;
    }
    if (!Department::known(identity->module_id)) {
      return example::fail(board.log, "no department has the name of this module",
                           hubtwin::Error::kInvalidArgument);
    }
    places[i].module.emplace(context, board, *identity, session);
    places[i].department.emplace(places[i].module->client, board.log);
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
  while (board.clock.now() < off_at) {
    board.network.poll();
    if (!opened && board.network.up()) {
      must(device.open());
      for (Place& place : places) {
        must(place.module->client.open());
      }
      opened = true;
    }
    context.poll();
    const hubtwin::MonotonicTime now = board.clock.now();
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
        deadline, hubtwin::earlier(board.network.next_deadline(), context.next_deadline())));
  }

  device.close();
  for (Place& place : places) {
    place.module->client.close();
  }
  board.finish(context);
  board.tell_figures(all_connected_after);
  return 0;
}

}  // namespace
}  // namespace vending

int main() {
  return vending::run();
}
