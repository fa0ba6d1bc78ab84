// SPDX-License-Identifier: MIT
//
// Where the processor begins.
#include "board.hpp"
#include <hubtwin/mps2/semihosting.hpp>

#include <cstdint>

extern "C" {

// C++ doesn't let a program call main, but somebody must.
int hubtwin_mps2_main() asm("main");

using Initializer = void (*)();
extern const Initializer hubtwin_mps2_init_begin[];
extern const Initializer hubtwin_mps2_init_end[];

// Those of drivers that the program doesn't link.
[[gnu::weak, gnu::naked]] void hubtwin_mps2_systick() {
  asm volatile("b hubtwin_mps2_fault");
}
[[gnu::weak, gnu::naked]] void hubtwin_mps2_ethernet() {
  asm volatile("b hubtwin_mps2_fault");
}

// Before anything else uses the stack, it is painted, so that what was used of it can be seen
// later; and floating point is switched on (CPACR), since any code may be compiled with it.
[[gnu::naked, noreturn]] void hubtwin_mps2_reset() {
  asm volatile(
      "ldr r0, =hubtwin_mps2_stack_begin\n"
      "ldr r1, =hubtwin_mps2_stack_end\n"
      "ldr r2, =0xA5A5A5A5\n"
      "1: str r2, [r0], #4\n"
      "cmp r0, r1\n"
      "blo 1b\n"
#if defined(__ARM_FP)
      "ldr r0, =0xE000ED88\n"
      "ldr r1, [r0]\n"
      "orr r1, r1, #0xF00000\n"
      "str r1, [r0]\n"
      "dsb\n"
      "isb\n"
#endif
      "b hubtwin_mps2_start\n"
      ".ltorg\n");
}

// Loops that must stay loops: memcpy may itself want what they set up.
[[noreturn, gnu::used, gnu::optimize("no-tree-loop-distribute-patterns")]] void
hubtwin_mps2_start() {
  const std::uint32_t* source = hubtwin_mps2_data_source;
  for (std::uint32_t* word = hubtwin_mps2_data_begin; word < hubtwin_mps2_data_end; ++word) {
    *word = *source++;
  }
  for (std::uint32_t* word = hubtwin_mps2_bss_begin; word < hubtwin_mps2_bss_end; ++word) {
    *word = 0;
  }
  for (const Initializer* each = hubtwin_mps2_init_begin; each < hubtwin_mps2_init_end; ++each) {
    (*each)();
  }
  hubtwin::mps2::semihosting_exit(hubtwin_mps2_main());
}

using Handler = void (*)();
struct Vectors {
  const void* stack;
  Handler of_processor[15];
  Handler of_devices[hubtwin_mps2::kInterrupts];
};

#define HUBTWIN_MPS2_FAULT4 \
  hubtwin_mps2_fault, hubtwin_mps2_fault, hubtwin_mps2_fault, hubtwin_mps2_fault

extern const Vectors hubtwin_mps2_vectors;
[[gnu::section(".vectors"), gnu::used]] const Vectors hubtwin_mps2_vectors = {
    hubtwin_mps2_stack_end,
    {hubtwin_mps2_reset, HUBTWIN_MPS2_FAULT4, HUBTWIN_MPS2_FAULT4, HUBTWIN_MPS2_FAULT4,
     hubtwin_mps2_fault, hubtwin_mps2_systick},
    {HUBTWIN_MPS2_FAULT4, HUBTWIN_MPS2_FAULT4, HUBTWIN_MPS2_FAULT4, hubtwin_mps2_fault,
     hubtwin_mps2_ethernet, hubtwin_mps2_fault, hubtwin_mps2_fault, HUBTWIN_MPS2_FAULT4,
     HUBTWIN_MPS2_FAULT4, HUBTWIN_MPS2_FAULT4, HUBTWIN_MPS2_FAULT4}};
static_assert(hubtwin_mps2::kEthernetInterrupt == 13, "as its place in the table");

}  // extern "C"
