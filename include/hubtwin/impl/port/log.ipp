// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/port/log.hpp.

#include <hubtwin/port/log.hpp>
#include <hubtwin/wire/cut.hpp>
#include <hubtwin/wire/decimal.hpp>

#include <algorithm>
#include <cstddef>

HUBTWIN_NAMESPACE_BEGIN

LogLine& LogLine::operator<<(std::string_view text) {
  const std::size_t taken = std::min(text.size(), kMaxLogLine - size_);
  for (const char character : head(text, taken)) {
    // Text from the network may stand in a line: a control character must not forge another line
    // or steer a terminal.
    const auto code = static_cast<unsigned char>(character);
    text_[size_] = code < 0x20 || code == 0x7F ? '?' : character;
    ++size_;
  }
  return *this;
}

LogLine& LogLine::operator<<(std::int64_t number) {
  char digits[kMaxDecimalDigits];
  if (number < 0) {
    // Negated as unsigned, so that the most negative number has a magnitude.
    return *this << "-" << to_decimal(0 - static_cast<std::uint64_t>(number), digits);
  }
  return *this << to_decimal(static_cast<std::uint64_t>(number), digits);
}

HUBTWIN_NAMESPACE_END
