// SPDX-License-Identifier: MIT
#include "session_world.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::ConnectionState;
using hubtwin::Error;
using hubtwin::SessionOptions;
using hubtwin::test::SessionWorld;

TEST_CASE("keep-alive: not set -> the transport's own") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  CHECK(w.transport.connects().at(0).keep_alive == w.transport.usual_keep_alive());
  CHECK(w.transport.usual_keep_alive() == 60s);
}

TEST_CASE("keep-alive: changed while connected -> with the next link, which may be made at once") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  CHECK(w.session.set_keep_alive(4s).error() == Error::kInvalidArgument);
  CHECK(w.session.set_keep_alive(1178s).error() == Error::kInvalidArgument);
  REQUIRE(w.session.set_keep_alive(240s).ok());
  w.world.settle();
  CHECK(w.transport.connects().size() == 1);
  w.session.network_changed();
  REQUIRE(w.world.run_until([&] { return w.transport.connects().size() == 2; }, 1s));
  CHECK(w.transport.connects()[1].keep_alive == 240s);
  REQUIRE(w.session.set_keep_alive(0s).ok());
  w.session.network_changed();
  REQUIRE(w.world.run_until([&] { return w.transport.connects().size() == 3; }, 1s));
  CHECK(w.transport.connects()[2].keep_alive == 60s);
}

TEST_CASE("keep-alive: a metered link -> 1177 s, and one renewal a day") {
  SessionOptions options;
  hubtwin::spare_traffic(options);
  SessionWorld w(options);
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  CHECK(w.transport.connects().at(0).keep_alive == 1177s);
  w.world.run_for(19h);
  CHECK(w.transport.connects().size() == 1);
  w.world.run_for(24h * 10);
  CHECK(w.transport.connects().size() >= 11);
  CHECK(w.transport.connects().size() <= 14);
}
