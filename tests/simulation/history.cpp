// SPDX-License-Identifier: MIT
#include "history.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

namespace hubtwin::simulation {

namespace {

using namespace std::chrono_literals;
using test::ModelHub;

// Longer than the longest wait of the slow lanes, several times over.
constexpr Duration kPatience = 72h;

/// Thrown where something that must hold doesn't.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void expect(bool holds, const std::string& what) {
  if (!holds) {
    throw Broken(what);
  }
}

class History {
 public:
  explicit History(const Setting& setting)
      : setting_(setting), world_(setting.seed), journal_(world_.clock, setting.trace) {
    hub_.set_fate([this](ModelHub::Kind kind, const std::string& identity) {
      for (const std::unique_ptr<Device>& device : devices_) {
        if (device != nullptr && device->identity() == identity) {
          return device->fate_of(kind);
        }
      }
      return ModelHub::Fate();
    });
  }

  Verdict play(const std::vector<Step>& steps) {
    try {
      for (const Step& step : steps) {
        if (step.wait != Duration::zero()) {
          run_for(step.wait);
        }
        journal_.note([&] { return describe(step); });
        play(step);
      }
      end_of_faults();
      converge();
      stay_converged();
    } catch (const Broken& broken) {
      verdict_.failure = broken.what();
    } catch (const std::logic_error& breach) {
      verdict_.failure = breach.what();
      for (const std::unique_ptr<Device>& device : devices_) {
        if (device != nullptr) {
          device->abandon_client();
        }
      }
    }
    verdict_.trace = journal_.take();
    return std::move(verdict_);
  }

 private:
  Device& device(std::uint32_t who) {
    std::unique_ptr<Device>& held = devices_[who];
    if (held == nullptr) {
      held = std::make_unique<Device>(world_, hub_, journal_, verdict_.counts, who);
    }
    return *held;
  }

  // Those whose client was ever switched on.
  template <class Visit>
  void for_each_client(Visit visit) {
    for (const std::unique_ptr<Device>& device : devices_) {
      if (device != nullptr && device->is_on()) {
        visit(*device);
      }
    }
  }

  void check() {
    for_each_client([](Device& device) {
      const std::string broken = device.broken_promise();
      expect(broken.empty(), broken);
    });
  }

  void run_for(Duration duration) {
    world_.run_for(duration);
    check();
  }

  void play(const Step& step) {
    switch (step.act) {
      case Act::kForgetUtc:
        world_.clock.forget_utc();
        break;
      case Act::kWrongUtc:
        world_.clock.set_utc(true_utc() + std::chrono::seconds(step.n[0]) - 20000s);
        break;
      case Act::kRightUtc:
        world_.clock.set_utc(true_utc());
        break;
      case Act::kRefuse:
        hub_.refuse_all(step.n[0] == 0 ? Status(Error::kConnectRefused)
                                       : Status::with_mqtt_code(Error::kServerUnavailable, 3));
        break;
      case Act::kIgnore:
        hub_.ignore_connects(true);
        break;
      case Act::kWell:
        hub_.refuse_all(std::nullopt);
        hub_.ignore_connects(false);
        break;
      default:
        device(step.who).play(step);
        plant(step);
        break;
    }
  }

  void plant(const Step& step) {
    const std::string& identity = device(step.who).identity();
    if (setting_.plant == Plant::kSilentChange && step.act == Act::kPatchDesired) {
      journal_.note([] { return "PLANTED: desired changed silently"; });
      hub_.corrupt_desired(identity, {{"a", "silent"}});
    }
    if (setting_.plant == Plant::kAcknowledgedNotApplied && step.act == Act::kReport) {
      journal_.note([] { return "PLANTED: the next update is acknowledged and not applied"; });
      ModelHub::Verdict lie;
      lie.effect = false;
      hub_.judge_report(identity, lie);
    }
  }

  UtcTime true_utc() {
    return test::FakeClock::kStartUtc + std::chrono::duration_cast<std::chrono::seconds>(
                                            world_.clock.now() - test::FakeClock::kStart);
  }

