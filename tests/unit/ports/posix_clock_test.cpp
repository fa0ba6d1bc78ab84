// SPDX-License-Identifier: MIT
#include <hubtwin/posix/system_clock.hpp>

#include <ctime>

#include <catch2/catch.hpp>

namespace {

using hubtwin::UtcTime;
using hubtwin::posix::start_of_year;
using hubtwin::posix::SystemClock;

static_assert(start_of_year(1970) == UtcTime());
static_assert(start_of_year(2000) == UtcTime(std::chrono::seconds(946684800)));
static_assert(start_of_year(2026) == UtcTime(std::chrono::seconds(1767225600)));
static_assert(start_of_year(2101) == UtcTime(std::chrono::seconds(4133980800)));

UtcTime utc_of_system() {
  return UtcTime(std::chrono::seconds(std::time(nullptr)));
}

TEST_CASE("system clock: read again and again -> never goes back") {
  SystemClock clock;
  auto last = clock.now();
  for (int i = 0; i < 10000; ++i) {
    const auto now = clock.now();
    REQUIRE(now >= last);
    last = now;
  }
}

TEST_CASE("system clock: compared with the steady clock -> runs at its rate") {
  SystemClock clock;
  const auto steady_start = std::chrono::steady_clock::now();
  const auto start = clock.now();
  while (clock.now() - start < std::chrono::milliseconds(20)) {
  }
  const auto steady = std::chrono::steady_clock::now() - steady_start;
  CHECK(steady >= std::chrono::milliseconds(19));
}

TEST_CASE("system clock: a real-time clock that was set -> tells UTC") {
  SystemClock clock(start_of_year(1970));
  const UtcTime before = utc_of_system();
  const auto utc = clock.utc();
  REQUIRE(utc.has_value());
  CHECK(*utc >= before);
  CHECK(*utc <= utc_of_system() + std::chrono::seconds(1));
}

TEST_CASE("system clock: a real-time clock before the trusted date -> UTC is not known") {
  SystemClock clock(utc_of_system() + std::chrono::hours(1));
  CHECK_FALSE(clock.utc().has_value());
}

TEST_CASE("system clock: declared untrusted -> UTC is not known until trusted again") {
  SystemClock clock(start_of_year(1970));
  clock.set_utc_trusted(false);
  CHECK_FALSE(clock.utc().has_value());
  clock.set_utc_trusted(true);
  CHECK(clock.utc().has_value());
}

}  // namespace
