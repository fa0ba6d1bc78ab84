// SPDX-License-Identifier: MIT
#include <hubtwin/wire/decimal.hpp>

#include <limits>
#include <string>

#include <catch2/catch.hpp>

using hubtwin::from_decimal;
using hubtwin::to_decimal;

TEST_CASE("decimal: numbers at the borders -> written and read back") {
  const std::uint64_t number = GENERATE(
      std::uint64_t{0}, 1, 9, 10, 99, 100, 4294967295, 4294967296, 9007199254740993,
      std::numeric_limits<std::uint64_t>::max() - 1, std::numeric_limits<std::uint64_t>::max());
  char digits[hubtwin::kMaxDecimalDigits];
  const std::string text(to_decimal(number, digits));
  CHECK(text == std::to_string(number));
  CHECK(from_decimal(text) == number);
}

TEST_CASE("decimal: leading zeros -> read") {
  CHECK(from_decimal("0007") == 7U);
}

TEST_CASE("decimal: anything but digits, or too much -> nothing") {
  const std::string text =
      GENERATE("", " ", "-1", "+1", "1 ", " 1", "1.0", "1e3", "0x10", "a", "18446744073709551616",
               "99999999999999999999", "184467440737095516150", "1\n", "\xD9\xA1");
  CAPTURE(text);
  CHECK_FALSE(from_decimal(text).has_value());
}
