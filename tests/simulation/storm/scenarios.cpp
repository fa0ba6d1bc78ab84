// SPDX-License-Identifier: MIT
#include "scenarios.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <stdexcept>

namespace hubtwin::storm {

using namespace std::chrono_literals;

namespace {

constexpr Duration kSecond = 1s;
// From CONNACK's request to the link's being ready: shaped, and three round trips.
constexpr Duration kHandshakes = 4s;

std::string in_words(Duration time) {
  return std::to_string(time / kSecond) + " s";
}

void hold(std::vector<std::string>& broken, bool holds, const std::string& promise) {
  if (!holds) {
    broken.push_back(promise);
  }
}

// A storm that begins now, and how it goes on until all are back.
class Course {
 public:
  Course(Storm& storm, Fleet& fleet) : storm_(storm), fleet_(fleet), began_(fleet.now()) {
    fleet_.forget();
  }

  // The hub serves from now on.
  void serving() { served_ = fleet_.now(); }

  void run_until_all_back(Duration limit) {
    hold(storm_.broken, fleet_.run_until_all_up(limit),
         "all are back at all: " + std::to_string(fleet_.size() - fleet_.up()) + " aren't after " +
             in_words(limit));
    const MonotonicTime end = fleet_.now();
    std::vector<Duration> back;
    for (std::size_t i = 0; i < fleet_.size(); ++i) {
      back.push_back((fleet_.up(i) ? fleet_.up_since(i) : end) - served_);
    }
    storm_.half_back = percentile(back, 50);
    storm_.most_back = percentile(back, 99);
    storm_.all_back = percentile(back, 100);
    storm_.outage = served_ - began_;
    measure(end);
  }

  // Busiest seconds and curve until now.
  void measure(MonotonicTime end) {
    const Moments attempts = times_of(fleet_.attempts());
    storm_.attempts = attempts.size();
    storm_.busiest_second = most_within(attempts, kSecond, began_);
    storm_.twin_reads_in_busiest_second = most_within(fleet_.twin_reads(), kSecond, began_);
    storm_.throttled = fleet_.throttled();
    storm_.curve = curve_of(fleet_, began_, end, 240);
  }

 private:
  Storm& storm_;
  Fleet& fleet_;
  MonotonicTime began_;
  MonotonicTime served_{};
};

void connect_all(Fleet& fleet) {
  fleet.open_all();
  if (!fleet.run_until_all_up(2h)) {
    throw std::logic_error("the fleet doesn't even connect to a hub without limits");
  }
  fleet.run_to(fleet.now() + 5min);  // each link is a stable one
}

void power_on(Storm& storm, Fleet& fleet, const Setting& setting) {
  storm.what = "all are switched on together";
  fleet.limit_connects(setting.connects_per_second);
  Course course(storm, fleet);
  course.serving();
  fleet.open_all();
  course.run_until_all_back(24h);
}

void outage(Storm& storm, Fleet& fleet, const Setting& setting, Duration away,
            bool silent = false) {
  connect_all(fleet);
  fleet.limit_connects(setting.connects_per_second);
  Course course(storm, fleet);
  if (away == Duration(0)) {
    fleet.break_links();
    fleet.run_to(fleet.now());  // so that all have learnt it
  } else {
    fleet.take_hub_away(silent);
    fleet.run_to(fleet.now() + away);
    fleet.bring_hub_back();
  }
  course.serving();
  course.run_until_all_back(24h);
}

void failover(Storm& storm, Fleet& fleet, const Setting& setting) {
  storm.what = "all links break, the hub serves on";
  outage(storm, fleet, setting, Duration(0));
}

void restart(Storm& storm, Fleet& fleet, const Setting& setting) {
  storm.what = "the hub is away for a minute";
  outage(storm, fleet, setting, 1min);
}

void silence(Storm& storm, Fleet& fleet, const Setting& setting) {
  storm.what = "nobody answers for five minutes";
  outage(storm, fleet, setting, 5min, true);
}

void long_outage(Storm& storm, Fleet& fleet, const Setting& setting) {
  storm.what = "the hub is away for " + std::to_string(setting.long_outage / 1h) + " h";
  outage(storm, fleet, setting, setting.long_outage);
}

// Tokens that last an hour are renewed between 48 and 54 minutes after each connect.
void renewals(Storm& storm, Fleet& fleet, const Setting& setting) {
  storm.what = "three hours of planned token renewals after a restart";
  outage(storm, fleet, setting, 1min);
  Course course(storm, fleet);
  fleet.run_to(fleet.now() + 3h);
  course.measure(fleet.now());
  storm.outage = storm.half_back = storm.most_back = storm.all_back = Duration(0);
}

using Play = void (*)(Storm&, Fleet&, const Setting&);
struct Named {
  const char* name;
  Play play;
};
constexpr Named kStorms[] = {{"power-on", power_on},       {"failover", failover},
                             {"restart", restart},         {"silence", silence},
                             {"long-outage", long_outage}, {"renewals", renewals}};

}  // namespace

const std::vector<std::string>& storm_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (const Named& named : kStorms) {
      made.emplace_back(named.name);
    }
    return made;
  }();
  return names;
}

Storm play_storm(const std::string& name, const Setting& setting, bool spread) {
  const auto* const named =
      std::find_if(std::begin(kStorms), std::end(kStorms),
                   [&](const Named& candidate) { return name == candidate.name; });
  if (named == std::end(kStorms)) {
    throw std::logic_error("there is no storm " + name);
  }
  FleetOptions options;
  options.identities = setting.devices;
  options.seed = setting.seed;
  if (spread) {
    spread_fleet(options.session, static_cast<std::uint32_t>(setting.devices),
                 setting.connects_per_second);
  }
  Fleet fleet(options);
  Storm storm;
  storm.name = name;
  storm.spread = spread;
  storm.devices = setting.devices;
  storm.connects_per_second = setting.connects_per_second;
  named->play(storm, fleet, setting);

  const Moments& accepted = fleet.accepted();
  const std::size_t rate = setting.connects_per_second;
  // The model's own promise, without which the others say nothing; one more since times are whole
  // milliseconds.
  hold(storm.broken, most_within(accepted, kSecond, MonotonicTime{}) <= rate + 1,
       "the hub takes no more than its rate");
  hold(storm.broken, storm.attempts >= setting.devices, "each device has to connect anew");
  const BackoffOptions& backoff = options.session.backoff;
  if (spread) {
    // Nobody is refused, so all have come by the end of the wait that they drew last.
    const bool first_wait = storm.outage == Duration(0);
    storm.back_within = (first_wait ? backoff.base : backoff.cap) + kHandshakes;
    hold(storm.broken, storm.busiest_second < rate,
         "fewer than " + std::to_string(rate) +
             " connects in each second: " + std::to_string(storm.busiest_second));
    hold(storm.broken, storm.throttled == 0,
         "the hub refuses none: " + std::to_string(storm.throttled));
  } else {
    // The hub could do it in devices / rate; refusals leave seconds unused while they spread.
    storm.back_within = backoff.cap + kHandshakes +
                        kSecond * static_cast<Duration::rep>(4 * setting.devices / rate);
  }
  if (name == "silence") {
    storm.back_within += options.session.connect_timeout;  // who asked before it ended
  }
  hold(storm.broken, storm.all_back <= storm.back_within,
       "all are back within " + in_words(storm.back_within) + ": " + in_words(storm.all_back));
  return storm;
}

}  // namespace hubtwin::storm
