// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The two notions of time: monotonic, for every interval and deadline, and UTC, for tokens and
/// certificates only. Neither is ever a bare integer.

#include <hubtwin/config.hpp>

#include <chrono>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// Intervals: 64 bits of milliseconds.
using Duration = std::chrono::duration<std::int64_t, std::milli>;

/// Tag of the monotonic time line; it starts anywhere and never goes back.
struct MonotonicTimeline {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
};
/// A point on the monotonic time line, as Clock::now tells it.
using MonotonicTime = std::chrono::time_point<MonotonicTimeline, Duration>;

/// No deadline: later than every time.
constexpr MonotonicTime kNever = (MonotonicTime::max)();
/// A deadline that has come already: earlier than every time.
constexpr MonotonicTime kAtOnce = (MonotonicTime::min)();

/// The earlier of two points, for gathering deadlines.
constexpr MonotonicTime earlier(MonotonicTime a, MonotonicTime b) {
  return a < b ? a : b;
}

/// `interval` after `time`, or kNever where that lies beyond the range.
constexpr MonotonicTime after(MonotonicTime time, Duration interval) {
  return interval >= kNever - time ? kNever : time + interval;
}

/// Tag of the UTC time line: seconds since 1970-01-01T00:00:00Z without leap seconds.
struct UtcTimeline {
  using rep = std::int64_t;
  using period = std::ratio<1>;
  using duration = std::chrono::duration<std::int64_t>;
};
/// A point of UTC in whole seconds, good past 2038.
using UtcTime = std::chrono::time_point<UtcTimeline, std::chrono::duration<std::int64_t>>;

HUBTWIN_NAMESPACE_END
