// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// When to try again: full jitter, a stable-link rule and slow lanes.

#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

class Context;

/// Times of the retry policy.
struct BackoffOptions {
  /// Bound of the first wait; doubles with each attempt. 100 ms to 1 h. For large fleets see
  /// spread_fleet().
  Duration base = std::chrono::seconds(1);
  /// Largest bound. At least `base`.
  Duration cap = std::chrono::minutes(5);
  /// A link that stood this long makes the next attempt a first one again.
  Duration stable = std::chrono::seconds(60);
  /// Shortest wait, and largest bound, for refused credentials, throttling, trust failures and
  /// identity conflicts. The wait is drawn from the upper half of a bound that doubles.
  Duration slow_base = std::chrono::minutes(1);
  Duration slow_cap = std::chrono::hours(2);
};

/// Counts attempts and draws waits. A fleet that lost its hub at one instant comes back spread over
/// the bound, since each wait is drawn evenly from zero to it.
class Backoff {
 public:
  explicit Backoff(const BackoffOptions& options) : options_(options) {}

  /// Whether the options are in their ranges.
  static bool valid(const BackoffOptions& options);

  /// A link came up (CONNACK 0).
  void link_up(MonotonicTime now);
  /// A link or an attempt ended.
  /// \param[in,out] reason  Becomes Error::kIdentityConflict when the peer dropped three links in a
  ///                        row, two of them within 10 s of CONNACK and the third, or one after
  ///                        it, before it stood for 10 s more than the first slow wait can take.
  /// \return how long to wait before the next attempt; 1 ms or more.
  Duration link_down(Status& reason, MonotonicTime now, const Context& context);
  /// We ended a link ourselves to make it anew at once.
  void link_ended_by_plan(MonotonicTime now);
  /// Attempts since the last stable link.
  std::uint32_t attempts() const { return attempts_; }
  /// Makes the next attempt a first one, e.g. after network_changed().
  void reset();

 private:
  static constexpr Duration kQuickDrop = std::chrono::seconds(10);
  static constexpr std::uint8_t kConflictDrops = 3;

  BackoffOptions options_;
  MonotonicTime up_since_ = kNever;  // kNever: no link since the last link_down
  std::uint32_t attempts_ = 0;
  std::uint32_t slow_attempts_ = 0;
  std::uint8_t quick_drops_ = 0;
};

HUBTWIN_NAMESPACE_END
