// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Port: erasable memory, as FlashLog writes it.

#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// How a flash memory, or the part of it that is given to a log, is divided.
struct FlashGeometry {
  /// Bytes that are programmed at once and never again before their block is erased: one or more
  /// words of the memory (e.g. 8 bytes with ECC), or a page of a serial flash. 32 to 32,768.
  std::uint32_t page_bytes = 0;
  /// Bytes that are erased at once: a sector, or several that erase() takes together. A multiple of
  /// page_bytes, 8 to 65,535 pages. The longest record is three pages shorter than a block.
  std::uint32_t block_bytes = 0;
  /// 2 or more; the whole must be less than 4 GB.
  std::uint32_t blocks = 0;
  /// What an erased byte reads as: 0xFF, or 0 on a few microcontrollers.
  std::uint8_t erased = 0xFF;
};

/// A part of a flash memory that belongs to one user. Addresses count from its start. Calls may
/// take as long as the memory does (some 1 ms for a page, up to 500 ms for an erase) and nothing is
/// done behind their backs: what has returned is in the memory.
class Flash {
 public:
  /// The same each time.
  virtual FlashGeometry geometry() const = 0;
  /// Reads any bytes within the geometry.
  /// \return Error::kStorageFailed when the memory can't give them, e.g. since its ECC tells of
  ///         words that were being programmed when the power failed; os_code() as the port likes.
  virtual Status read(std::uint32_t address, ByteSpan bytes) = 0;
  /// Programs one page that is erased.
  /// \param[in] address  Of a page.
  /// \param[in] page     page_bytes long.
  /// \return Error::kStorageFailed when the memory refuses; what it then holds doesn't matter.
  virtual Status program(std::uint32_t address, ByteView page) = 0;
  /// Erases block `block`, counted from 0. Where a block is several sectors, in any order.
  /// \return Error::kStorageFailed when the memory says that it couldn't.
  virtual Status erase(std::uint32_t block) = 0;

 protected:
  ~Flash() = default;
};

HUBTWIN_NAMESPACE_END
