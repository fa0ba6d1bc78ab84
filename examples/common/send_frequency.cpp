// SPDX-License-Identifier: MIT
#include "send_frequency.hpp"

#include <charconv>

namespace example {

std::optional<hubtwin::Duration> parse_send_frequency(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end + 1 != text.data() + text.size()) {
    return std::nullopt;
  }
  switch (*end) {
    case 's':
      return std::chrono::seconds(number);
    case 'm':
      return std::chrono::minutes(number);
    case 'h':
      return std::chrono::hours(number);
    default:
      return std::nullopt;
  }
}

}  // namespace example
