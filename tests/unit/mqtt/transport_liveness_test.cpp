// SPDX-License-Identifier: MIT
//
// Days of idle links, in virtual time: how often each says something, and when a dead one is found.
#include "transport_link.hpp"

using namespace hubtwin;
using namespace hubtwin::test;

namespace {

struct Idle {
  Idle(Duration keep_alive, const mqtt::Liveness& liveness) {
    link.request.keep_alive = keep_alive;
    link.transport.set_liveness(liveness);
    link.up();
  }
  // Lets time pass with a peer that answers or not. \return how many PINGREQs went out.
  int pass(Duration duration, bool answering) {
    int pings = 0;
    const MonotonicTime end = link.now + duration;
    while (link.stream.is_open() && link.transport.next_deadline() <= end) {
      link.now = std::max(link.now, link.transport.next_deadline());
      link.poll();
      const std::string sent = link.stream.take();
      if (!sent.empty()) {
        REQUIRE(sent == kPingreq);
        ++pings;
        link.stream.incoming += answering ? kPingresp : "";
        link.poll();
      }
    }
    link.now = link.stream.is_open() ? end : link.now;
    return pings;
  }

  Link link;
};

}  // namespace

TEST_CASE("transport liveness: the usual times -> a word in 30 s, a dead peer found in 40 s") {
  Idle idle(60s, mqtt::Liveness());
  REQUIRE(idle.pass(24h, true) == 24 * 3600 / 30);
  const MonotonicTime died = idle.link.now;
  idle.pass(24h, false);
  REQUIRE(idle.link.now - died <= 40s);
  REQUIRE(idle.link.take() == Lines{"disconnected "s + to_string(Error::kPeerSilent)});
}

TEST_CASE("transport liveness: a metered link -> silent for three quarters of 1177 s") {
  Idle idle(1177s, mqtt::kMeteredLiveness);
  REQUIRE(idle.pass(882s, true) == 0);
  REQUIRE(idle.pass(1s, true) == 1);
  REQUIRE(idle.pass(24h, true) == 97);
  REQUIRE(idle.link.transport.counters().last_round_trip == 0ms);
  const MonotonicTime died = idle.link.now;
  REQUIRE(idle.pass(24h, false) == 1);
  REQUIRE(idle.link.now - died <= 883s + 60s);
  REQUIRE(idle.link.take() == Lines{"disconnected "s + to_string(Error::kPeerSilent)});
}

TEST_CASE("transport liveness: other times while the link stands -> at once") {
  Idle idle(1177s, mqtt::kMeteredLiveness);
  REQUIRE(idle.pass(60s, true) == 0);
  idle.link.transport.set_liveness({30s, 10s});
  REQUIRE(idle.pass(0s, true) == 1);
  REQUIRE(idle.pass(60s, true) == 2);
}
