// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Time that goes faster than the system's, so that a token of the shortest life that the library
/// signs, five minutes, is renewed every minute or so.

#include <hubtwin/port/clock.hpp>
#include <hubtwin/port/wake.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace hubtwin::soak {

/// Both times go `pace` times as fast: a UTC that fell behind would look like a clock that was set.
class PacedClock final : public Clock {
 public:
  /// \param[in] epoch  When the two clocks agreed. The hub's is kept in step by tests/soak/run.
  PacedClock(Clock& system, UtcTime epoch, std::int64_t pace)
      : system_(system), begin_(system.now()), epoch_(epoch), pace_(pace) {}

  MonotonicTime now() override { return begin_ + (system_.now() - begin_) * pace_; }
  std::optional<UtcTime> utc() override {
    const std::optional<UtcTime> utc = system_.utc();
    return utc ? std::optional<UtcTime>(epoch_ + (*utc - epoch_) * pace_) : std::nullopt;
  }
  /// How long by the system's clock until this one says `time`. \pre That is neither kNever nor in
  /// the past.
  Duration real_time_until(MonotonicTime time) {
    return Duration((time - now()).count() / pace_ + 1);
  }

 private:
  Clock& system_;
  const MonotonicTime begin_;
  const UtcTime epoch_;
  const std::int64_t pace_;
};

/// Sleeps until a deadline of such a clock.
class PacedWake final : public Wake {
 public:
  /// \param[in] real  Goes by `system`.
  PacedWake(Wake& real, Clock& system, PacedClock& clock)
      : real_(real), system_(system), clock_(clock) {}

  void wake() override { real_.wake(); }
  void wait(MonotonicTime deadline) override {
    if (deadline == kNever) {
      real_.wait(kNever);
    } else if (deadline <= clock_.now()) {
      real_.wait(kAtOnce);
    } else {
      real_.wait(system_.now() + clock_.real_time_until(deadline));
    }
  }

 private:
  Wake& real_;
  Clock& system_;
  PacedClock& clock_;
};

}  // namespace hubtwin::soak
