// SPDX-License-Identifier: MIT
#include "support/world.hpp"
#include <hubtwin/twin/request_backoff.hpp>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;
using namespace std::chrono_literals;

TEST_CASE("request back-off: server errors -> even-spread up to a bound that doubles to a minute") {
  World world;
  for (int draw = 0; draw < 200; ++draw) {
    RequestBackoff backoff;
    Duration bound = 1s;
    for (int failure = 0; failure < 300; ++failure) {
      const Duration wait = backoff.next(Error::kHubServerError, world.context);
      REQUIRE(wait >= Duration(0));
      REQUIRE(wait <= bound);
      bound = std::min(Duration(1min), bound * 2);
    }
  }
}

TEST_CASE("request back-off: throttled -> at least half of a bound ten times as long") {
  World world;
  RequestBackoff backoff;
  Duration bound = 10s;
  for (int failure = 0; failure < 300; ++failure) {
    const Duration wait = backoff.next(Error::kHubThrottled, world.context);
    REQUIRE(wait >= bound / 2);
    REQUIRE(wait <= bound);
    bound = std::min(Duration(10min), bound * 2);
  }
  backoff.reset();
  REQUIRE(backoff.next(Error::kHubThrottled, world.context) <= 10s);
}
