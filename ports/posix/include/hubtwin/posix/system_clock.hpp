// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The system's clocks as hubtwin's Clock.

#include <hubtwin/port/clock.hpp>

#include <atomic>
#include <optional>

HUBTWIN_NAMESPACE_BEGIN
namespace posix {

/// Midnight UTC at the start of `year`, for SystemClock. \pre 1970 <= year <= 9999
constexpr UtcTime start_of_year(int year) {
  const std::int64_t before = year - 1;
  const std::int64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;
  return UtcTime(std::chrono::seconds(days * 86400));
}

/// Monotonic time from the clock that goes on while the system sleeps, where there is one; UTC from
/// the real-time clock. May be used from several threads.
class SystemClock final : public Clock {
 public:
  /// \param[in] trusted_from  A real-time clock that shows an earlier time was never set: utc()
  ///            then answers nothing. The default is a date before which hubtwin did not exist.
  explicit SystemClock(UtcTime trusted_from = start_of_year(2026));

  MonotonicTime now() override;
  std::optional<UtcTime> utc() override;

  /// Says whether the real-time clock is right, for a system that knows better than the date
  /// tells, e.g. from its NTP daemon. With false, utc() answers nothing; with true, as at first, it
  /// goes by the date.
  void set_utc_trusted(bool trusted);

 private:
  const UtcTime trusted_from_;
  std::atomic<bool> utc_trusted_{true};
};

}  // namespace posix
HUBTWIN_NAMESPACE_END
