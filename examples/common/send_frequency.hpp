// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Times as people write them in a twin: "7s", "5m", "1h".

#include <hubtwin/time.hpp>

#include <optional>
#include <string_view>

namespace example {

/// Shortest and longest interval that the examples accept.
constexpr hubtwin::Duration kShortestInterval = std::chrono::seconds(1);
constexpr hubtwin::Duration kLongestInterval = std::chrono::hours(24);

/// Reads a whole number followed by s, m or h; nothing for any other text.
std::optional<hubtwin::Duration> parse_send_frequency(std::string_view text);

}  // namespace example
