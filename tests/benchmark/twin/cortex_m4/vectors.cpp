// SPDX-License-Identifier: MIT
//
// Where the processor begins: newlib's start-up, which asks QEMU for the program's arguments. A
// fault ends the emulator, instead of looking like a program that takes long.
#include <cstdint>
#include <cstdlib>

extern "C" {

extern std::uint32_t __stack;
void _start();

[[noreturn]] void fault() {
  // Semihosting: SYS_WRITE0, then SYS_EXIT_EXTENDED with ADP_Stopped_InternalError.
  static const char text[] = "the image has met a fault\n";
  static const std::uint32_t code[2] = {0x20024, 1};
  asm volatile(
      "mov r0, #4\n mov r1, %0\n bkpt 0xab\n mov r0, #0x20\n mov r1, %1\n bkpt 0xab" ::"r"(text),
      "r"(code)
      : "r0", "r1", "memory");
  for (;;) {
  }
}

using Handler = void (*)();
struct Vectors {
  std::uint32_t* stack;
  Handler handlers[15];
};
[[gnu::section(".vectors"), gnu::used]] const Vectors vectors = {
    &__stack,
    {_start, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault,
     fault, fault}};

}  // extern "C"
