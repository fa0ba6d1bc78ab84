// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What is told of a storm: the busiest second, percentiles, curves.

#include "fleet.hpp"

#include <cstddef>
#include <vector>

namespace hubtwin::storm {

using Moments = std::vector<MonotonicTime>;

/// The times of attempts.
Moments times_of(const std::vector<Attempt>& attempts);
/// Those of each client apart. \param[in] clients  How many there are.
std::vector<Moments> by_client(const std::vector<Attempt>& attempts, std::size_t clients);

/// The most that fall into one stretch of this length, wherever it begins; from `from` on.
/// \param[in] moments  In order.
std::size_t most_within(const Moments& moments, Duration length, MonotonicTime from);
/// How many lie in [from, to). \param[in] moments  In order.
std::size_t count_within(const Moments& moments, MonotonicTime from, MonotonicTime to);
/// The value below which `percent` of them lie; all of them for 100. \pre Not empty.
Duration percentile(std::vector<Duration> values, unsigned percent);

/// A storm by stretches of equal length.
struct Curve {
  struct Point {
    std::size_t attempts = 0;
    std::size_t busiest_second = 0;  ///< Most attempts in one second that lies within.
    std::size_t accepted = 0;
    std::size_t up = 0;  ///< At the end of the stretch.
  };
  Duration step{1};
  std::vector<Point> points;
};

/// What `fleet` saw since `from`, until `to`, in about `points` stretches of whole seconds.
Curve curve_of(const Fleet& fleet, MonotonicTime from, MonotonicTime to, std::size_t points);

}  // namespace hubtwin::storm
