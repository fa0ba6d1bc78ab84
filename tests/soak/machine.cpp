// SPDX-License-Identifier: MIT

/// \file
/// The vending machine of the examples, kept busy: a device and three modules on connections of
/// their own, which tell each second on standard output how they are. Driven by tests/soak/run.

#include "examples/vending_machine/department.hpp"
#include "examples/vending_machine/options.hpp"
#include "examples/vending_machine/transports.hpp"
#include "examples/vending_machine/vending_machine.hpp"
#include "load.hpp"
#include "memory.hpp"
#include "paced.hpp"
#include <hubtwin/mbedtls/mbedtls_crypto.hpp>
#include <hubtwin/posix/event_wake.hpp>
#include <hubtwin/posix/standard_error_log.hpp>
#include <hubtwin/posix/system_clock.hpp>
#include <hubtwin/posix/system_random.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace hubtwin::soak {
namespace {

using namespace std::chrono_literals;
using Microseconds = std::chrono::microseconds;

struct Sizes : DefaultSizes {
  // A link that is away for long fills it, and messages are refused.
  static constexpr std::size_t kOutboxBytes = 4 * 1024;
  static constexpr std::size_t kDesiredBytes = 6 * 1024;
  static constexpr std::size_t kReportedBytes = 8 * 1024;
};

/// What the example's options don't have.
struct Plan {
  std::int64_t pace = 1;
  std::uint32_t seed = 1;
  UtcTime epoch{};
};

std::atomic<bool> stopping{false};
std::atomic<bool> asked_for_state{false};
Wake* wake_at_signal = nullptr;

void on_signal(int signal) {
  (signal == SIGUSR1 ? asked_for_state : stopping) = true;
  wake_at_signal->wake();
}

void tell(const Json& line) {
  // What arrives in messages is text of this test's own.
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

// What the machine's own classes say.
class Words final : public vending::Console {
 public:
  void write(LogLevel, std::string_view who, std::string_view line) override {
    tell({{"type", "words"}, {"who", std::string(who)}, {"line", std::string(line)}});
  }
};

Microseconds thread_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::duration_cast<Microseconds>(std::chrono::seconds(time.tv_sec) +
                                                  std::chrono::nanoseconds(time.tv_nsec));
}

void tell_end_of_link(Client& client) {
  client.on_connection([&client](const ConnectionStatus& status) {
    if (status.state == ConnectionState::kWaitingToRetry) {
      tell({{"type", "ended"},
            {"who", std::string(client.name())},
            {"reason", to_string(status.reason.error())}});
    }
  });
}

/// One client, what the example makes of it, and its load.
template <class SizedClient, class Actor, class Seen>
struct Place {
  Place(Context& context, vending::Transports& transports, const Identity& identity,
        const SessionOptions& options, vending::Console& console, std::uint32_t seed)
      : transport(transports.make()),
        client(context, *transport, identity, options),
        actor(static_cast<Seen&>(client), console),
        load(client, seed) {
    tell_end_of_link(client);
  }
  std::shared_ptr<Transport> transport;
  SizedClient client;
  Actor actor;
  Load load;
};
using Device = Place<SizedDeviceClient<Sizes>, vending::VendingMachine, DeviceClient>;
using Module = Place<SizedModuleClient<Sizes>, vending::Department, ModuleClient>;

Identity identity_of(const std::string& text) {
  const Result<Identity> identity = Identity::parse(text);
  if (!identity.ok()) {
    throw std::runtime_error("a connection string isn't one");
  }
  return *identity;
}

class Machine {
 public:
  Machine(const vending::Options& options, const Plan& plan)
      : pace_(plan.pace),
        clock_(system_clock_, plan.epoch, plan.pace),
        context_({clock_, crypto_, random_, &wake_, options.verbose ? &log_ : nullptr, nullptr}),
        transports_(options.native_transport, options.ca_file, clock_, real_wake_) {
    if (!transports_.status().ok()) {
      throw std::runtime_error(transports_.trust_file() + ": " +
                               to_string(transports_.status().error()));
    }
    wake_at_signal = &real_wake_;
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) {
      std::signal(signal, on_signal);
    }
    SessionOptions session;
    session.port = options.port;
    session.product_info = "soak/1.0";
    session.keep_alive = 15s;
    session.token_lifetime = 5min;
    // Faults come more often here than a device in the field could live through with patience.
    session.backoff.cap = 60s;
    session.backoff.slow_base = 20s;
    session.backoff.slow_cap = 2min;
    std::uint32_t seed = plan.seed;
    device_.emplace(context_, transports_, identity_of(options.device), session, words_, seed);
    device_->client.on_message([this](const Message& message) {
      tell({{"type", "message"},
            {"who", std::string(device_->client.name())},
            {"body", std::string(as_text(message.payload()))}});
    });
    add(device_->client, device_->load);
    for (const std::string& text : options.modules) {
      modules_.emplace_back(context_, transports_, identity_of(text), session, words_, ++seed);
      add(modules_.back().client, modules_.back().load);
    }
  }
  ~Machine() {
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) {
      std::signal(signal, SIG_DFL);
    }
    wake_at_signal = nullptr;
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void run() {
    for (const Busy& one : busy_) {
      if (const Status status = one.client->open(); !status.ok()) {
        throw std::runtime_error(std::string("open(): ") + to_string(status.error()));
      }
    }
    const Duration between_samples = 1s * pace_;
    MonotonicTime sample_at = clock_.now() + between_samples;
    while (!stopping) {
      const MonotonicTime deadline = earlier(step(), sample_at);
      if (asked_for_state.exchange(false)) {
        tell(all("state", &Load::state));
      }
      if (clock_.now() >= sample_at) {
        tell(all("sample", &Load::sample));
        sample_at += between_samples;
      }
      context_.wait(deadline);
    }
    close();
    tell(all("end", &Load::sample));
  }

