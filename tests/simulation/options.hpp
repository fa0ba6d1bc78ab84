// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the options of the simulations' programs are read by.

#include <charconv>
#include <cstdint>
#include <cstring>

namespace hubtwin::simulation {

/// Reads a whole number above zero. \return whether it is one.
inline bool read_number(const char* text, std::uint64_t& number) {
  const char* const end = text + std::strlen(text);
  return std::from_chars(text, end, number).ptr == end && text != end && number != 0;
}

}  // namespace hubtwin::simulation
