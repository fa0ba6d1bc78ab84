// SPDX-License-Identifier: MIT
#include "board.hpp"
#include <hubtwin/mps2/semihosting.hpp>
#include <hubtwin/mps2/systick_clock.hpp>
#include <hubtwin/wire/division.hpp>

#include <cstdint>

namespace {

volatile std::uint32_t ticks_low = 0;
volatile std::uint32_t ticks_high = 0;

}  // namespace

extern "C" void hubtwin_mps2_systick() {
  const std::uint32_t next = ticks_low + 1;
  ticks_low = next;
  if (next == 0) {
    ticks_high = ticks_high + 1;
  }
}

HUBTWIN_NAMESPACE_BEGIN
namespace mps2 {
namespace {

constexpr Duration kReadAgain = std::chrono::minutes(10);

}  // namespace

SysTickClock::SysTickClock() {
  using hubtwin_mps2::reg;
  reg(hubtwin_mps2::kSysTickReload) = hubtwin_mps2::kProcessorHertz / 1000 - 1;
  reg(hubtwin_mps2::kSysTickValue) = 0;
  reg(hubtwin_mps2::kSysTickControl) = 7;  // the processor's clock, interrupt, on
}

// Both halves are read again when the interrupt came in between.
MonotonicTime SysTickClock::now() {
  std::uint32_t high;
  std::uint32_t low;
  do {
    high = ticks_high;
    low = ticks_low;
  } while (high != ticks_high);
  return MonotonicTime(Duration(static_cast<std::int64_t>(std::uint64_t{high} << 32 | low)));
}

std::optional<UtcTime> SysTickClock::utc() {
  const MonotonicTime time = now();
  if (time >= read_again_at_) {
    utc_ = semihosting_utc();
    read_at_ = time;
    read_again_at_ = utc_ ? after(time, kReadAgain) : time;
  }
  if (!utc_) {
    return std::nullopt;
  }
  const auto since = static_cast<std::uint64_t>((time - read_at_).count());
  return *utc_ + std::chrono::seconds(divide(since, 1000).quotient);
}

void SysTickClock::set_utc(UtcTime utc) {
  utc_ = utc;
  read_at_ = now();
  read_again_at_ = kNever;
}

}  // namespace mps2
HUBTWIN_NAMESPACE_END
