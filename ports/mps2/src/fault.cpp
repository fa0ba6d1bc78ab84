// SPDX-License-Identifier: MIT
//
// A fault ends the emulator with the facts, instead of looking like a program that hangs.
#include "board.hpp"
#include <hubtwin/mps2/semihosting.hpp>

#include <cstdint>

namespace {

constexpr int kFaultStatus = 70;

void tell(const char* name, std::uint32_t value) {
  char text[] = " 0x00000000";
  for (int digit = 0; digit < 8; ++digit) {
    text[10 - digit] = "0123456789abcdef"[value >> (4 * digit) & 15];
  }
  hubtwin::mps2::semihosting_write(name);
  hubtwin::mps2::semihosting_write(text);
}

}  // namespace

extern "C" {

// The frame that the processor has left lies below the stack's memory when the stack was too small;
// then nothing is known of where.
[[noreturn, gnu::used]] void hubtwin_mps2_tell_fault(const std::uint32_t* frame) {
  using hubtwin_mps2::reg;
  if (frame >= hubtwin_mps2_stack_begin && frame + 8 <= hubtwin_mps2_stack_end) {
    tell("fault: pc", frame[6]);
    tell(", lr", frame[5]);
  } else {
    hubtwin::mps2::semihosting_write("fault: the stack is too small");
  }
  tell(", cfsr", reg(hubtwin_mps2::kConfigurableFaultStatus));
  tell(", hfsr", reg(hubtwin_mps2::kHardFaultStatus));
  tell(", bfar", reg(hubtwin_mps2::kBusFaultAddress));
  hubtwin::mps2::semihosting_write("\n");
  hubtwin::mps2::semihosting_exit(kFaultStatus);
}

// Goes on with a fresh stack: the old one may be what is at fault.
[[gnu::naked]] void hubtwin_mps2_fault() {
  asm volatile(
      "mrs r0, msp\n"
      "ldr r1, =hubtwin_mps2_stack_end\n"
      "cpsid i\n"
      "cmp r0, r1\n"
      "bhs 1f\n"
      "ldr r2, =hubtwin_mps2_stack_begin\n"
      "cmp r0, r2\n"
      "bhs 2f\n"
      "1: mov sp, r1\n"
      "2: b hubtwin_mps2_tell_fault\n"
      ".ltorg\n");
}

}  // extern "C"
