// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Division of 64-bit numbers, which compilers for small processors bring 700 bytes of code for.

#include <hubtwin/config.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// What divide() answers.
struct Division {
  std::uint64_t quotient;
  std::uint32_t rest;
};

/// `number` / `divisor`, and what is left. \pre 0 < divisor < 2^31.
Division divide(std::uint64_t number, std::uint32_t divisor);

HUBTWIN_NAMESPACE_END
