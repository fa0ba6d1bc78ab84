// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/auth/base64.hpp.

#include <hubtwin/auth/base64.hpp>
#include <hubtwin/wire/cut.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_base64 {

// All ones when low <= code <= high, else zero; without a branch. Both differences are negative
// exactly then, and bits 8 to 31 of a difference of bytes are its sign.
static std::uint32_t in_range(std::uint32_t code, std::uint32_t low, std::uint32_t high) {
  const std::uint32_t inside = (low - 1U - code) & (code - high - 1U);
  return 0U - (inside >> 31U);
}

constexpr std::uint32_t kNotInAlphabet = 64;

// 0 to 63, or kNotInAlphabet. No table and no branch: neither time nor cache tell what a key is.
static std::uint32_t value_of(char character) {
  const std::uint32_t code = static_cast<unsigned char>(character);
  const std::uint32_t upper = in_range(code, 'A', 'Z');
  const std::uint32_t lower = in_range(code, 'a', 'z');
  const std::uint32_t digit = in_range(code, '0', '9');
  const std::uint32_t plus = in_range(code, '+', '+');
  const std::uint32_t slash = in_range(code, '/', '/');
  return (upper & (code - 'A')) | (lower & (code - 'a' + 26U)) | (digit & (code - '0' + 52U)) |
         (plus & 62U) | (slash & 63U) | (~(upper | lower | digit | plus | slash) & kNotInAlphabet);
}

static std::size_t padding_of(std::string_view text) {
  if (text.empty() || text.back() != '=') {
    return 0;
  }
  return text[text.size() - 2] == '=' ? 2 : 1;
}

static char digit_of(std::uint32_t value) {
  return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[value & 0x3FU];
}

}  // namespace detail_base64

Result<std::size_t> base64_decoded_size(std::string_view text) {
  if (text.size() % 4 != 0) {
    return Error::kKeyNotBase64;
  }
  const std::size_t padding = detail_base64::padding_of(text);
  const std::string_view digits = head(text, text.size() - padding);
  std::uint32_t seen = 0;
  std::uint32_t last = 0;
  for (const char character : digits) {
    last = detail_base64::value_of(character);
    seen |= last;
  }
  // One = leaves two bits of the last digit unused, two leave four.
  const std::uint32_t stray = last & ((1U << (2U * padding)) - 1U);
  if ((seen & detail_base64::kNotInAlphabet) != 0 || stray != 0) {
    return Error::kKeyNotBase64;
  }
  return text.size() / 4 * 3 - padding;
}

Result<std::size_t> base64_decode(std::string_view text, ByteSpan room) {
  const Result<std::size_t> size = base64_decoded_size(text);
  if (!size) {
    return size;
  }
  if (*size > room.size()) {
    return Error::kNoSpace;
  }
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  std::size_t written = 0;
  for (const char character : text) {
    if (written == *size) {
      break;  // padding
    }
    bits = bits << 6U | detail_base64::value_of(character);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      room[written] = static_cast<std::uint8_t>(bits >> bit_count);
      ++written;
    }
  }
  return written;
}

Result<std::string_view> base64_encode(ByteView bytes, Span<char> room) {
  const std::size_t size = base64_encoded_size(bytes.size());
  if (size > room.size()) {
    return Error::kNoSpace;
  }
  std::size_t written = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const std::uint32_t second = left > 1 ? bytes[i + 1] : 0U;
    const std::uint32_t third = left > 2 ? bytes[i + 2] : 0U;
    const std::uint32_t bits = static_cast<std::uint32_t>(bytes[i]) << 16U | second << 8U | third;
    room[written] = detail_base64::digit_of(bits >> 18U);
    room[written + 1] = detail_base64::digit_of(bits >> 12U);
    room[written + 2] = left > 1 ? detail_base64::digit_of(bits >> 6U) : '=';
    room[written + 3] = left > 2 ? detail_base64::digit_of(bits) : '=';
    written += 4;
  }
  return std::string_view(room.data(), written);
}

HUBTWIN_NAMESPACE_END
