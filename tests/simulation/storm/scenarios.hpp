// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a fleet goes through, and what must hold of it.

#include "measure.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hubtwin::storm {

/// How much of it.
struct Setting {
  std::size_t devices = 10000;
  unsigned connects_per_second = 100;  ///< What the hub takes, and the fleet is set for.
  std::uint64_t seed = 1;
  Duration long_outage = std::chrono::hours(1);
};

/// What became of a fleet.
struct Storm {
  std::string name;     ///< For the command line, e.g. "restart".
  std::string what;     ///< In words.
  bool spread = false;  ///< By spread_fleet(), or with the options as they are.
  std::size_t devices = 0;
  unsigned connects_per_second = 0;
  std::size_t attempts = 0;
  std::size_t busiest_second = 0;
  std::size_t twin_reads_in_busiest_second = 0;
  std::size_t throttled = 0;
  Duration outage{0};               ///< The hub was away for so long.
  Duration half_back{0};            ///< Since it serves again; so below.
  Duration most_back{0};            ///< 99 %.
  Duration all_back{0};             ///< All.
  Duration back_within{0};          ///< What `all_back` is held against.
  std::vector<std::string> broken;  ///< Promises.
  Curve curve;
};

/// Names of the storms, in order.
const std::vector<std::string>& storm_names();
/// \param[in] spread  Whether the fleet has what spread_fleet() sets.
Storm play_storm(const std::string& name, const Setting& setting, bool spread);

/// What became of clients that are refused, or in each other's way, an hour a number.
struct Quarrel {
  std::string name;
  std::string what;
  std::size_t clients = 0;
  std::vector<double> mean_an_hour;       ///< Connects of a client.
  std::vector<std::size_t> most_an_hour;  ///< Of that client which made most.
  std::vector<std::pair<std::string, Duration>> times;
  std::vector<std::string> broken;
};

/// Two clients on each of `pairs` identities; after a day one of them is closed.
Quarrel play_rivals(std::size_t pairs, std::uint64_t seed);
/// Devices are deleted, and made anew after two days.
Quarrel play_deleted(std::size_t devices, std::uint64_t seed);

}  // namespace hubtwin::storm
