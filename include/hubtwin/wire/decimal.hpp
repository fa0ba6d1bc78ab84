// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Decimal numbers in topics, tokens and log lines, without printf and locales.

#include <hubtwin/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Digits of the largest 64-bit number.
constexpr std::size_t kMaxDecimalDigits = 20;

/// Writes `number` in decimal to the end of `digits`.
/// \return a view of the digits, within `digits`.
std::string_view to_decimal(std::uint64_t number, char (&digits)[kMaxDecimalDigits]);

/// Characters of the longest signed 64-bit number, with its sign.
constexpr std::size_t kMaxSignedDecimalDigits = kMaxDecimalDigits;

/// The same of a number that may be negative, with a `-` then.
std::string_view to_signed_decimal(std::int64_t number, char (&digits)[kMaxSignedDecimalDigits]);

/// Reads a number of ASCII digits only: no sign, no white space, leading zeros allowed.
/// \return nothing for an empty text, another character, or more than 64 bits.
std::optional<std::uint64_t> from_decimal(std::string_view text);

HUBTWIN_NAMESPACE_END
