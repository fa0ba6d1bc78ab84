// SPDX-License-Identifier: MIT
#include "ports.hpp"
#include <hubtwin/session/backoff.hpp>
#include <hubtwin/session/context.hpp>

#include <algorithm>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::Backoff;
using hubtwin::BackoffOptions;
using hubtwin::Duration;
using hubtwin::Error;
using hubtwin::MonotonicTime;
using hubtwin::Status;

TEST_CASE("backoff: options out of range -> invalid") {
  BackoffOptions options;
  CHECK(Backoff::valid(options));
  options.cap = 500ms;
  CHECK_FALSE(Backoff::valid(options));
  options = BackoffOptions();
  options.base = 50ms;
  CHECK_FALSE(Backoff::valid(options));
  options = BackoffOptions();
  options.slow_cap = 30s;
  CHECK_FALSE(Backoff::valid(options));
}

TEST_CASE("backoff: network failures -> full jitter below a bound that doubles to the cap") {
  std::vector<Duration> longest(14, Duration(0));
  Duration shortest_late = 1h;
  for (unsigned device = 0; device < 400; ++device) {
    TestPorts ports(device);
    hubtwin::SizedContext<> context(ports.clock, ports.crypto, ports.random);
    Backoff backoff{BackoffOptions()};
    Duration bound = 1s;
    for (std::size_t attempt = 0; attempt < longest.size(); ++attempt) {
      Status reason = Error::kConnectRefused;
      const Duration wait = backoff.link_down(reason, MonotonicTime{}, context);
      CHECK(reason.error() == Error::kConnectRefused);
      REQUIRE(wait >= Duration(0));
      REQUIRE(wait <= bound);
      longest[attempt] = std::max(longest[attempt], wait);
      if (attempt == 13) {
        shortest_late = std::min(shortest_late, wait);
      }
      bound = std::min<Duration>(bound * 2, 5min);
    }
    CHECK(backoff.attempts() == longest.size());
  }
  // Spread over the whole bound, not bunched at one end.
  CHECK(longest[0] > 900ms);
  CHECK(longest[13] > 280s);
  CHECK(shortest_late < 20s);
}

TEST_CASE("backoff: any wait -> above zero, so that no poll() ends one link and begins another") {
  BackoffOptions options;
  options.base = 100ms;
  for (unsigned device = 0; device < 2000; ++device) {
    TestPorts ports(device);
    hubtwin::SizedContext<> context(ports.clock, ports.crypto, ports.random);
    Backoff backoff{options};
    Status reason = Error::kConnectRefused;
    const Duration wait = backoff.link_down(reason, MonotonicTime{}, context);
    REQUIRE(wait >= 1ms);
    REQUIRE(wait <= 100ms);
  }
}

TEST_CASE("backoff: link stable for a minute -> first attempt again, shorter -> goes on") {
  TestPorts ports(1);
  hubtwin::SizedContext<> context(ports.clock, ports.crypto, ports.random);
  Backoff backoff{BackoffOptions()};
  MonotonicTime now{};
  for (int i = 0; i < 5; ++i) {
    Status reason = Error::kConnectTimeout;
    static_cast<void>(backoff.link_down(reason, now, context));
  }
  backoff.link_up(now);
  now += 59s;
  Status reason = Error::kLinkLost;
  static_cast<void>(backoff.link_down(reason, now, context));
  CHECK(backoff.attempts() == 6);
  backoff.link_up(now);
  now += 60s;
  const Duration wait = backoff.link_down(reason, now, context);
  CHECK(backoff.attempts() == 1);
  CHECK(wait <= 1s);
}

TEST_CASE("backoff: refused credentials -> at least a minute, growing to hours") {
  TestPorts ports(2);
  hubtwin::SizedContext<> context(ports.clock, ports.crypto, ports.random);
  Backoff backoff{BackoffOptions()};
  Duration wait{};
  for (int attempt = 0; attempt < 12; ++attempt) {
    Status reason = Error::kRefusedCredentials;
    wait = backoff.link_down(reason, MonotonicTime{}, context);
    CHECK(wait >= 1min);
    CHECK(wait <= 2h);
  }
  CHECK(wait >= 1h);
}

