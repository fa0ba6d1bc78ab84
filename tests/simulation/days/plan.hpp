// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What happens to a device and its modules in days: bad hours and good ones for each, and a back
/// end and applications that go about their business all the time.

#include "simulation/planner.hpp"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace hubtwin::simulation {

/// Plans as far as it is asked to. No client is ever closed, nor switched off by itself.
class DaysPlanner final : private Planner {
 public:
  /// \param[in] clients     How many; the first one is the device.
  /// \param[in] power_fails  Now and then, for all of them: they have storage, in one log.
  DaysPlanner(std::uint64_t seed, std::uint32_t clients, bool power_fails);

  /// All clients are made, and switched on.
  std::vector<Step> first_steps();
  /// The steps of the next thing that happens.
  std::vector<Step> next();

 private:
  enum class What : std::uint8_t {
    kWeather,      // the network of a client comes or goes
    kDesired,      // the back end has something new
    kApplication,  // the application reports
    kTelemetry,
    kMessage,   // the back end sends one
    kRequests,  // the hub answers badly, throttles, or not at all
    kClient,    // the application does what it seldom does
    kClock,     // UTC is lost, or wrong; of all
    kHub,       // the hub takes nobody; of all
    kPower      // power fails, soon; of all
  };
  struct Client {
    Duration rough_until{0};
    bool down = false;
  };

  Duration between(Duration least, Duration most);
  // Anything from at once to twice that.
  Duration about(Duration mean) { return between(Duration::zero(), 2 * mean); }
  void again(What what, Duration delay) { due_.emplace(now_ + delay, std::pair(what, who_)); }
  void happen(What what);
  void weather();
  void application();
  void touch_client();
  void touch_clock();
  void touch_hub();
  void cut_power();

  Duration now_{0};
  std::vector<Client> clients_;
  bool clock_wrong_ = false;
  bool hub_away_ = false;
  bool power_fails_;
  std::multimap<Duration, std::pair<What, std::uint32_t>> due_;
};

}  // namespace hubtwin::simulation
