// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/wire/decimal.hpp.

#include <hubtwin/wire/decimal.hpp>

#include <limits>

HUBTWIN_NAMESPACE_BEGIN

std::string_view to_decimal(std::uint64_t number, char (&digits)[kMaxDecimalDigits]) {
  std::size_t begin = kMaxDecimalDigits;
  do {
    --begin;
    digits[begin] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return {digits + begin, kMaxDecimalDigits - begin};
}

std::string_view to_signed_decimal(std::int64_t number, char (&digits)[kMaxSignedDecimalDigits]) {
  // Negated as unsigned, so that the most negative number has a magnitude; that one has 19 digits.
  const auto bits = static_cast<std::uint64_t>(number);
  const std::string_view magnitude = to_decimal(number < 0 ? 0 - bits : bits, digits);
  if (number >= 0) {
    return magnitude;
  }
  const std::size_t begin = kMaxSignedDecimalDigits - magnitude.size() - 1;
  digits[begin] = '-';
  return {digits + begin, magnitude.size() + 1};
}

std::optional<std::uint64_t> from_decimal(std::string_view text) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  if (text.empty()) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  for (const char character : text) {
    if (character < '0' || character > '9') {
      return std::nullopt;
    }
    const auto digit = static_cast<std::uint64_t>(character - '0');
    if (number > (kMax - digit) / 10) {
      return std::nullopt;
    }
    number = number * 10 + digit;
  }
  return number;
}

HUBTWIN_NAMESPACE_END