  // How it ends.

  void end_of_faults() {
    journal_.note([] { return "no more faults"; });
    hub_.refuse_all(std::nullopt);
    hub_.ignore_connects(false);
    world_.clock.set_utc(true_utc());
    for_each_client([](Device& device) { device.end_of_faults(); });
    run_for(2min);  // a link that went silent just now is found out
    if (setting_.plant == Plant::kNeverAnswersGet) {
      journal_.note([] { return "PLANTED: no GET is answered any more"; });
      for_each_client([this](Device& device) {
        device.lose_get_answers();
        hub_.cut(device.identity());
      });
    }
    for_each_client([this](Device& device) {
      const auto settled = [&] {
        return device.client().connection().state != ConnectionState::kClosing;
      };
      static_cast<void>(world_.run_until(settled));
      if (device.client().connection().state == ConnectionState::kClosed) {
        expect(device.client().open().ok(), "open() after close() was refused");
      }
    });
  }

  std::string what_differs() {
    std::string difference;
    for_each_client([&](Device& device) {
      if (difference.empty()) {
        difference = device.difference();
      }
    });
    return difference;
  }

  void converge() {
    std::string difference;
    const bool converged = world_.run_until(
        [&] {
          check();
          difference = what_differs();
          return difference.empty();
        },
        kPatience);
    expect(converged, "not converged: " + difference);
  }

  // Once all is in step the clients are quiet, whatever went before.
  void stay_converged() {
    run_for(5min);  // what was cancelled by close() may be sent once more
    std::array<unsigned, kIdentityCount> gets{};
    std::array<unsigned, kIdentityCount> reports{};
    unsigned clients = 0;
    const auto count = [&](std::array<unsigned, kIdentityCount>& asked, auto counter) {
      for_each_client([&](Device& device) { asked[who(device)] = counter(device.identity()); });
    };
    const auto gets_of = [this](const std::string& identity) { return hub_.gets(identity); };
    const auto reports_of = [this](const std::string& identity) { return hub_.reports(identity); };
    count(gets, gets_of);
    count(reports, reports_of);
    for_each_client([&](Device&) { ++clients; });
    const std::uint64_t polls = world_.polls();
    run_for(10min);
    std::uint64_t polls_allowed = 200 * (clients + 1);
    for_each_client([&](Device& device) {
      // A whole twin may come byte by byte, each with a poll of its own.
      polls_allowed += (hub_.gets(device.identity()) - gets[who(device)]) * 5000ULL;
      // Not while a token is being renewed.
      expect(device.difference().empty() || !device.client().twin().synchronised(),
             "no longer converged: " + device.difference());
      // A token may be renewed meanwhile, and one signed by a wrong clock may run out.
      expect(hub_.gets(device.identity()) <= gets[who(device)] + 3,
             "the twin is read over and over");
      expect(hub_.reports(device.identity()) == reports[who(device)], "the same is reported again");
    });
    expect(world_.polls() < polls + polls_allowed, "polled without need");
  }

  std::size_t who(const Device& device) const {
    const auto found = std::find_if(devices_.begin(), devices_.end(),
                                    [&](const auto& held) { return held.get() == &device; });
    return static_cast<std::size_t>(found - devices_.begin());
  }

  Setting setting_;
  test::World world_;
  ModelHub hub_{world_};
  Journal journal_;
  Verdict verdict_;
  std::array<std::unique_ptr<Device>, kIdentityCount> devices_;
};

}  // namespace

Plant plant_named(const std::string& name) {
  if (name == "acknowledged-not-applied") {
    return Plant::kAcknowledgedNotApplied;
  }
  if (name == "never-answers-get") {
    return Plant::kNeverAnswersGet;
  }
  return name == "silent-change" ? Plant::kSilentChange : Plant::kNone;
}

Verdict play(const std::vector<Step>& steps, const Setting& setting) {
  return History(setting).play(steps);
}

}  // namespace hubtwin::simulation
