// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Checks of UTF-8, byte by byte.

#include <hubtwin/config.hpp>

#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Follows UTF-8 through bytes that come one at a time; the well-formed sequences are those of
/// table 3-7 of the Unicode standard.
class Utf8Checker {
 public:
  /// Whether no sequence is open.
  bool complete() const { return due_ == 0; }

  /// Takes the next byte; false when it can't stand here, after which only reset() helps.
  bool take(std::uint8_t byte) {
    if (due_ > 0) {
      if (byte < low_ || byte > high_) {
        return false;
      }
      --due_;
      low_ = 0x80;
      high_ = 0xBF;
      return true;
    }
    return byte < 0x80 || begin(byte);
  }

  /// Starts again.
  void reset() { due_ = 0; }

 private:
  bool begin(std::uint8_t lead) {
    low_ = 0x80;
    high_ = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
      due_ = 1;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      due_ = 2;
      low_ = lead == 0xE0 ? 0xA0 : 0x80;
      high_ = lead == 0xED ? 0x9F : 0xBF;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      due_ = 3;
      low_ = lead == 0xF0 ? 0x90 : 0x80;
      high_ = lead == 0xF4 ? 0x8F : 0xBF;
    } else {
      return false;
    }
    return true;
  }

  std::uint8_t due_ = 0;  // continuation bytes due; the next one is from low_ to high_
  std::uint8_t low_ = 0;
  std::uint8_t high_ = 0;
};

/// Whether the whole text is well-formed UTF-8.
inline bool is_utf8(std::string_view text) {
  Utf8Checker checker;
  for (const char character : text) {
    if (!checker.take(static_cast<std::uint8_t>(character))) {
      return false;
    }
  }
  return checker.complete();
}

HUBTWIN_NAMESPACE_END
