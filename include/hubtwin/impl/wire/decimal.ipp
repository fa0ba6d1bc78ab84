// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/wire/decimal.hpp.

#include <hubtwin/wire/decimal.hpp>
#include <hubtwin/wire/division.hpp>

#include <limits>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_decimal {

// Writes decimal digits that end at `end`; at least `count`, with zeros in front.
static char* put_digits(char* end, std::uint32_t number, int count) {
  while (number >= 10) {
    const std::uint32_t pair = number % 100;
    number /= 100;
    *--end = static_cast<char>('0' + pair % 10);
    *--end = static_cast<char>('0' + pair / 10);
    count -= 2;
  }
  if (number > 0 || count > 0) {
    *--end = static_cast<char>('0' + number);
    --count;
  }
  for (; count > 0; --count) {
    *--end = '0';
  }
  return end;
}

}  // namespace detail_decimal

std::string_view to_decimal(std::uint64_t number, char (&digits)[kMaxDecimalDigits]) {
  constexpr std::uint32_t kGroup = 1000000000;
  constexpr int kGroupDigits = 9;  // so many fit the bits that a small processor divides by itself
  char* const end = digits + kMaxDecimalDigits;
  char* from = end;
  while (number > 0xFFFFFFFF) {
    const Division groups = divide(number, kGroup);
    from = detail_decimal::put_digits(from, groups.rest, kGroupDigits);
    number = groups.quotient;
  }
  from = detail_decimal::put_digits(from, static_cast<std::uint32_t>(number), 1);
  return {from, static_cast<std::size_t>(end - from)};
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
    if (number > kMax / 10 || (number == kMax / 10 && digit > kMax % 10)) {
      return std::nullopt;
    }
    number = number * 10 + digit;
  }
  return number;
}

HUBTWIN_NAMESPACE_END
