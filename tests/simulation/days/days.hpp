// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A device and its modules under one poll(), for days of faults.

#include "simulation/device.hpp"
#include <hubtwin/time.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace hubtwin::simulation {

/// What decides how the days go; the same every time, on every machine.
struct DaysSetting {
  std::uint64_t seed = 1;
  Duration length = std::chrono::hours(24);
  std::uint32_t modules = 20;
  UtcTime utc{};  ///< At the start; zero: as in all other simulations.
  /// All clients keep what they can in one log, and power fails for all every hour or so.
  bool power_fails = false;
  bool trace = false;  ///< Whether Days::trace is wanted.
};

/// Monotonic time at the start: 2^32 ms pass after six hours.
constexpr MonotonicTime kDaysBegin{
    (std::chrono::milliseconds(std::int64_t{1} << 32) - std::chrono::hours(6))};

/// Bytes, each of the client that has most of them.
struct Fill {
  std::size_t desired_peak = 0;  ///< Most in use at once since the start, journals included.
  std::size_t desired = 0;       ///< In use now.
  std::size_t reported_peak = 0;
  std::size_t reported = 0;
  std::size_t outbox_peak = 0;  ///< Of topics and payloads.
  std::size_t document = 0;     ///< Of the Context's document memory that were ever written to.
};

/// What the days were made of.
struct DaysFigures {
  Counts counts;
  std::uint64_t steps = 0;
  std::uint64_t polls = 0;
  std::uint64_t gets = 0;
  std::uint64_t updates = 0;
  std::uint64_t desired_changes = 0;  ///< Versions that the back end made.
  std::uint64_t lost_links = 0;
  std::uint64_t renewals = 0;
  std::uint64_t least_renewals = 0;  ///< Of the client that had the fewest.
  std::uint64_t resends = 0;
  std::uint64_t monotonic = 0;  ///< Time at the end, in ms.
  std::uint64_t received = 0;   ///< Messages that came to the hub, those that came twice included.
};

struct Days {
  std::string failure;  ///< Empty: everything held.
  DaysFigures figures;
  std::vector<Fill> midnights;
  std::vector<std::string> trace;
};

/// Plays them; in the end all faults stop, and all must come into step and be quiet. That the same
/// sections in fresh arenas take as many bytes as they do then is looked at, too: nothing was
/// leaked.
/// \param[in] each_midnight  Told how many days are over.
Days play_days(const DaysSetting& setting, const std::function<void(unsigned)>& each_midnight);

}  // namespace hubtwin::simulation
