// SPDX-License-Identifier: MIT
#include <hubtwin/twin/json_number.hpp>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include <catch2/catch.hpp>

using hubtwin::Error;
using hubtwin::parse_json_integer;

TEST_CASE("json number: integer token -> exact value or out of range") {
  struct Row {
    const char* token;
    bool fits;
    std::int64_t value;
  };
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  const Row rows[] = {{"0", true, 0},
                      {"-0", true, 0},
                      {"7", true, 7},
                      {"-7", true, -7},
                      {"8388607", true, 8388607},
                      {"9223372036854775807", true, kMax},
                      {"-9223372036854775808", true, kMin},
                      {"9223372036854775808", false, 0},
                      {"-9223372036854775809", false, 0},
                      {"9223372036854775810", false, 0},
                      {"18446744073709551616", false, 0},
                      {"99999999999999999999999999999999", false, 0}};
  for (const Row& row : rows) {
    INFO(row.token);
    const auto got = parse_json_integer(row.token);
    CHECK(got.ok() == row.fits);
    CHECK(got.error() == (row.fits ? Error::kNone : Error::kOutOfRange));
    if (row.fits) {
      CHECK(*got == row.value);
    }
  }
}

#if HUBTWIN_FLOAT

namespace {

std::uint64_t bits_of(double value) {
  std::uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

// glibc's strtod is correctly rounded; it is the oracle here.
void check_against_strtod(const std::string& token) {
  if (token.size() > hubtwin::kMaxNumberCharacters) {
    return;
  }
  const double wanted = std::strtod(token.c_str(), nullptr);
  const auto got = hubtwin::parse_json_double(token);
  INFO(token);
  if (std::isinf(wanted)) {
    REQUIRE(got.error() == Error::kJsonNumber);
  } else {
    REQUIRE(got.ok());
    REQUIRE(bits_of(*got) == bits_of(wanted));
  }
}

}  // namespace

TEST_CASE("json number: doubles at the edges -> as strtod") {
  for (const char* token : {"0.0",
                            "-0.0",
                            "0e0",
                            "-0E+5",
                            "1.0",
                            "0.1",
                            "276.07",
                            "1e22",
                            "1e23",
                            "-1e23",
                            "9007199254740992.0",
                            "9007199254740993.0",
                            "9007199254740993.00000000000001",
                            "9007199254740992.99999999999999",
                            "0.30000000000000004",
                            "21.299999999999997",
                            "4.9406564584124654e-324",
                            "2.4703282292062327e-324",
                            "2.4703282292062328e-324",
                            "2.4703282292062329e-324",
                            "2.5e-324",
                            "1e-323",
                            "2.2250738585072011e-308",
                            "2.2250738585072012e-308",
                            "2.2250738585072014e-308",
                            "2.225073858507201e-308",
                            "1.7976931348623157e308",
                            "1.7976931348623158e308",
                            "1.7976931348623159e308",
                            "-1.7976931348623159e308",
                            "1e308",
                            "1e309",
                            "1e310",
                            "1e99999999999",
                            "1e-99999999999",
                            "0e99999999999",
                            "0.000000000000000000000000001",
                            "1e-324",
                            "1e-340",
                            "1e-400",
                            "99999999999999999999999999999999",
                            "1234567890123456789012345e-340",
                            "123456789012345678901234567e283",
                            "0.00000000000000000000000000e308",
                            "8.5e15",
                            "6.02214076e23",
                            "5e-324",
                            "17.5e-1",
                            "1e+2",
                            "1E2"}) {
    check_against_strtod(token);
  }
}

TEST_CASE("json number: random tokens -> as strtod, to the last bit", "[long]") {
  std::mt19937_64 random(20261122);
  for (int i = 0; i < 60000; ++i) {
    char token[64];
    switch (random() % 5) {
      case 0: {  // any double, printed to 17 digits
        const std::uint64_t bits = random();
        double value;
        std::memcpy(&value, &bits, sizeof(value));
        if (!std::isfinite(value)) {
          continue;
        }
        std::snprintf(token, sizeof(token), "%.*e", static_cast<int>(random() % 18), value);
        break;
      }
      case 1: {  // halfway between two doubles, as far as 32 characters go
        const std::uint64_t odd = (std::uint64_t{1} << 53) + 2 * (random() % (1ULL << 52)) + 1;
        std::snprintf(token, sizeof(token), "%llu.%de%d", static_cast<unsigned long long>(odd),
                      static_cast<int>(random() % 2), static_cast<int>(random() % 20) - 10);
        break;
      }
      case 2:  // subnormal
        std::snprintf(token, sizeof(token), "%llu.%llue-32%d",
                      static_cast<unsigned long long>(random() % 100),
                      static_cast<unsigned long long>(random()), static_cast<int>(random() % 10));
        break;
      case 3:  // what sensors send
        std::snprintf(token, sizeof(token), "%d.%03d", static_cast<int>(random() % 4000) - 2000,
                      static_cast<int>(random() % 1000));
        break;
      default:  // many digits
        std::snprintf(token, sizeof(token), "%llu%08llue%d",
                      static_cast<unsigned long long>(random()),
                      static_cast<unsigned long long>(random() % 100000000),
                      static_cast<int>(random() % 700) - 350);
        break;
    }
    check_against_strtod(token);
  }
}

TEST_CASE("json number: digits and a power of ten -> as strtod, to the last bit") {
  std::mt19937_64 random(7);
  const auto check = [](std::uint64_t digits, int exponent) {
    char token[64];
    std::snprintf(token, sizeof(token), "%llue%d", static_cast<unsigned long long>(digits),
                  exponent);
    const auto got = hubtwin::decimal_to_double(digits, exponent);
    INFO(token);
    REQUIRE(got.ok());
    const double wanted = std::strtod(token, nullptr);
    REQUIRE(bits_of(*got) == bits_of(wanted));
  };
  for (int exponent = -30; exponent <= 30; ++exponent) {
    for (const std::uint64_t digits :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{5}, (std::uint64_t{1} << 53) - 1,
          std::uint64_t{1} << 53, (std::uint64_t{1} << 53) + 1, (std::uint64_t{1} << 54) + 2,
          std::uint64_t{999999999999999999}, ~std::uint64_t{0}}) {
      check(digits, exponent);
    }
    for (int i = 0; i < 3000; ++i) {
      check(random() >> (random() % 64), exponent);
    }
  }
  // Halfway between two doubles once divided: the odd number of halves times the power of ten.
  for (int places = 1; places <= 6; ++places) {
    std::uint64_t power = 1;
    for (int i = 0; i < places; ++i) {
      power *= 5;
    }
    for (int i = 0; i < 5000; ++i) {
      const std::uint64_t odd = (std::uint64_t{1} << 53) + 2 * (random() % (1ULL << 40)) + 1;
      if (odd < ~std::uint64_t{0} / power) {
        for (const std::uint64_t near : {odd * power - 1, odd * power, odd * power + 1}) {
          check(near, -places);
        }
      }
    }
  }
}

#endif
