// SPDX-License-Identifier: MIT
#include "measure.hpp"

#include <algorithm>
#include <chrono>

namespace hubtwin::storm {

Moments times_of(const std::vector<Attempt>& attempts) {
  Moments times;
  times.reserve(attempts.size());
  for (const Attempt& attempt : attempts) {
    times.push_back(attempt.at);
  }
  return times;
}

std::vector<Moments> by_client(const std::vector<Attempt>& attempts, std::size_t clients) {
  std::vector<Moments> apart(clients);
  for (const Attempt& attempt : attempts) {
    apart[attempt.client].push_back(attempt.at);
  }
  return apart;
}

std::size_t most_within(const Moments& moments, Duration length, MonotonicTime from) {
  std::size_t most = 0;
  auto first = std::lower_bound(moments.begin(), moments.end(), from);
  for (auto last = first; last != moments.end(); ++last) {
    while (*last - *first >= length) {
      ++first;
    }
    most = std::max(most, static_cast<std::size_t>(last - first) + 1);
  }
  return most;
}

std::size_t count_within(const Moments& moments, MonotonicTime from, MonotonicTime to) {
  return static_cast<std::size_t>(std::lower_bound(moments.begin(), moments.end(), to) -
                                  std::lower_bound(moments.begin(), moments.end(), from));
}

Duration percentile(std::vector<Duration> values, unsigned percent) {
  std::sort(values.begin(), values.end());
  const std::size_t rank = (values.size() * percent + 99) / 100;  // counted from 1
  return values[std::max<std::size_t>(rank, 1) - 1];
}

Curve curve_of(const Fleet& fleet, MonotonicTime from, MonotonicTime to, std::size_t points) {
  constexpr Duration kSecond = std::chrono::seconds(1);
  Curve curve;
  const auto seconds = static_cast<std::size_t>((to - from) / kSecond) + 1;
  curve.step = kSecond * std::max<std::size_t>((seconds + points - 1) / points, 1);
  const Moments attempts = times_of(fleet.attempts());
  auto change = fleet.changes().begin();
  std::size_t up = 0;
  for (MonotonicTime begin = from; begin <= to; begin += curve.step) {
    const MonotonicTime end = begin + curve.step;
    Curve::Point point;
    point.attempts = count_within(attempts, begin, end);
    for (MonotonicTime second = begin; second < end; second += kSecond) {
      point.busiest_second =
          std::max(point.busiest_second, count_within(attempts, second, second + kSecond));
    }
    point.accepted = count_within(fleet.accepted(), begin, end);
    for (; change != fleet.changes().end() && change->at < end; ++change) {
      up = change->up;
    }
    point.up = up;
    curve.points.push_back(point);
  }
  return curve;
}

}  // namespace hubtwin::storm
