// SPDX-License-Identifier: MIT
#include "session_world.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::ConnectionState;
using hubtwin::Error;
using hubtwin::Lifetime;
using hubtwin::Qos;
using hubtwin::test::SessionWorld;
using Strings = std::vector<std::string>;

namespace {

hubtwin::Result<std::uint32_t> post(SessionWorld& w, std::string_view payload,
                                    Qos qos = Qos::kAtLeastOnce,
                                    Lifetime lifetime = Lifetime::kUntilSent) {
  return w.session.post(&w.feature, "out", hubtwin::as_bytes(payload), qos, lifetime);
}

Strings payloads(const SessionWorld& w) {
  Strings all;
  for (const auto& publish : w.transport.published_to("out")) {
    all.push_back(publish.payload + (publish.resend ? " again" : ""));
  }
  return all;
}

}  // namespace

TEST_CASE("delivery: posted before the link stands -> sent in order once it does") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(post(w, "a").ok());
  REQUIRE(w.session.open().ok());
  REQUIRE(post(w, "b", Qos::kAtMostOnce).ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  w.world.settle();
  CHECK(payloads(w) == Strings{"a", "b"});
  CHECK(w.session.outbox().count() == 0);
  CHECK(w.feature.events == Strings{"ready", "posted 2: no error", "posted 1: no error"});
}

TEST_CASE("delivery: cut before the acknowledgement -> sent again first, in order, and only then") {
  SessionWorld w;
  REQUIRE(w.session.open().ok());
  w.world.settle();
  w.transport.accept();
  w.world.settle();
  w.transport.grant();
  w.world.settle();
  REQUIRE(post(w, "a").ok());
  REQUIRE(post(w, "b").ok());
  w.world.settle();
  w.transport.acknowledge_publish(w.transport.publishes()[0].packet_id);
  w.world.run_for(1h - 30min);  // never on a timer on a live link
  CHECK(payloads(w) == Strings{"a", "b"});
  w.transport.cut();
  w.transport.set_automatic(true);
  w.world.settle();
  REQUIRE(post(w, "c").ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  w.world.settle();
  CHECK(payloads(w) == Strings{"a", "b", "b again", "c"});
  CHECK(w.session.counters().resends == 1);
  CHECK(w.session.outbox().count() == 0);
}

TEST_CASE("delivery: transport takes few at a time -> all go, without spinning") {
  SessionWorld w;
  w.transport.set_automatic(true);
  w.transport.set_publishes_per_poll(1);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  for (const char* payload : {"a", "b", "c", "d"}) {
    REQUIRE(post(w, payload).ok());
  }
  REQUIRE(w.world.run_until([&] { return w.session.outbox().count() == 0; }, 1min));
  CHECK(payloads(w) == Strings{"a", "b", "c", "d"});
}

TEST_CASE("delivery: full outbox -> no space, too large for ever -> invalid argument") {
  SessionWorld w;
  REQUIRE(post(w, std::string(600, 'x')).ok());
  CHECK(post(w, std::string(600, 'x')).error() == Error::kNoSpace);
  CHECK(post(w, std::string(2000, 'x')).error() == Error::kInvalidArgument);
}

TEST_CASE("delivery: message that the transport can never take -> its owner is told, others go") {
  SessionWorld w;
  w.transport.set_automatic(true);
  w.transport.set_largest_payload(10);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  REQUIRE(post(w, "much too long for it").ok());
  REQUIRE(post(w, "short").ok());
  w.world.settle();
  CHECK(w.feature.events == Strings{"ready", "posted 1: no space", "posted 2: no error"});
}

TEST_CASE("delivery: meant for this link only -> expired with it, and refused without one") {
  SessionWorld w;
  CHECK(post(w, "x", Qos::kAtMostOnce, Lifetime::kThisLink).error() == Error::kWrongState);
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  w.transport.set_publishes_per_poll(0);
  w.world.settle();
  REQUIRE(post(w, "reply", Qos::kAtMostOnce, Lifetime::kThisLink).ok());
  REQUIRE(post(w, "kept").ok());
  w.transport.cut();
  w.world.settle();
  CHECK(w.session.outbox().count() == 1);
  CHECK(w.feature.events == Strings{"ready", "posted 1: handle has expired", "lost: link lost"});
}

TEST_CASE("delivery: closed with messages waiting -> each is cancelled, once") {
  SessionWorld w;
  REQUIRE(w.session.open().ok());
  REQUIRE(post(w, "a").ok());
  REQUIRE(post(w, "b").ok());
  w.session.close();
  w.world.settle();
  CHECK(w.feature.events == Strings{"close", "posted 1: cancelled", "posted 2: cancelled"});
  CHECK(w.session.outbox().count() == 0);
}

TEST_CASE("delivery: thousand cuts at random -> order kept, none missing, few doubled") {
  SessionWorld w;
  w.transport.set_automatic(true);
  w.transport.set_latency(20ms, 20ms);
  REQUIRE(w.session.open().ok());
  unsigned posted = 0;
  unsigned cuts = 0;
  while (cuts < 1000) {
    w.world.run_for(std::chrono::milliseconds(w.world.random.next() % 90));
    while (post(w, std::to_string(posted)).ok()) {
      ++posted;
      if (w.world.random.next() % 3 == 0) {
        break;
      }
    }
    if (w.session.ready() && w.world.random.next() % 4 == 0) {
      w.transport.cut();
      ++cuts;
      w.world.settle();
      w.session.network_changed();  // not the back-off's test: try again at once
    }
  }
  REQUIRE(w.world.run_until([&] { return w.session.outbox().count() == 0; }, 3h));
  std::vector<unsigned> seen(posted, 0);
  unsigned newest = 0;
  for (const auto& publish : w.transport.published_to("out")) {
    const unsigned number = static_cast<unsigned>(std::stoul(publish.payload));
    ++seen[number];
    if (!publish.resend) {
      REQUIRE(number >= newest);
      newest = number;
    }
  }
  for (const unsigned times : seen) {
    REQUIRE(times >= 1);
  }
}
