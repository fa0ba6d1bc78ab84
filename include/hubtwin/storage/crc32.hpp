// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// CRC-32, as of Ethernet and zip (ISO 3309): finds every burst of up to 32 bits, and all but one
/// in 2^32 of other damages.

#include <hubtwin/bytes.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// The checksum of bytes that come in pieces.
class Crc32 {
 public:
  void add(ByteView bytes);
  std::uint32_t value() const { return ~remainder_; }

 private:
  std::uint32_t remainder_ = 0xFFFFFFFF;
};

HUBTWIN_NAMESPACE_END
