// SPDX-License-Identifier: MIT
#include "session_world.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::ConnectionState;
using hubtwin::Lifetime;
using hubtwin::Qos;
using hubtwin::test::SessionWorld;
using Strings = std::vector<std::string>;

TEST_CASE("renewal: token near its end -> planned reconnect between 80 and 90 % of its life") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  const auto began = w.world.clock.now();
  REQUIRE(w.world.run_until([&] { return w.session.counters().renewals == 1; }, 2h));
  const auto waited = w.world.clock.now() - began;
  CHECK(waited >= 48min);
  CHECK(waited <= 54min);
  REQUIRE(w.run_to(ConnectionState::kConnected, 1s));
  CHECK(w.session.counters().disconnects == 0);
  CHECK(w.states == Strings{"connecting/no error", "subscribing/no error", "connected/no error",
                            "renewing/token renewal", "subscribing/no error",
                            "connected/no error"});
  CHECK(w.transport.connects()[0].password != w.transport.connects()[1].password);
}

TEST_CASE("renewal: request in flight -> waits for it, but not for ever") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  w.feature.in_flight = true;
  const auto began = w.world.clock.now();
  REQUIRE(w.world.run_until([&] { return w.session.counters().renewals == 1; }, 2h));
  CHECK(w.world.clock.now() - began >= 48min + 30s);
  CHECK(w.world.clock.now() - began <= 54min + 31s);
}

TEST_CASE("renewal: answer meant for this link posted meanwhile -> goes out before the reconnect") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  w.feature.in_flight = true;
  // Renewal is due by now, and waits for the subject.
  const auto began = w.world.clock.now();
  while (w.world.clock.now() - began < 48min ||
         w.session.next_deadline() - w.world.clock.now() > 30s) {
    w.world.run_for(w.session.next_deadline() - w.world.clock.now());
  }
  REQUIRE(w.session.counters().renewals == 0);
  REQUIRE(w.session
              .post(&w.feature, "out", hubtwin::as_bytes("later"), Qos::kAtMostOnce,
                    Lifetime::kUntilSent)
              .ok());
  w.world.settle();
  CHECK(w.transport.published_to("out").empty());
  REQUIRE(w.session
              .post(&w.feature, "out", hubtwin::as_bytes("answer"), Qos::kAtMostOnce,
                    Lifetime::kThisLink)
              .ok());
  w.feature.in_flight = false;
  w.world.settle();
  REQUIRE(w.transport.published_to("out").size() == 2);
  CHECK(w.transport.published_to("out")[1].payload == "answer");
  REQUIRE(w.run_to(ConnectionState::kConnected));
  CHECK(w.session.counters().renewals == 1);
}

TEST_CASE("renewal: thirty days of one-hour tokens -> no message lost or doubled") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  unsigned accepted = 0;
  for (int quarter = 0; quarter < 30 * 24 * 4; ++quarter) {
    const std::string payload = std::to_string(quarter);
    const auto ticket = w.session.post(&w.feature, "out", hubtwin::as_bytes(payload),
                                       Qos::kAtLeastOnce, Lifetime::kUntilSent);
    REQUIRE(ticket.ok());
    ++accepted;
    w.world.run_for(15min);
  }
  CHECK(w.session.counters().renewals >= 30 * 24);
  CHECK(w.session.counters().failures_of(hubtwin::ErrorClass::kPlanned) == 0);
  CHECK(w.session.counters().disconnects == 0);
  const auto published = w.transport.published_to("out");
  REQUIRE(published.size() == accepted);
  for (unsigned i = 0; i < accepted; ++i) {
    REQUIRE(published[i].payload == std::to_string(i));
  }
}

TEST_CASE("renewal: clock steps in either direction mid-session -> nothing happens") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  for (const auto step : {-2h, 2h}) {
    w.world.clock.set_utc(*w.world.clock.utc() + std::chrono::seconds(step));
    w.world.run_for(20min);
    CHECK(w.transport.connects().size() == 1);
  }
}
