// SPDX-License-Identifier: MIT
// Two clients that want one identity, and clients whose identity is gone.
#include "scenarios.hpp"

#include <algorithm>
#include <chrono>

namespace hubtwin::storm {

using namespace std::chrono_literals;

namespace {

void hold(std::vector<std::string>& broken, bool holds, const std::string& promise) {
  if (!holds) {
    broken.push_back(promise);
  }
}

// The connects of each client in each hour since `from`.
void count_hours(Quarrel& quarrel, const std::vector<Moments>& apart, MonotonicTime from,
                 std::size_t hours) {
  for (std::size_t hour = 0; hour < hours; ++hour) {
    const MonotonicTime begin = from + 1h * static_cast<Duration::rep>(hour);
    std::size_t sum = 0;
    std::size_t most = 0;
    for (const Moments& moments : apart) {
      const std::size_t count = count_within(moments, begin, begin + 1h);
      sum += count;
      most = std::max(most, count);
    }
    quarrel.mean_an_hour.push_back(static_cast<double>(sum) / static_cast<double>(apart.size()));
    quarrel.most_an_hour.push_back(most);
  }
}

// The most connects of one client within `length`, after `from`.
std::size_t most_of_one(const std::vector<Moments>& apart, Duration length, MonotonicTime from) {
  std::size_t most = 0;
  for (const Moments& moments : apart) {
    most = std::max(most, most_within(moments, length, from));
  }
  return most;
}

}  // namespace

Quarrel play_rivals(std::size_t pairs, std::uint64_t seed) {
  Quarrel quarrel;
  quarrel.name = "rivals";
  quarrel.what = "two clients on one identity";
  quarrel.clients = 2 * pairs;
  FleetOptions options;
  options.identities = pairs;
  options.clients_each = 2;
  options.session.token_lifetime = 24h * 365;  // no renewals among the connects
  options.seed = seed;
  Fleet fleet(options);
  const MonotonicTime began = fleet.now();
  fleet.open_all();
  fleet.run_to(began + 24h);

  const std::vector<Moments> apart = by_client(fleet.attempts(), fleet.size());
  count_hours(quarrel, apart, began, 24);
  Duration named{0};
  std::size_t silent = 0;
  for (std::size_t i = 0; i < fleet.size(); ++i) {
    silent += fleet.conflict_named(i) == kNever ? 1 : 0;
    named = fleet.conflict_named(i) == kNever ? named
                                              : std::max(named, fleet.conflict_named(i) - began);
  }
  quarrel.times.emplace_back("both were told of the conflict after", named);
  hold(quarrel.broken, silent == 0,
       "both name the conflict: " + std::to_string(silent) + " clients never did");
  hold(quarrel.broken, named <= 10min, "both name it within ten minutes");
  hold(quarrel.broken, most_of_one(apart, 1min, began + 10min) <= 1,
       "from ten minutes on no client connects twice in a minute");
  // A takeover is two connects: of the one that tries, and of the one that holds the identity.
  const std::size_t most = most_of_one(apart, 1h, began + 4h);
  hold(quarrel.broken, most <= 2,
       "from the fourth hour on no client connects more than twice in an hour: " +
           std::to_string(most));

  fleet.forget();
  const MonotonicTime alone = fleet.now();
  for (std::size_t i = 1; i < fleet.size(); i += 2) {
    fleet.close(i);
  }
  Duration settled{0};
  std::size_t lost = 0;
  fleet.run_to(alone + 4h);
  for (std::size_t i = 0; i < fleet.size(); i += 2) {
    const bool up = fleet.up(i) && fleet.status(i).reason.ok();
    lost += up ? 0 : 1;
  }
  const std::vector<Moments> since = by_client(fleet.attempts(), fleet.size());
  for (std::size_t i = 0; i < fleet.size(); i += 2) {
    if (!since[i].empty()) {
      settled = std::max(settled, since[i].front() - alone);
    }
  }
  quarrel.times.emplace_back("the other has closed: the one that stays is back after", settled);
  hold(quarrel.broken, lost == 0,
       "the one that stays has a link: " + std::to_string(lost) + " haven't");
  hold(quarrel.broken, settled <= 2h, "the one that stays is back within two hours");
  return quarrel;
}

Quarrel play_deleted(std::size_t devices, std::uint64_t seed) {
  Quarrel quarrel;
  quarrel.name = "deleted";
  quarrel.what = "a deleted device";
  quarrel.clients = devices;
  FleetOptions options;
  options.identities = devices;
  options.seed = seed;
  Fleet fleet(options);
  fleet.open_all();
  fleet.run_to(fleet.now() + 10min);
  fleet.forget();
  const MonotonicTime began = fleet.now();
  fleet.delete_identities();
  fleet.run_to(began + 48h);

  const std::vector<Moments> apart = by_client(fleet.attempts(), fleet.size());
  count_hours(quarrel, apart, began, 48);
  const std::size_t most = most_of_one(apart, 1h, began + 24h);
  hold(quarrel.broken, most <= 1,
       "after a day no device tries more than once an hour: " + std::to_string(most));
  std::size_t unnamed = 0;
  for (std::size_t i = 0; i < fleet.size(); ++i) {
    unnamed += fleet.status(i).reason.error() == Error::kRefusedCredentials ? 0 : 1;
  }
  hold(quarrel.broken, unnamed == 0, "each is told that its credentials are refused");
  hold(quarrel.broken, fleet.up() == 0, "none has a link");

  fleet.restore_identities();
  const MonotonicTime restored = fleet.now();
  const bool all = fleet.run_until_all_up(3h);
  quarrel.times.emplace_back("made anew: all are back after", fleet.now() - restored);
  hold(quarrel.broken, all && fleet.now() - restored <= 2h + 4s,
       "a device made anew is back within two hours");
  return quarrel;
}

}  // namespace hubtwin::storm
