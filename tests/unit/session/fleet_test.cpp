// SPDX-License-Identifier: MIT
// What keeps thousands of devices from connecting at one moment; the fleet itself is in
// tests/simulation/storm.
#include "session_world.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::Backoff;
using hubtwin::BackoffOptions;
using hubtwin::ConnectionState;
using hubtwin::Duration;
using hubtwin::SessionOptions;
using hubtwin::spread_fleet;
using hubtwin::test::FakeClock;
using hubtwin::test::FakeRandom;
using hubtwin::test::SessionWorld;

namespace {

// How long after open() the CONNECT goes out.
Duration first_connect(const SessionOptions& options, std::uint64_t seed) {
  SessionWorld w(options);
  w.world.random = FakeRandom(seed);
  REQUIRE(w.session.open());
  REQUIRE(w.run_to(ConnectionState::kConnecting));
  return w.transport.connects()[0].at - FakeClock::kStart;
}

}  // namespace

TEST_CASE(
    "session: start spread -> the first attempt comes anywhere within it, without it at once") {
  SessionOptions options;
  CHECK(first_connect(options, 1) == 0s);
  options.start_spread = 10min;
  Duration earliest = 1h;
  Duration latest = 0s;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Duration after = first_connect(options, seed);
    earliest = std::min(earliest, after);
    latest = std::max(latest, after);
  }
  CHECK(earliest < 30s);
  CHECK(latest > 9min + 30s);
  CHECK(latest <= 10min);
}

TEST_CASE("session: network changed while the start is spread -> tries at once") {
  SessionOptions options;
  options.start_spread = 24h;
  SessionWorld w(options);
  REQUIRE(w.session.open());
  w.world.settle();
  CHECK(w.transport.connects().empty());
  w.session.network_changed();
  w.world.settle();
  CHECK(w.transport.connects().size() == 1);
}

TEST_CASE("spread_fleet: more devices for each connect a second -> longer waits, in range always") {
  SessionOptions options;
  options.backoff.stable = 7s;
  spread_fleet(options, 10000, 100);
  CHECK(options.start_spread == 303s);
  CHECK(options.backoff.base == 303s);
  CHECK(options.backoff.cap == 606s);
  CHECK(options.backoff.slow_base == 303s);
  CHECK(options.backoff.slow_cap == 2h);
  CHECK(options.backoff.stable == 7s);

  constexpr SessionOptions kSmall = [] {
    SessionOptions small;
    spread_fleet(small, 1, 100);  // known when the program is built: no code
    return small;
  }();
  CHECK(kSmall.backoff.base == 3s);
  CHECK(kSmall.backoff.cap == BackoffOptions().cap);
  CHECK(kSmall.backoff.slow_base == BackoffOptions().slow_base);

  for (const std::uint32_t devices : {0U, 1U, 100000U, 1000000U, 0xFFFFFFFFU}) {
    for (const std::uint32_t rate : {1U, 100U, 0xFFFFFFFFU}) {
      CAPTURE(devices, rate);
      spread_fleet(options, devices, rate);
      CHECK(Backoff::valid(options.backoff));
      CHECK(options.start_spread <= 1h);
      CHECK(options.backoff.slow_cap >= 2h);  // a deleted device tries once an hour at most
    }
  }
}
