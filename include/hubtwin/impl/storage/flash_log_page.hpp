// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How a FlashLog lays out pages; docs/storage.md has it in words.

#include <hubtwin/storage/flash_log.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_flash_log {

// Kinds of pages. None may look erased.
constexpr std::uint8_t kFirst = 0x11;    // a record's first page; its field is the record's length
constexpr std::uint8_t kNext = 0x22;     // a further one; its field is how many stand before it
constexpr std::uint8_t kRemoved = 0x44;  // the record is no more
constexpr std::uint8_t kTrim = 0x66;     // pages older than its field don't count any more
constexpr std::uint8_t kCopied = 0x80;   // added to the kind: moved to free a block

// Where in a page what stands.
constexpr std::size_t kChecksumAt = 0;  // of all that follows
constexpr std::size_t kSequenceAt = 4;
constexpr std::size_t kKindAt = 8;
constexpr std::size_t kIdAt = 10;
constexpr std::size_t kFieldAt = 12;
static_assert(FlashLog::kPageOverhead == kFieldAt + 4);

// The first page of each block.
constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kMagicAt = 4;
constexpr std::size_t kFormatAt = 8;
constexpr std::size_t kPageBytesAt = 12;
constexpr std::size_t kBlockBytesAt = 16;
constexpr std::size_t kBlocksAt = 20;
constexpr std::size_t kErasesAt = 24;
constexpr std::size_t kBlockAt = 28;
constexpr std::uint32_t kMagic = 0x4C425548;  // "HUBL"
constexpr std::uint32_t kFormat = 1;

// Bytes that are read at once where there is no page to read them into.
constexpr std::size_t kPieceBytes = 64;

inline void put_u16(std::uint8_t* at, std::uint16_t value) {
  at[0] = static_cast<std::uint8_t>(value);
  at[1] = static_cast<std::uint8_t>(value >> 8);
}
inline void put_u32(std::uint8_t* at, std::uint32_t value) {
  put_u16(at, static_cast<std::uint16_t>(value));
  put_u16(at + 2, static_cast<std::uint16_t>(value >> 16));
}
inline std::uint16_t get_u16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] | at[1] << 8);
}
inline std::uint32_t get_u32(const std::uint8_t* at) {
  return get_u16(at) | static_cast<std::uint32_t>(get_u16(at + 2)) << 16;
}

}  // namespace detail_flash_log

// One page as read.
struct FlashLog::Page {
  bool read = false;   // the memory gave it
  bool blank = false;  // as after an erase
  bool valid = false;  // the rest is set
  bool copied = false;
  std::uint8_t kind = 0;
  std::uint16_t id = 0;
  std::uint32_t sequence = 0;
  std::uint32_t field = 0;
};

// What all pages together tell.
struct FlashLog::Survey {
  bool any = false;          // a valid page
  bool trimmed = false;      // a page of kind kTrim
  bool readable = false;     // the memory gave some page
  std::uint32_t newest = 0;  // sequence of the newest page,
  std::uint32_t newest_trim = 0;
  std::uint32_t from = 0;  // where the log begins, as the newest kTrim says
};

HUBTWIN_NAMESPACE_END
