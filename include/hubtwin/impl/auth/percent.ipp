// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/auth/percent.hpp.

#include <hubtwin/auth/percent.hpp>

#include <cstdint>
#include <optional>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_percent {

static char hex_digit(unsigned value) {
  return "0123456789ABCDEF"[value & 0xFU];
}

static int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  const char upper = static_cast<char>(digit & ~0x20);
  return upper >= 'A' && upper <= 'F' ? upper - 'A' + 10 : -1;
}

// Takes one character off `text`, which isn't empty; nothing where it can't be decoded.
static std::optional<char> take_decoded(std::string_view& text) {
  if (text[0] != '%') {
    const char character = text[0];
    text.remove_prefix(1);
    return character;
  }
  if (text.size() < 3) {
    return std::nullopt;
  }
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  if (high < 0 || low < 0) {
    return std::nullopt;
  }
  text.remove_prefix(3);
  return static_cast<char>(static_cast<unsigned char>(high * 16 + low));
}

}  // namespace detail_percent

std::size_t percent_encoded_size(std::string_view text) {
  std::size_t size = 0;
  for (const char character : text) {
    size += is_unreserved(character) ? 1 : 3;
  }
  return size;
}

Result<std::string_view> percent_encode(std::string_view text, Span<char> room) {
  std::size_t size = 0;
  for (const char character : text) {
    if (is_unreserved(character)) {
      if (size == room.size()) {
        return Error::kNoSpace;
      }
      room[size] = character;
      size += 1;
    } else {
      if (room.size() - size < 3) {
        return Error::kNoSpace;
      }
      const auto code = static_cast<unsigned char>(character);
      room[size] = '%';
      room[size + 1] = detail_percent::hex_digit(code >> 4U);
      room[size + 2] = detail_percent::hex_digit(code);
      size += 3;
    }
  }
  return std::string_view(room.data(), size);
}

Result<std::string_view> percent_decode(std::string_view text, Span<char> room) {
  std::size_t size = 0;
  while (!text.empty()) {
    const std::optional<char> character = detail_percent::take_decoded(text);
    if (!character) {
      return Error::kInvalidArgument;
    }
    if (size == room.size()) {
      return Error::kNoSpace;
    }
    room[size] = *character;
    ++size;
  }
  return std::string_view(room.data(), size);
}

bool percent_equal(std::string_view encoded, std::string_view plain) {
  for (const char expected : plain) {
    if (encoded.empty() || detail_percent::take_decoded(encoded) != expected) {
      return false;
    }
  }
  return encoded.empty();
}

HUBTWIN_NAMESPACE_END
