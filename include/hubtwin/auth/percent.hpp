// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Percent-encoding (RFC 3986): what may stand in topics, user names and tokens.

#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>

#include <cstddef>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Whether a character stands for itself: A-Z a-z 0-9 - _ . ~ (RFC 3986, 2.3).
constexpr bool is_unreserved(char character) {
  return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
         (character >= '0' && character <= '9') || character == '-' || character == '_' ||
         character == '.' || character == '~';
}

/// Length of `text` once encoded.
std::size_t percent_encoded_size(std::string_view text);

/// Encodes every byte that isn't unreserved as % and two upper-case hex digits; a space becomes
/// %20, never a plus sign.
/// \return the text in `room`; Error::kNoSpace when it doesn't fit.
Result<std::string_view> percent_encode(std::string_view text, Span<char> room);

/// Decodes; hex digits of either case. A plus sign stays one. `room` may be the memory of `text`
/// itself, since the result is never longer.
/// \return the text in `room`; Error::kInvalidArgument for a % without two hex digits;
///         Error::kNoSpace when it doesn't fit.
Result<std::string_view> percent_decode(std::string_view text, Span<char> room);

/// Whether `encoded` decodes to `plain`; false also when it can't be decoded.
bool percent_equal(std::string_view encoded, std::string_view plain);

HUBTWIN_NAMESPACE_END
