// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How much memory the program takes.

#include <hubtwin/config.hpp>

#include <cstddef>

HUBTWIN_NAMESPACE_BEGIN
namespace mps2 {

/// In bytes.
struct MemoryUse {
  std::size_t flash;           ///< Code, constants and the first content of data.
  std::size_t data;            ///< Variables with a first content.
  std::size_t bss;             ///< Variables without.
  std::size_t stack_reserved;  ///< HUBTWIN_MPS2_STACK_BYTES.
  std::size_t stack_used;      ///< The most that was ever used, interrupts included.
};

/// What is known now. Looks through the unused stack.
MemoryUse memory_use();

}  // namespace mps2
HUBTWIN_NAMESPACE_END
