// SPDX-License-Identifier: MIT
#include "transport_link.hpp"

using namespace hubtwin;
using namespace hubtwin::test;

TEST_CASE("transport counters: every byte of every link, whatever the portions") {
  Link link;
  link.stream.portion = 3;
  std::size_t sent = 0;
  std::size_t received = 0;
  for (int links = 1; links <= 2; ++links) {
    REQUIRE(link.transport.connect(link.request).ok());
    link.stream.incoming += kConnack + incoming("a", "payload", 7);
    received += link.stream.incoming.size();
    link.settle();
    REQUIRE(link.transport.publish(link.message("hello", Qos::kAtMostOnce)).ok());
    link.transport.acknowledge(7);
    link.settle();
    sent += link.stream.take().size();
    REQUIRE(link.transport.counters().bytes_sent == sent);
    REQUIRE(link.transport.counters().bytes_received == received);
    link.stream.end = Error::kLinkLost;
    link.settle();
    link.take();
  }
  REQUIRE(sent > 60);
}

TEST_CASE("transport counters: PINGRESP -> the time since its PINGREQ") {
  Link link;
  link.up();
  REQUIRE(link.transport.counters().last_round_trip == 0ms);
  link.poll(30s);
  REQUIRE(link.stream.take() == kPingreq);
  link.poll(250ms);
  link.stream.incoming = kPingresp;
  link.poll(50ms);
  REQUIRE(link.transport.counters().last_round_trip == 300ms);
}

TEST_CASE("transport counters: PUBACK -> the time since its PUBLISH, one message at a time") {
  Link link;
  link.up();
  link.poll();
  const auto first = link.transport.publish(link.message("x", Qos::kAtLeastOnce));
  link.poll(100ms);
  const auto second = link.transport.publish(link.message("y", Qos::kAtLeastOnce));
  link.poll(100ms);
  link.stream.incoming = puback(*second);
  link.poll(100ms);
  REQUIRE(link.transport.counters().last_round_trip == 0ms);
  link.stream.incoming = puback(*first);
  link.poll(100ms);
  REQUIRE(link.transport.counters().last_round_trip == 400ms);
}

TEST_CASE("transport counters: a message never acknowledged, then a PINGREQ -> that is measured") {
  Link link;
  link.up();
  REQUIRE(link.transport.publish(link.message("x", Qos::kAtLeastOnce)).ok());
  link.poll(30s);
  link.stream.incoming = kPingresp;
  link.poll(70ms);
  REQUIRE(link.transport.counters().last_round_trip == 70ms);
}

TEST_CASE(
    "transport counters: the link ends before the answer -> the next link's isn't taken for it") {
  Link link;
  link.up();
  REQUIRE(*link.transport.publish(link.message("x", Qos::kAtLeastOnce)) == 1);
  link.poll();
  link.stream.end = Error::kLinkLost;
  link.poll(1s);
  link.take();
  link.up();
  link.stream.incoming = puback(1);
  link.poll(1s);
  REQUIRE(link.transport.counters().last_round_trip == 0ms);
}
