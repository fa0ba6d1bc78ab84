// SPDX-License-Identifier: MIT
#include <hubtwin/posix/system_clock.hpp>

#include <ctime>

HUBTWIN_NAMESPACE_BEGIN
namespace posix {
namespace {

// CLOCK_MONOTONIC stands still while Linux is suspended; tokens and keep-alives don't.
#ifdef CLOCK_BOOTTIME
constexpr clockid_t kMonotonicClock = CLOCK_BOOTTIME;
#else
constexpr clockid_t kMonotonicClock = CLOCK_MONOTONIC;
#endif

}  // namespace

SystemClock::SystemClock(UtcTime trusted_from) : trusted_from_(trusted_from) {}

MonotonicTime SystemClock::now() {
  timespec time{};
  clock_gettime(kMonotonicClock, &time);
  return MonotonicTime(
      Duration(static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1000000));
}

std::optional<UtcTime> SystemClock::utc() {
  if (!utc_trusted_.load(std::memory_order_relaxed)) {
    return std::nullopt;
  }
  timespec time{};
  if (clock_gettime(CLOCK_REALTIME, &time) != 0) {
    return std::nullopt;
  }
  const UtcTime utc{std::chrono::seconds(time.tv_sec)};
  return utc >= trusted_from_ ? std::optional<UtcTime>(utc) : std::nullopt;
}

void SystemClock::set_utc_trusted(bool trusted) {
  utc_trusted_.store(trusted, std::memory_order_relaxed);
}

}  // namespace posix
HUBTWIN_NAMESPACE_END
