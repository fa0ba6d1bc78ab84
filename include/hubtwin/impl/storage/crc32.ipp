// SPDX-License-Identifier: MIT
#include <hubtwin/storage/crc32.hpp>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_crc32 {

// Of each half byte: 64 bytes of table do at a quarter of the speed of 1,024.
static constexpr std::uint32_t kOfNibble[16] = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};

}  // namespace detail_crc32

void Crc32::add(ByteView bytes) {
  std::uint32_t remainder = remainder_;
  for (const std::uint8_t byte : bytes) {
    remainder ^= byte;
    remainder = (remainder >> 4) ^ detail_crc32::kOfNibble[remainder & 15];
    remainder = (remainder >> 4) ^ detail_crc32::kOfNibble[remainder & 15];
  }
  remainder_ = remainder;
}

HUBTWIN_NAMESPACE_END
