// SPDX-License-Identifier: MIT
#include <hubtwin/wire/division.hpp>

#include <cstdint>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

using hubtwin::divide;
using hubtwin::Division;

// Where 64 bits are divided by an instruction this shows nothing; the check runs it on 32 bits too.
TEST_CASE("division: quotient and rest -> as the compiler's") {
  std::mt19937_64 random(1);
  const auto check = [](std::uint64_t number, std::uint32_t divisor) {
    const Division division = divide(number, divisor);
    CAPTURE(number, divisor);
    REQUIRE(division.quotient == number / divisor);
    REQUIRE(division.rest == number % divisor);
  };
  constexpr std::uint32_t kMostDivisor = 0x7FFFFFFF;
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xFFFFFFFF}, std::uint64_t{0x100000000},
        (std::numeric_limits<std::uint64_t>::max)()}) {
    for (const std::uint32_t divisor : {1U, 2U, 10U, 1000U, 86400U, 1000000000U, kMostDivisor}) {
      check(number, divisor);
    }
  }
  for (int i = 0; i < 100000; ++i) {
    const auto bits = static_cast<unsigned>(random() % 64);
    check(random() >> bits, static_cast<std::uint32_t>(random() % kMostDivisor) + 1);
  }
}
