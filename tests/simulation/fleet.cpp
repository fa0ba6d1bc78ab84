// SPDX-License-Identifier: MIT
#include "fleet.hpp"

#include <map>

namespace hubtwin::simulation {

using namespace std::chrono_literals;
using test::ModelHub;

namespace {

// Longer than the longest wait of the slow lanes, several times over.
constexpr Duration kPatience = 72h;

}  // namespace

void expect(bool holds, const std::string& what) {
  if (!holds) {
    throw Broken(what);
  }
}

Fleet::Fleet(std::uint64_t seed, bool trace) : world_(seed), journal_(world_.clock, trace) {
  hub_.set_fate([this](ModelHub::Kind kind, const std::string& identity) {
    for (const std::unique_ptr<Device>& device : devices_) {
      if (device != nullptr && device->identity() == identity) {
        return device->fate_of(kind);
      }
    }
    return ModelHub::Fate();
  });
}

Counts Fleet::counts() const {
  Counts counts = counts_;
  counts.crossings = program_log_ != nullptr ? program_log_->crossings() : 0;
  return counts;
}

Device& Fleet::device(std::uint32_t who) {
  if (devices_.size() <= who) {
    devices_.resize(who + 1);
  }
  std::unique_ptr<Device>& held = devices_[who];
  if (held == nullptr) {
    held = std::make_unique<Device>(world_, hub_, journal_, counts_, who);
    if (program_log_ != nullptr) {
      held->share(*program_log_);
    }
  }
  return *held;
}

void Fleet::abandon_clients() {
  for (const std::unique_ptr<Device>& device : devices_) {
    if (device != nullptr) {
      device->abandon_client();
    }
  }
}

void Fleet::check() {
  for_each_client([](Device& device) {
    const std::string broken = device.broken_promise();
    if (!broken.empty()) {
      throw Broken(broken);
    }
  });
}

void Fleet::look_after_storage() {
  for_each_client([](Device& device) { device.look_after_storage(); });
  if (program_log_ != nullptr && !program_log_->powered()) {
    restart_program();
  }
}

// Whichever client's write it was, power fails for all of them, those without storage too.
void Fleet::restart_program() {
  journal_.note([] { return "power fails for the whole program, and comes back"; });
  ++counts_.power_cuts;
  ++counts_.program_cuts;
  std::vector<Device*> devices;
  for_each_client([&](Device& device) { devices.push_back(&device); });
  for (Device* const device : devices) {
    device->power_off();
  }
  expect(world_.context.document_free_at() == kAtOnce,
         "a document is read, and no client is there");
  expect(program_log_->power_on().ok(), "the log doesn't open");
  for (Device* const device : devices) {
    device->power_on();
  }
  world_.context.poll();
  world_.context.poll();
  for (Device* const device : devices) {
    device->expect_stored_section();
  }
}

bool Fleet::run_until(const std::function<bool()>& done, Duration limit) {
  return world_.run_until(
      [&] {
        look_after_storage();
        return done();
      },
      limit);
}

void Fleet::run_for(Duration duration) {
  static_cast<void>(run_until([] { return false; }, duration));
  static_cast<void>(run_until([] { return true; }, Duration(0)));  // what is due at the end
  check();
}

void Fleet::play(const Step& step) {
  if (step.wait != Duration::zero()) {
    run_for(step.wait);
  }
  journal_.note([&] { return describe(step); });
  play_now(step);
  look_after_storage();
}

void Fleet::play_now(const Step& step) {
  switch (step.act) {
    case Act::kOneLog:
      if (program_log_ == nullptr) {
        program_log_ = std::make_unique<Storehouse>(world_.random.next64(), step.n[0]);
        expect(program_log_->power_on().ok(), "the log doesn't open");
        program_log_->age(step.n[1]);
        for (const std::unique_ptr<Device>& device : devices_) {
          if (device != nullptr) {
            device->share(*program_log_);
          }
        }
      }
      break;
    case Act::kForgetUtc:
      world_.clock.forget_utc();
      break;
    case Act::kWrongUtc:
      world_.clock.set_utc(hub_.utc() + std::chrono::seconds(step.n[0]) - 20000s);
      break;
    case Act::kRightUtc:
      world_.clock.set_utc(hub_.utc());
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
      break;
  }
}

void Fleet::end_of_faults() {
  journal_.note([] { return "no more faults"; });
  hub_.refuse_all(std::nullopt);
  hub_.ignore_connects(false);
  world_.clock.set_utc(hub_.utc());
  for_each_client([](Device& device) { device.end_of_faults(); });
  run_for(2min);  // a link that went silent just now is found out
}

void Fleet::open_all() {
  for_each_client([this](Device& device) {
    const auto settled = [&] {
      return device.client().connection().state != ConnectionState::kClosing;
    };
    static_cast<void>(run_until(settled, 10min));
    if (device.client().connection().state == ConnectionState::kClosed) {
      expect(device.client().open().ok(), "open() after close() was refused");
    }
  });
}

// Begins with the one that differed last, since to compare all takes long.
std::string Fleet::difference() {
  std::string difference = differed_ != nullptr ? differed_->difference() : "";
  for_each_client([&](Device& device) {
    if (difference.empty()) {
      difference = device.difference();
      differed_ = &device;
    }
  });
  if (difference.empty() && program_log_ != nullptr) {
    // Each client's section, and the application's own.
    if (program_log_->records() > devices_.size() + 1) {
      return "a record remains in the log that is nobody's";
    }
    return program_log_->aged_well() ? "" : "the application's own record isn't what it was";
  }
  return difference;
}

void Fleet::converge() {
  std::string what;
  const bool converged = run_until(
      [&] {
        check();
        what = difference();
        return what.empty();
      },
      kPatience);
  expect(converged, "not converged: " + what);
}

void Fleet::stay_converged() {
  run_for(5min);  // what was cancelled by close() may be sent once more
  struct Asked {
    unsigned gets;
    unsigned reports;
  };
  std::map<std::string, Asked> before;
  for_each_client([&](Device& device) {
    before[device.identity()] = {hub_.gets(device.identity()), hub_.reports(device.identity())};
  });
  const std::uint64_t polls = world_.polls();
  run_for(10min);
  std::uint64_t polls_allowed = 200 * (before.size() + 1);
  for_each_client([&](Device& device) {
    const Asked asked = before[device.identity()];
    const unsigned gets = hub_.gets(device.identity()) - asked.gets;
    // A whole twin may come byte by byte, each with a poll of its own.
    polls_allowed += gets * 5000ULL;
    // Not while a token is being renewed.
    const std::string what = device.difference();
    expect(what.empty() || !device.client().twin().synchronised(), "no longer converged: " + what);
    // A token may be renewed meanwhile, and one signed by a wrong clock may run out.
    expect(gets <= 3, "the twin is read over and over");
    expect(hub_.reports(device.identity()) == asked.reports, "the same is reported again");
  });
  expect(world_.polls() < polls + polls_allowed, "polled without need");
}

}  // namespace hubtwin::simulation
