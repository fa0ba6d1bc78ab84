// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Number tokens of JSON taken as values; what JsonReader uses.

#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Longest number token that is taken, in characters.
constexpr std::size_t kMaxNumberCharacters = 32;

/// The value of a token without fraction and exponent.
/// \pre The token follows JSON's grammar.
/// \return Error::kOutOfRange beyond 64 bits with sign.
Result<std::int64_t> parse_json_integer(std::string_view token);

#if HUBTWIN_FLOAT
/// The double nearest to digits * 10^exponent, ties to even; a magnitude below half the smallest
/// one is 0.
/// \pre The exponent is from -345 to 310.
/// \return Error::kJsonNumber when the magnitude rounds to beyond the largest double.
Result<double> decimal_to_double(std::uint64_t digits, int exponent);

/// The double nearest to a token, ties to even; a magnitude below half the smallest one is a zero
/// with the token's sign. Exact whatever the token, in less than 400 bytes of stack.
/// \pre The token follows JSON's grammar and has at most kMaxNumberCharacters.
/// \return Error::kJsonNumber when the magnitude rounds to beyond the largest double.
Result<double> parse_json_double(std::string_view token);
#endif

HUBTWIN_NAMESPACE_END
