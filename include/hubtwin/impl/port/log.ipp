// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/port/log.hpp.

#include <hubtwin/port/log.hpp>
#include <hubtwin/wire/cut.hpp>
#include <hubtwin/wire/decimal.hpp>

#include <algorithm>
#include <cstddef>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_log {

// Text from the network may stand in a line: a control character must not forge another line or
// steer a terminal.
static char harmless(char character) {
  const auto code = static_cast<unsigned char>(character);
  return code < 0x20 || code == 0x7F ? '?' : character;
}

}  // namespace detail_log

void write_log(Log& log, LogLevel level, std::string_view who,
               std::initializer_list<LogPart> parts) {
  char line[kMaxLogLine];
  std::size_t size = 0;
  for (const LogPart& part : parts) {
    char digits[kMaxSignedDecimalDigits];
    const std::string_view text =
        part.size_ != LogPart::kNumber
            ? std::string_view(static_cast<const char*>(part.data_), part.size_)
            : to_signed_decimal(*static_cast<const std::int64_t*>(part.data_), digits);
    for (const char character : head(text, std::min(text.size(), kMaxLogLine - size))) {
      line[size] = detail_log::harmless(character);
      ++size;
    }
  }
  log.write(level, who, std::string_view(line, size));
}

HUBTWIN_NAMESPACE_END
