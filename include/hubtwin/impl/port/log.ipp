// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/port/log.hpp.

#include <hubtwin/port/log.hpp>

#include <algorithm>
#include <cstddef>

HUBTWIN_NAMESPACE_BEGIN

LogLine& LogLine::operator<<(std::string_view text) {
  const std::size_t taken = std::min(text.size(), kMaxLogLine - size_);
  for (const char character : text.substr(0, taken)) {
    // Text from the network may stand in a line: a control character must not forge another line
    // or steer a terminal.
    const auto code = static_cast<unsigned char>(character);
    text_[size_] = code < 0x20 || code == 0x7F ? '?' : character;
    ++size_;
  }
  return *this;
}

LogLine& LogLine::operator<<(std::int64_t number) {
  char digits[20];  // 19 digits and a sign
  char* position = digits + sizeof(digits);
  // Unsigned, so that the most negative number has a magnitude.
  std::uint64_t magnitude =
      number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  do {
    *--position = static_cast<char>('0' + magnitude % 10);
    magnitude /= 10;
  } while (magnitude != 0);
  if (number < 0) {
    *--position = '-';
  }
  return *this << std::string_view(position,
                                   static_cast<std::size_t>(digits + sizeof(digits) - position));
}

HUBTWIN_NAMESPACE_END
