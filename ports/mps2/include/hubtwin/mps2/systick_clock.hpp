// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Time by the processor's own timer.

#include <hubtwin/port/clock.hpp>

#include <optional>

HUBTWIN_NAMESPACE_BEGIN
namespace mps2 {

/// Monotonic time in milliseconds by SysTick, which interrupts every millisecond. The boards have
/// no real-time clock, so UTC is the debugger's host's (semihosting): asked once, then counted on,
/// and asked again every ten minutes. One for a program: it owns SysTick.
class SysTickClock final : public Clock {
 public:
  /// Starts SysTick.
  SysTickClock();
  SysTickClock(const SysTickClock&) = delete;
  SysTickClock& operator=(const SysTickClock&) = delete;

  MonotonicTime now() override;
  std::optional<UtcTime> utc() override;

  /// Counts UTC on from `utc` and never asks the host again, e.g. to see how certificates of
  /// another time are met.
  void set_utc(UtcTime utc);

 private:
  std::optional<UtcTime> utc_;  // at read_at_
  MonotonicTime read_at_{};
  MonotonicTime read_again_at_{};
};

}  // namespace mps2
HUBTWIN_NAMESPACE_END
