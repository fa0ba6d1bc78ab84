// SPDX-License-Identifier: MIT
#include "ports.hpp"
#include <hubtwin/session/context.hpp>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("context: one document at a time -> the next waits until it is released") {
  TestPorts ports(1);
  hubtwin::SizedContext<> context(ports.clock, ports.crypto, ports.random);
  const int first = 0;
  const int second = 0;
  CHECK(context.document_free_at() == hubtwin::MonotonicTime::min());
  REQUIRE(context.take_document(&first));
  CHECK(context.take_document(&first));
  CHECK_FALSE(context.take_document(&second));
  CHECK_FALSE(context.holds_document(&second));
  context.release_document(&second);
  CHECK(context.holds_document(&first));
  context.release_document(&first);
  CHECK(context.take_document(&second));
}

TEST_CASE("context: stalled document -> loses its turn to the next who asks, not by itself") {
  TestPorts ports(1);
  hubtwin::SizedContext<> context(ports.clock, ports.crypto, ports.random);
  const int first = 0;
  const int second = 0;
  REQUIRE(context.take_document(&first));
  ports.clock.time += 9s;
  context.touch_document(&first);
  ports.clock.time += 9s;
  CHECK_FALSE(context.take_document(&second));
  CHECK(context.document_free_at() == ports.clock.time + 1s);
  ports.clock.time += 1s;
  CHECK(context.holds_document(&first));
  CHECK(context.take_document(&second));
  CHECK_FALSE(context.holds_document(&first));
}

TEST_CASE("context: jitter -> even from zero to the bound") {
  TestPorts ports(7);
  hubtwin::SizedContext<> context(ports.clock, ports.crypto, ports.random);
  CHECK(context.jitter(0ms) == 0ms);
  CHECK(context.jitter(-5ms) == 0ms);
  int low = 0;
  for (int i = 0; i < 1000; ++i) {
    const hubtwin::Duration draw = context.jitter(10s);
    REQUIRE(draw >= 0s);
    REQUIRE(draw <= 10s);
    low += draw < 5s ? 1 : 0;
  }
  CHECK(low > 400);
  CHECK(low < 600);
  CHECK(context.jitter(1000h) <= 1000h);
}
