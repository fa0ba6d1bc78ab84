// SPDX-License-Identifier: MIT
#include "board.hpp"
#include <hubtwin/mps2/memory.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN
namespace mps2 {
namespace {

constexpr std::uint32_t kPaint = 0xA5A5A5A5;  // as in start.cpp

std::size_t distance(const std::uint32_t* from, const std::uint32_t* to) {
  return reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from);
}

}  // namespace

MemoryUse memory_use() {
  const volatile std::uint32_t* used = hubtwin_mps2_stack_begin;
  while (used < hubtwin_mps2_stack_end && *used == kPaint) {
    ++used;
  }
  return {distance(nullptr, hubtwin_mps2_code_end),
          distance(hubtwin_mps2_data_begin, hubtwin_mps2_data_end),
          distance(hubtwin_mps2_bss_begin, hubtwin_mps2_bss_end),
          distance(hubtwin_mps2_stack_begin, hubtwin_mps2_stack_end),
          distance(const_cast<const std::uint32_t*>(used), hubtwin_mps2_stack_end)};
}

}  // namespace mps2
HUBTWIN_NAMESPACE_END
