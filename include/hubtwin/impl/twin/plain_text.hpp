// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Finds where text stops being plain: ASCII that stands for itself in a JSON string.

#include <hubtwin/config.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_plain_text {

using Word = unsigned long;  // what the machine takes in one step

inline bool is_plain(std::uint8_t byte) {
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

// Bit 7 of the lowest byte that isn't plain is set, and of none below it; above it the bits mean
// nothing. 0: all are plain.
constexpr Word flags(Word text) {
  constexpr Word kEach = ~Word{0} / 0xFF;
  // Turned over in bit 1, the quote (0x22) comes to stand right behind the control characters.
  const Word low = (text ^ (kEach * 0x02)) - kEach * 0x21;
  const Word backslash = (text ^ (kEach * 0x5C)) - kEach;
  return (low | backslash | text) & (kEach * 0x80);
}

// The first byte from `at` on that isn't plain, or `end`.
inline const std::uint8_t* skip_plain(const std::uint8_t* at, const std::uint8_t* end) {
  while (static_cast<std::size_t>(end - at) >= sizeof(Word)) {
    Word text;
    std::memcpy(&text, at, sizeof(text));
    const Word found = flags(text);
    if (found != 0) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
      return at + __builtin_ctzl(found) / 8;
#else
      break;
#endif
    }
    at += sizeof(Word);
  }
  while (at != end && is_plain(*at)) {
    ++at;
  }
  return at;
}

// The same, copying what it passes to `to`, where there is room up to `end`.
inline const std::uint8_t* copy_plain(const std::uint8_t* at, const std::uint8_t* end, char* to) {
  while (static_cast<std::size_t>(end - at) >= sizeof(Word)) {
    Word text;
    std::memcpy(&text, at, sizeof(text));
    if (flags(text) != 0) {
      break;
    }
    std::memcpy(to, &text, sizeof(text));
    at += sizeof(Word);
    to += sizeof(Word);
  }
  for (; at != end && is_plain(*at); ++at) {
    *to++ = static_cast<char>(*at);
  }
  return at;
}

}  // namespace detail_plain_text

HUBTWIN_NAMESPACE_END
