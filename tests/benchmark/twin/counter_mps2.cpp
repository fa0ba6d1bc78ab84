// SPDX-License-Identifier: MIT
//
// On the MPS2 board in QEMU: with `-icount shift=6` each instruction takes 64 ns of the board's
// time and nothing else takes any, and a timer at 25 MHz ticks every 40 ns, so that 8 ticks are
// exactly 5 instructions. Nothing is sampled or estimated: the same image gives the same number
// each time. They are instructions, not cycles: memory has no wait states.
#include "counter.hpp"
#include "documents.hpp"
#include "record.hpp"

#include <cmath>
#include <cstdint>

namespace hubtwin::benchmark {
namespace {

/// CMSDK APB timer 0, counting down.
struct Timer {
  volatile std::uint32_t control;
  volatile std::uint32_t value;
  volatile std::uint32_t reload;
};

Timer& timer() {
  return *reinterpret_cast<Timer*>(0x40000000);
}

std::uint64_t ticks = 0;
std::uint32_t started = 0;
std::uint32_t cost = 0;  // ticks between start() and stop() with nothing in between

double instructions() {
  return std::round(static_cast<double>(ticks) * 5 / 8);
}

// 2,001 instructions, to see whether they are counted as such; without -icount they aren't.
void check() {
  Counter::start();
  asm volatile("movw r0, #1000\n 1: subs r0, r0, #1\n bne 1b" ::: "r0", "cc");
  Counter::stop();
  if (std::fabs(instructions() - 2001) > 1) {
    fail("the counter", "isn't exact; does QEMU run with -icount shift=6?");
  }
  Counter::forget();
}

}  // namespace

void Counter::set_up() {
  timer().reload = 0xFFFFFFFF;
  timer().value = 0xFFFFFFFF;
  timer().control = 1;
  start();
  stop();
  cost = static_cast<std::uint32_t>(ticks);
  forget();
  check();
}

void Counter::start() {
  started = timer().value;
}

void Counter::stop() {
  ticks += started - timer().value - cost;
}

void Counter::forget() {
  ticks = 0;
}

void Counter::tell(const char* operation, const char* size, const char* subject) {
  tell_record({"cortex-m4", operation, size, subject, "instructions", instructions()});
  forget();
}

}  // namespace hubtwin::benchmark