TEST_CASE("backoff: three quick drops -> identity conflict, slow lane, until a link outlasts it") {
  TestPorts ports(3);
  hubtwin::SizedContext<> context(ports.clock, ports.crypto, ports.random);
  Backoff backoff{BackoffOptions()};
  MonotonicTime now{};
  for (int drop = 1; drop <= 4; ++drop) {
    backoff.link_up(now);
    now += 3s;
    Status reason = Error::kLinkLost;
    const Duration wait = backoff.link_down(reason, now, context);
    CHECK((reason.error() == Error::kIdentityConflict) == (drop >= 3));
    CHECK((wait >= 1min) == (drop >= 3));
    now += wait;
  }
  for (const Duration stood :
       {Duration(129s), Duration(130s)}) {  // the longest first wait, and 10 s
    backoff.link_up(now);
    now += stood;
    Status reason = Error::kLinkLost;
    now += backoff.link_down(reason, now, context);
    CHECK((reason.error() == Error::kIdentityConflict) == (stood < 130s));
  }
}

namespace {

// One of two clients that have one identity: a hub keeps the link of the one who came last.
struct Rival {
  explicit Rival(unsigned seed) : ports(seed) {}
  TestPorts ports;
  hubtwin::SizedContext<> context{ports.clock, ports.crypto, ports.random};
  Backoff backoff{BackoffOptions()};
  MonotonicTime next = hubtwin::kNever;
  MonotonicTime named = hubtwin::kNever;
  unsigned late_connects = 0;  // after the fourth hour

  void drop(MonotonicTime now) {
    Status reason = Error::kLinkLost;
    next = now + backoff.link_down(reason, now, context);
    if (reason.error() == Error::kIdentityConflict) {
      named = hubtwin::earlier(named, now);
    }
  }
};

}  // namespace

TEST_CASE("backoff: two clients with one identity -> both name the conflict, and calm down") {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    const MonotonicTime start{};
    Rival first(2 * seed);
    Rival second(2 * seed + 1);
    first.backoff.link_up(start);  // and stands for an hour before the second one comes
    Rival* up = &first;
    Rival* comes = &second;
    MonotonicTime now = start + 1h;
    while (now < start + 9h) {
      comes->backoff.link_up(now);
      comes->late_connects += now >= start + 5h ? 1 : 0;
      up->drop(now);
      std::swap(up, comes);
      now = comes->next;
    }
    CHECK(first.named < start + 1h + 10min);
    CHECK(second.named < start + 1h + 10min);
    // One holds the identity, the other takes it over and is dropped once in one or two hours.
    CHECK(first.late_connects + second.late_connects <= 12);
  }
}

TEST_CASE("backoff: two quick drops, then one after minutes -> an ordinary loss of the link") {
  TestPorts ports(5);
  hubtwin::SizedContext<> context(ports.clock, ports.crypto, ports.random);
  Backoff backoff{BackoffOptions()};
  MonotonicTime now{};
  Status reason;
  for (const Duration stood : {Duration(3s), Duration(3s), Duration(3min)}) {
    backoff.link_up(now);
    now += stood;
    reason = Error::kLinkLost;
    now += backoff.link_down(reason, now, context);
  }
  CHECK(reason.error() == Error::kLinkLost);
  CHECK(backoff.attempts() == 1);
}

TEST_CASE("backoff: planned end of a stable link -> earlier failures are forgotten") {
  TestPorts ports(4);
  hubtwin::SizedContext<> context(ports.clock, ports.crypto, ports.random);
  Backoff backoff{BackoffOptions()};
  MonotonicTime now{};
  Status reason = Error::kConnectRefused;
  static_cast<void>(backoff.link_down(reason, now, context));
  backoff.link_up(now);
  now += 2min;
  backoff.link_ended_by_plan(now);
  CHECK(backoff.attempts() == 0);
}
