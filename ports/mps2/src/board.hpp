// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Addresses and numbers of the boards (Arm application notes AN385, AN386, AN500), and what
/// start-up and interrupt handlers share.

#include <cstdint>

namespace hubtwin_mps2 {

constexpr std::uint32_t kProcessorHertz = 25000000;

#if defined(HUBTWIN_MPS2_AN500)
constexpr std::uintptr_t kEthernetBase = 0xA0000000;
#elif defined(HUBTWIN_MPS2_AN385) || defined(HUBTWIN_MPS2_AN386)
constexpr std::uintptr_t kEthernetBase = 0x40200000;
#else
#error "which board? see cmake/mps2.cmake"
#endif
constexpr unsigned kEthernetInterrupt = 13;
constexpr unsigned kInterrupts = 32;

/// A register of the processor or of a device.
inline volatile std::uint32_t& reg(std::uintptr_t address) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): hardware stands at numbers
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

// The processor's own (Armv7-M Architecture Reference Manual, B3.2).
constexpr std::uintptr_t kSysTickControl = 0xE000E010;
constexpr std::uintptr_t kSysTickReload = 0xE000E014;
constexpr std::uintptr_t kSysTickValue = 0xE000E018;
constexpr std::uintptr_t kInterruptEnable = 0xE000E100;
constexpr std::uintptr_t kConfigurableFaultStatus = 0xE000ED28;
constexpr std::uintptr_t kHardFaultStatus = 0xE000ED2C;
constexpr std::uintptr_t kBusFaultAddress = 0xE000ED38;

}  // namespace hubtwin_mps2

extern "C" {
// From the linker script.
extern std::uint32_t hubtwin_mps2_stack_begin[];
extern std::uint32_t hubtwin_mps2_stack_end[];
extern std::uint32_t hubtwin_mps2_data_begin[];
extern std::uint32_t hubtwin_mps2_data_end[];
extern const std::uint32_t hubtwin_mps2_data_source[];
extern std::uint32_t hubtwin_mps2_bss_begin[];
extern std::uint32_t hubtwin_mps2_bss_end[];
extern const std::uint32_t hubtwin_mps2_code_end[];

// The handlers; those that a program doesn't link are faults.
void hubtwin_mps2_fault();
void hubtwin_mps2_systick();
void hubtwin_mps2_ethernet();
}
