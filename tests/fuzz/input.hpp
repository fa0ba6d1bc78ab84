// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What fuzz targets share: drawing decisions from the input, and invariants.

#include <hubtwin/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace hubtwin::fuzz {

/// Tells which invariant broke, and ends the program so that libFuzzer keeps the input.
[[noreturn]] inline void broken(const char* what, const char* file, int line,
                                const std::string& detail = {}) {
  std::cerr << file << ':' << line << ": broken: " << what << '\n';
  if (!detail.empty()) {
    std::cerr << detail << '\n';
  }
  std::abort();
}

/// Bytes that stand between the parts of an input: UTF-8, and so every text that is taken, has no
/// such byte.
constexpr char kSeparator = '\xFE';

/// An input, read from its front. What isn't there is zero or empty, so that every input means
/// something and a short one something short.
class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size)
      : rest_(reinterpret_cast<const char*>(bytes), size) {}

  bool empty() const { return rest_.empty(); }
  std::size_t size() const { return rest_.size(); }

  std::uint8_t byte() {
    const std::string_view one = take(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one[0]);
  }
  std::uint16_t word() {
    const unsigned high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }
  std::uint64_t number() {
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) {
      number = number << 8 | byte();
    }
    return number;
  }
  bool flag() { return (byte() & 1) != 0; }
  /// Evenly enough from 0 to bound - 1. \pre bound > 0
  std::size_t below(std::size_t bound) { return bound > 256 ? word() % bound : byte() % bound; }
  /// At most `size` bytes.
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  /// Bytes with their length, one byte, before them.
  std::string_view text() { return take(byte()); }
  /// Bytes up to the next kSeparator, which is taken too.
  std::string_view part() {
    const std::size_t end = rest_.find(kSeparator);
    const std::string_view taken = take(end);
    take(1);
    return taken;
  }
  std::string_view rest() { return take(rest_.size()); }

 private:
  std::string_view rest_;
};

/// Cuts a text into fragments whose lengths a seed draws, and gives each in memory of its own, so
/// that sanitizers see reads beyond it.
template <class Take>
bool in_fragments(std::string_view text, std::uint8_t seed, Take&& take) {
  std::uint32_t state = seed;
  while (!text.empty()) {
    state = state * 1664525U + 1013904223U;
    // All of it, single bytes, or a few.
    const std::size_t size = seed == 0 ? text.size() : seed == 1 ? 1 : 1 + (state >> 24) % seed;
    const std::string fragment(text.substr(0, size));
    text.remove_prefix(fragment.size());
    if (!take(as_bytes(std::string_view(fragment)))) {
      return false;
    }
  }
  return true;
}

}  // namespace hubtwin::fuzz

/// What must hold whatever the input.
#define FUZZ_HOLDS(condition)                                \
  do {                                                       \
    if (!(condition)) {                                      \
      hubtwin::fuzz::broken(#condition, __FILE__, __LINE__); \
    }                                                        \
  } while (false)
/// The same with a text that tells more.
#define FUZZ_HOLDS_WITH(condition, detail)                           \
  do {                                                               \
    if (!(condition)) {                                              \
      hubtwin::fuzz::broken(#condition, __FILE__, __LINE__, detail); \
    }                                                                \
  } while (false)

/// Each target defines this one function; libFuzzer or replay.cpp calls it.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer has named it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);
