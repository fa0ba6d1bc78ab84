// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the simulations' programs begin with.

#include "support/scripted_transport.hpp"
#include <hubtwin/contract.hpp>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace hubtwin::simulation {

/// Reads a whole number above zero. \return whether it is one.
inline bool read_number(const char* text, std::uint64_t& number) {
  const char* const end = text + std::strlen(text);
  return std::from_chars(text, end, number).ptr == end && text != end && number != 0;
}

/// Reads a program's arguments by its read_flag(name, options) and read_value(name, value,
/// options), which tell whether they know them. \return whether all are known and have what they
/// need.
template <class Options>
bool read_arguments(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    if (!read_flag(argv[i], options) &&
        (i + 1 == argc || !read_value(argv[i], argv[i + 1], options) || ++i == argc)) {
      return false;
    }
  }
  return true;
}

/// Has a breach of a contract, the library's or the scripted transport's, end a history by
/// std::logic_error.
inline void throw_at_breaches() {
  const auto refuse = [](const char* what) { throw std::logic_error(what); };
  set_contract_hook(refuse);
  test::ScriptedTransport::set_breach_hook(refuse);
}

}  // namespace hubtwin::simulation
