// SPDX-License-Identifier: MIT
/// \file
/// A vending machine: a device and the sensors of three departments, each on an identity and a
/// connection of its own, driven by one loop.

#include "console.hpp"
#include "department.hpp"
#include "options.hpp"
#include "transports.hpp"
#include "vending_machine.hpp"
#include <hubtwin/mbedtls/mbedtls_crypto.hpp>
#include <hubtwin/posix/event_wake.hpp>
#include <hubtwin/posix/standard_error_log.hpp>
#include <hubtwin/posix/system_clock.hpp>
#include <hubtwin/posix/system_random.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <deque>

namespace vending {
namespace {

// A connection string may hold a ready-made token, and a machine in the field lives long without a
// link: more room than the defaults.
struct Sizes : hubtwin::DefaultSizes {
  static constexpr std::size_t kHostBytes = 256;
  static constexpr std::size_t kIdBytes = 128;
  static constexpr std::size_t kKeyBytes = 512;
  static constexpr std::size_t kOutboxBytes = 16 * 1024;
  static constexpr std::size_t kDesiredBytes = 4096;
  static constexpr std::size_t kReportedBytes = 4096;
};

// A client on a transport of its own.
template <class Client>
struct Connection {
  Connection(hubtwin::Context& context, Transports& transports, const hubtwin::Identity& identity,
             const hubtwin::SessionOptions& session)
      : transport(transports.make()), client(context, *transport, identity, session) {}
  std::shared_ptr<hubtwin::Transport> transport;
  Client client;
};
using Device = Connection<hubtwin::SizedDeviceClient<Sizes>>;
using Module = Connection<hubtwin::SizedModuleClient<Sizes>>;

// The machine's words on standard output.
class StandardOutput final : public Console {
 public:
  void write(hubtwin::LogLevel, std::string_view who, std::string_view line) override {
    std::printf("%-20.*s %.*s\n", static_cast<int>(who.size()), who.data(),
                static_cast<int>(line.size()), line.data());
    std::fflush(stdout);
  }
};

std::atomic<bool> stopping{false};
hubtwin::Wake* wake_at_signal = nullptr;

// While it lives, SIGTERM and SIGINT end the loop; then they do again what they did before.
class StopAtSignal {
 public:
  explicit StopAtSignal(hubtwin::Wake& wake) {
    wake_at_signal = &wake;
    std::signal(SIGTERM, stop);
    std::signal(SIGINT, stop);
  }
  ~StopAtSignal() {
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    wake_at_signal = nullptr;
  }
  StopAtSignal(const StopAtSignal&) = delete;
  StopAtSignal& operator=(const StopAtSignal&) = delete;

 private:
  static void stop(int) {
    stopping = true;
    wake_at_signal->wake();
  }
};

// What is wrong with a connection string, never its values.
bool read_identity(const std::string& text, const char* what, hubtwin::Log* log,
                   hubtwin::Identity& identity) {
  std::string_view culprit;
  const auto parsed = hubtwin::Identity::parse(text, log, &culprit);
  if (!parsed.ok()) {
    std::fprintf(stderr, "vending_machine: the connection string of the %s: %s (%.*s)\n", what,
                 to_string(parsed.error()), static_cast<int>(culprit.size()), culprit.data());
    return false;
  }
  identity = *parsed;
  return true;
}

bool opened(hubtwin::Client& client) {
  const hubtwin::Status status = client.open();
  if (status.error() == hubtwin::Error::kNotSupported) {
    std::fprintf(stderr, "vending_machine: %s: x509 and UseProvisioning are not supported yet\n",
                 std::string(client.name()).c_str());
  } else if (!status.ok()) {
    std::fprintf(stderr, "vending_machine: cannot open %s: %s\n",
                 std::string(client.name()).c_str(), to_string(status.error()));
  }
  return status.ok();
}

int run(const Options& options) {
  hubtwin::posix::SystemClock clock;
  hubtwin::posix::EventWake wake(clock);
  hubtwin::posix::StandardErrorLog log;
  hubtwin::mbedtls::MbedtlsCrypto crypto;
  hubtwin::posix::SystemRandom random;
  hubtwin::SizedContext<> context(
      {clock, crypto, random, &wake, options.verbose ? &log : nullptr, nullptr});
  const StopAtSignal stop_at_signal(wake);

  Transports transports(options.native_transport, options.ca_file, clock, wake);
  if (!transports.status().ok()) {
    std::fprintf(stderr, "vending_machine: %s: %s\n", transports.trust_file().c_str(),
                 to_string(transports.status().error()));
    return 2;
  }
  hubtwin::SessionOptions session;
  session.port = options.port;
  session.product_info = "vending_machine/1.0";

  hubtwin::Identity identity;
  if (!read_identity(options.device, "device", &log, identity)) {
    return 2;
  }
  Device device(context, transports, identity, session);
  StandardOutput console;
  VendingMachine machine(device.client, console);

  std::deque<Module> modules;
  std::deque<Department> departments;
  for (const std::string& text : options.modules) {
    if (!read_identity(text, "module", &log, identity)) {
      return 2;
    }
    if (!Department::known(identity.module_id)) {
      std::fprintf(stderr,
                   "vending_machine: no department is called %s; there are cooling, stock "
                   "and payment\n",
                   std::string(identity.module_id).c_str());
      return 2;
    }
    modules.emplace_back(context, transports, identity, session);
    departments.emplace_back(modules.back().client, console);
  }

  bool ready = opened(device.client);
  for (Module& module : modules) {
    ready = ready && opened(module.client);
  }
  if (!ready) {
    return 2;
  }

  // The whole program: poll, do what is due, sleep until something is.
  while (!stopping) {
    context.poll();
    const hubtwin::MonotonicTime now = clock.now();
    machine.run(now);
    hubtwin::MonotonicTime deadline = machine.next_deadline();
    for (Department& department : departments) {
      department.run(now);
      deadline = hubtwin::earlier(deadline, department.next_deadline());
    }
    context.wait(hubtwin::earlier(deadline, context.next_deadline()));
  }

  device.client.close();
  for (Module& module : modules) {
    module.client.close();
  }
  // A hub that doesn't answer must not keep the machine from ending.
  const hubtwin::MonotonicTime give_up = clock.now() + std::chrono::seconds(5);
  while (context.next_deadline() != hubtwin::kNever && clock.now() < give_up) {
    context.poll();
    context.wait(hubtwin::earlier(give_up, context.next_deadline()));
  }
  return 0;
}

}  // namespace
}  // namespace vending

int main(int argc, char** argv) {
  vending::Options options;
  switch (vending::parse_options(argc, argv, options)) {
    case vending::OptionsOutcome::kHelp:
      return 0;
    case vending::OptionsOutcome::kWrong:
      return 2;
    case vending::OptionsOutcome::kRun:
      return vending::run(options);
  }
  return 2;
}