 private:
  struct Busy {
    Client* client;
    Load* load;
  };

  void add(Client& client, Load& load) { busy_.push_back({&client, &load}); }

  void poll() {
    const auto wall = std::chrono::steady_clock::now();
    const Microseconds cpu = thread_time();
    context_.poll();
    const Microseconds took =
        std::chrono::duration_cast<Microseconds>(std::chrono::steady_clock::now() - wall);
    longest_poll_ = std::max(longest_poll_, took);
    longest_poll_cpu_ = std::max(longest_poll_cpu_, thread_time() - cpu);
    ++polls_;
  }

  /// Does what is due. \return when something is again.
  MonotonicTime step() {
    poll();
    const MonotonicTime now = clock_.now();
    device_->actor.run(now);
    MonotonicTime deadline = device_->actor.next_deadline();
    for (Module& module : modules_) {
      module.actor.run(now);
      deadline = earlier(deadline, module.actor.next_deadline());
    }
    for (const Busy& one : busy_) {
      one.load->run(now);
      deadline = earlier(deadline, one.load->next_deadline());
    }
    return earlier(deadline, context_.next_deadline());
  }

  void close() {
    for (const Busy& one : busy_) {
      one.client->close();
    }
    const MonotonicTime give_up = clock_.now() + 5s * pace_;
    while (context_.next_deadline() != kNever && clock_.now() < give_up) {
      poll();
      context_.wait(earlier(give_up, context_.next_deadline()));
    }
  }

  Json all(const char* type, Json (Load::*part)() const) const {
    Json line = {{"type", type},
                 {"rss", resident_bytes()},
                 {"heap", heap_bytes()},
                 {"sanitised", sanitised()},
                 {"polls", polls_},
                 {"longestPollUs", longest_poll_.count()},
                 {"longestPollCpuUs", longest_poll_cpu_.count()},
                 {"clients", Json::object()}};
    for (const Busy& one : busy_) {
      line["clients"][std::string(one.client->name())] = (one.load->*part)();
    }
    return line;
  }

  const std::int64_t pace_;
  posix::SystemClock system_clock_;
  PacedClock clock_;
  posix::EventWake real_wake_{system_clock_};
  PacedWake wake_{real_wake_, system_clock_, clock_};
  posix::StandardErrorLog log_;
  mbedtls::MbedtlsCrypto crypto_;
  posix::SystemRandom random_;
  Words words_;
  SizedContext<> context_;
  vending::Transports transports_;
  std::optional<Device> device_;
  std::deque<Module> modules_;
  std::vector<Busy> busy_;
  Microseconds longest_poll_{0};
  Microseconds longest_poll_cpu_{0};
  std::uint64_t polls_ = 0;
};

/// Takes this program's own options out of `arguments`.
Plan take_plan(std::vector<char*>& arguments) {
  Plan plan;
  for (std::size_t i = 1; i + 1 < arguments.size();) {
    const std::string_view name = arguments[i];
    const long long number = std::atoll(arguments[i + 1]);
    if (name == "--pace") {
      plan.pace = std::clamp(number, 1LL, 100LL);
    } else if (name == "--seed") {
      plan.seed = static_cast<std::uint32_t>(number);
    } else if (name == "--epoch") {
      plan.epoch = UtcTime(std::chrono::seconds(number));
    } else {
      ++i;
      continue;
    }
    const auto at = arguments.begin() + static_cast<std::ptrdiff_t>(i);
    arguments.erase(at, at + 2);
  }
  return plan;
}

}  // namespace
}  // namespace hubtwin::soak

/// [--pace N] [--epoch SECONDS] [--seed N], and the options of the example.
int main(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  const hubtwin::soak::Plan plan = hubtwin::soak::take_plan(arguments);
  vending::Options options;
  if (vending::parse_options(static_cast<int>(arguments.size()), arguments.data(), options) !=
      vending::OptionsOutcome::kRun) {
    return 2;
  }
  try {
    hubtwin::soak::Machine machine(options, plan);
    machine.run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "soak_machine: %s\n", error.what());
    return 1;
  }
}
