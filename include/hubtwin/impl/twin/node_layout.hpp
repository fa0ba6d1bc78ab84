// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How nodes and blobs are laid out in a NodeStore's arena.

#include <hubtwin/config.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_node_store {

// A node: link (16 bits), key (16 bits), tag (8 bits), payload (24 bits), each little-endian on
// every machine. The tag holds kind, state and marks. Byte-wise access compiles to one load or
// store where the machine allows it.
constexpr std::uint16_t kIndexMask = 0x7FFF;
constexpr std::uint16_t kTableKey = 0x8000;  // in a key: a place in the constant table
constexpr unsigned kStateShift = 4;
constexpr unsigned kMarkShift = 6;
constexpr unsigned kPlainMarks = 3;                 // those of any node; containers have one more,
constexpr std::uint32_t kContainerMark = 0x800000;  // in their payload, above the first child
constexpr std::uint32_t kKindMask = 0x0F;
constexpr std::int64_t kSmallMax = 0x7FFFFF;
constexpr std::int64_t kSmallMin = -kSmallMax - 1;
constexpr std::uint32_t kWideBytes = 8;
// A freed blob, or a living one while blobs are being moved, is described in its first 3 bytes; so
// no blob is shorter.
constexpr std::uint32_t kLeastBlob = 3;
constexpr std::uint8_t kDeadBlob = 0;
constexpr std::uint8_t kThreadedBlob = 1;

inline std::uint16_t load16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] | (at[1] << 8));
}
inline void store16(std::uint8_t* at, std::uint16_t value) {
  at[0] = static_cast<std::uint8_t>(value);
  at[1] = static_cast<std::uint8_t>(value >> 8);
}
inline std::uint32_t load32(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(at[0]) | (static_cast<std::uint32_t>(at[1]) << 8) |
         (static_cast<std::uint32_t>(at[2]) << 16) | (static_cast<std::uint32_t>(at[3]) << 24);
}
inline void store32(std::uint8_t* at, std::uint32_t value) {
  at[0] = static_cast<std::uint8_t>(value);
  at[1] = static_cast<std::uint8_t>(value >> 8);
  at[2] = static_cast<std::uint8_t>(value >> 16);
  at[3] = static_cast<std::uint8_t>(value >> 24);
}
inline std::uint64_t load64(const std::uint8_t* at) {
  return load32(at) | (static_cast<std::uint64_t>(load32(at + 4)) << 32);
}
inline void store64(std::uint8_t* at, std::uint64_t value) {
  store32(at, static_cast<std::uint32_t>(value));
  store32(at + 4, static_cast<std::uint32_t>(value >> 32));
}

// Equality word by word; a library's memcmp tells order, byte by byte where it was built for size.
inline bool same_bytes(const char* a, const char* b, std::size_t size) {
  const auto word = [](const char* at) {
    std::uint32_t bits;
    std::memcpy(&bits, at, sizeof(bits));
    return bits;
  };
  if (size < sizeof(std::uint32_t)) {
    for (std::size_t at = 0; at < size; ++at) {
      if (a[at] != b[at]) {
        return false;
      }
    }
    return true;
  }
  const std::size_t last = size - sizeof(std::uint32_t);  // the last word overlaps the one before
  for (std::size_t at = 0; at < last; at += sizeof(std::uint32_t)) {
    if (word(a + at) != word(b + at)) {
      return false;
    }
  }
  return word(a + last) == word(b + last);
}

// A text's length stands before it in one byte, or in two when it is 128 or more.
inline std::uint32_t text_header(std::size_t length) {
  return length < 0x80 ? 1 : 2;
}
inline std::uint32_t text_bytes(std::size_t length) {
  const std::uint32_t bytes = text_header(length) + static_cast<std::uint32_t>(length);
  return bytes < kLeastBlob ? kLeastBlob : bytes;
}

#if HUBTWIN_FLOAT
inline std::uint64_t bits_of(double value) {
  std::uint64_t bits;
  static_assert(sizeof(bits) == sizeof(value), "a double has 64 bits");
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}
inline double double_of(std::uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// Whether a double is that integer; neither conversion may round or overflow.
inline bool same_number(double number, std::int64_t integer) {
  return number >= -0x1p63 && number < 0x1p63 && static_cast<std::int64_t>(number) == integer &&
         static_cast<double>(static_cast<std::int64_t>(number)) == number;
}
#endif

}  // namespace detail_node_store

HUBTWIN_NAMESPACE_END
