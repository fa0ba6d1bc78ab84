// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A clock that stands still until a test moves it.

#include <hubtwin/port/clock.hpp>

#include <optional>

namespace hubtwin::test {

/// Virtual monotonic time, and UTC that may be known, unknown or wrong.
class FakeClock final : public Clock {
 public:
  /// 2026-11-01T00:00:00Z.
  static constexpr UtcTime kStartUtc{std::chrono::seconds(1793491200)};
  /// Not zero, so that nothing takes the first moment for "never".
  static constexpr MonotonicTime kStart{std::chrono::hours(1)};

  MonotonicTime now() override { return now_; }

  std::optional<UtcTime> utc() override {
    if (!utc_known_) {
      return std::nullopt;
    }
    return utc_at_start_ + std::chrono::duration_cast<std::chrono::seconds>(now_ - kStart);
  }

  /// Moves monotonic time, and UTC with it.
  void advance(Duration step) { now_ += step; }
  void advance_to(MonotonicTime time) {
    if (time > now_) {
      now_ = time;
    }
  }

  /// As on a device without a real-time clock before its first time synchronisation.
  void forget_utc() { utc_known_ = false; }
  /// UTC is known from now on, and is `utc` now.
  void set_utc(UtcTime utc) {
    utc_known_ = true;
    utc_at_start_ = utc - std::chrono::duration_cast<std::chrono::seconds>(now_ - kStart);
  }
  /// UTC jumps; monotonic time doesn't.
  void step_utc(std::chrono::seconds step) { utc_at_start_ += step; }

 private:
  MonotonicTime now_ = kStart;
  UtcTime utc_at_start_ = kStartUtc;
  bool utc_known_ = true;
};

}  // namespace hubtwin::test
