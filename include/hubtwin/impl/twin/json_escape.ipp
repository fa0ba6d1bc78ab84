// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/json_reader.hpp: escapes, byte by byte.

#include <hubtwin/twin/json_reader.hpp>

#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_json_escape {

constexpr unsigned kHighSurrogates = 0xD800;
constexpr unsigned kLowSurrogates = 0xDC00;
constexpr unsigned kAfterSurrogates = 0xE000;

static bool is_digit(std::uint8_t byte) {
  return byte >= '0' && byte <= '9';
}

}  // namespace detail_json_escape

JsonReader::Byte JsonReader::read_escape(Byte at) {
  const std::uint8_t byte = *at;
  switch (escape_) {
    case Escape::kLetter:
      if (byte == 'u') {
        escape_ = Escape::kHex;
        hex_digits_ = 0;
        code_unit_ = 0;
      } else {
        static constexpr char kLetters[] = "\"\\/bfnrt";
        static constexpr char kMeanings[] = "\"\\/\b\f\n\r\t";
        const void* letter = std::memchr(kLetters, byte, sizeof(kLetters) - 1);
        if (letter == nullptr) {
          fail(Error::kJsonString);
        } else {
          end_escape(
              static_cast<std::uint8_t>(kMeanings[static_cast<const char*>(letter) - kLetters]));
        }
      }
      break;
    case Escape::kHex:
      if (take_hex(byte) && hex_digits_ == 4) {
        if (code_unit_ < detail_json_escape::kHighSurrogates ||
            code_unit_ >= detail_json_escape::kAfterSurrogates) {
          end_escape(code_unit_);
        } else if (code_unit_ < detail_json_escape::kLowSurrogates) {
          high_surrogate_ = code_unit_;
          escape_ = Escape::kLowBackslash;
        } else {
          fail(Error::kJsonString);
        }
      }
      break;
    case Escape::kLowBackslash:
    case Escape::kLowU:
      if (byte != static_cast<std::uint8_t>(escape_ == Escape::kLowU ? 'u' : '\\')) {
        fail(Error::kJsonString);
      }
      escape_ = escape_ == Escape::kLowU ? Escape::kLowHex : Escape::kLowU;
      hex_digits_ = 0;
      code_unit_ = 0;
      break;
    case Escape::kLowHex:
      if (take_hex(byte) && hex_digits_ == 4) {
        if (code_unit_ < detail_json_escape::kLowSurrogates ||
            code_unit_ >= detail_json_escape::kAfterSurrogates) {
          fail(Error::kJsonString);
        } else {
          end_escape(0x10000 + ((high_surrogate_ - detail_json_escape::kHighSurrogates) << 10) +
                     (code_unit_ - detail_json_escape::kLowSurrogates));
        }
      }
      break;
  }
  return state_ == State::kFailed ? at : at + 1;
}

bool JsonReader::take_hex(std::uint8_t digit) {
  unsigned value = 0;
  const auto lower = static_cast<std::uint8_t>(digit | 0x20);
  if (detail_json_escape::is_digit(digit)) {
    value = digit - static_cast<unsigned>('0');
  } else if (lower >= 'a' && lower <= 'f') {
    value = lower - static_cast<unsigned>('a') + 10;
  } else {
    fail(Error::kJsonString);
    return false;
  }
  code_unit_ = static_cast<std::uint16_t>((static_cast<unsigned>(code_unit_) << 4) | value);
  ++hex_digits_;
  return true;
}

void JsonReader::end_escape(std::uint32_t code_point) {
  const auto continuation = [&](unsigned shift) {
    return static_cast<std::uint8_t>(0x80 | ((code_point >> shift) & 0x3F));
  };
  std::uint8_t bytes[4];
  std::size_t count = 0;
  if (code_point < 0x80) {
    bytes[count++] = static_cast<std::uint8_t>(code_point);
  } else {
    if (code_point < 0x800) {
      bytes[count++] = static_cast<std::uint8_t>(0xC0 | (code_point >> 6));
    } else {
      if (code_point < 0x10000) {
        bytes[count++] = static_cast<std::uint8_t>(0xE0 | (code_point >> 12));
      } else {
        bytes[count++] = static_cast<std::uint8_t>(0xF0 | (code_point >> 18));
        bytes[count++] = continuation(12);
      }
      bytes[count++] = continuation(6);
    }
    bytes[count++] = continuation(0);
  }
  state_ = State::kString;
  keep(bytes, bytes + count);
}

HUBTWIN_NAMESPACE_END
