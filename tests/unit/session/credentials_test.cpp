// SPDX-License-Identifier: MIT
// What stands between an identity and its CONNECT: options, keys, tokens, room and the clock.
#include "session_world.hpp"

#include <functional>
#include <set>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::ConnectionState;
using hubtwin::Error;
using hubtwin::SessionOptions;
using hubtwin::Status;
using hubtwin::test::SessionWorld;

namespace {

const std::string kTokenString =
    "HostName=h.example;DeviceId=d;SharedAccessSignature=SharedAccessSignature "
    "sr=h.example%2Fdevices%2Fd&sig=c2ln&se=1900000000";

}  // namespace

TEST_CASE("options: the ends of each range -> taken, what lies beyond -> invalid argument") {
  const auto opened = [](const std::function<void(SessionOptions&)>& set) {
    SessionOptions options;
    set(options);
    SessionWorld w(options);
    return w.session.open().error();
  };
  const std::vector<std::function<void(SessionOptions&)>> good = {
      [](SessionOptions& o) { o.port = 65535; },
      [](SessionOptions& o) { o.keep_alive = 5s; },
      [](SessionOptions& o) { o.keep_alive = 1177s; },
      [](SessionOptions& o) { o.token_lifetime = 5min; },
      [](SessionOptions& o) { o.token_lifetime = 24h * 365; },
      [](SessionOptions& o) { o.connect_timeout = 1s; },
      [](SessionOptions& o) { o.renewal_patience = 0s; },
      [](SessionOptions& o) { o.start_spread = 24h; },
      [](SessionOptions& o) {
        o.backoff = {1h, 1h, 0s, 1h, 1h};
      }};
  for (std::size_t i = 0; i < good.size(); ++i) {
    CAPTURE(i);
    CHECK(opened(good[i]) == Error::kNone);
  }
  const std::vector<std::function<void(SessionOptions&)>> bad = {
      [](SessionOptions& o) { o.port = 0; },
      [](SessionOptions& o) { o.keep_alive = 4999ms; },
      [](SessionOptions& o) { o.keep_alive = 1177001ms; },
      [](SessionOptions& o) { o.token_lifetime = 5min - 1ms; },
      [](SessionOptions& o) { o.token_lifetime = 24h * 365 + 1ms; },
      [](SessionOptions& o) { o.connect_timeout = 999ms; },
      [](SessionOptions& o) { o.renewal_patience = -1ms; },
      [](SessionOptions& o) { o.start_spread = -1ms; },
      [](SessionOptions& o) { o.start_spread = 24h + 1ms; },
      [](SessionOptions& o) { o.backoff.base = 0ms; },
      [](SessionOptions& o) {
        o.backoff = {1h + 1ms, 2h, 0s, 2h, 2h};
      },
      [](SessionOptions& o) { o.backoff.cap = o.backoff.base - 1ms; }};
  for (std::size_t i = 0; i < bad.size(); ++i) {
    CAPTURE(i);
    CHECK(opened(bad[i]) == Error::kInvalidArgument);
  }
}

TEST_CASE("state names: each its own") {
  std::set<std::string> names;
  for (int state = 0; state <= static_cast<int>(ConnectionState::kClosing); ++state) {
    names.insert(to_string(static_cast<ConnectionState>(state)));
  }
  CHECK(names.size() == static_cast<std::size_t>(ConnectionState::kClosing) + 1);
  CHECK(names.count("unknown") == 0);
}

TEST_CASE("crypto: refuses to sign -> that is the reason, nothing is sent, and it goes on later") {
  SessionWorld w;
  w.transport.set_automatic(true);
  w.world.crypto.set_failing(true);
  REQUIRE(w.session.open().ok());
  w.world.run_for(5min);
  CHECK(w.session.status().state == ConnectionState::kWaitingToRetry);
  CHECK(w.session.status().reason.error() == Error::kCryptoFailed);
  CHECK(w.session.status().attempt > 1);
  CHECK(w.transport.connects().empty());
  w.world.crypto.set_failing(false);
  CHECK(w.run_to(ConnectionState::kConnected));
}

TEST_CASE("signing memory: too little for user name or token -> no space, nothing is sent") {
  // The context's is 1024 bytes: too few for the name alone, or for the token behind it.
  for (const std::size_t length : {std::size_t{1000}, std::size_t{820}}) {
    CAPTURE(length);
    const std::string product(length, 'x');
    SessionOptions options;
    options.product_info = product;
    SessionWorld w(options);
    w.transport.set_automatic(true);
    REQUIRE(w.session.open().ok());
    w.world.settle();
    CHECK(w.session.status().reason.error() == Error::kNoSpace);
    CHECK(w.transport.connects().empty());
  }
}

TEST_CASE("ready-made token: longer than its memory -> open says so") {
  const std::string filler(300, 'A');
  SessionWorld w(SessionOptions(), kTokenString + "&x=" + filler);
  CHECK(w.session.open() == Error::kNoSpace);
}

TEST_CASE("ready-made token: refused -> never the clock's fault, which didn't sign it") {
  SessionWorld w(SessionOptions(), kTokenString);
  REQUIRE(w.session.open().ok());
  w.world.settle();
  REQUIRE(w.transport.connects().size() == 1);
  CHECK(w.transport.connects()[0].password.find("SharedAccessSignature sr=") == 0);
  w.world.clock.step_utc(std::chrono::seconds(2h));
  w.transport.refuse(Status::with_mqtt_code(Error::kRefusedCredentials, 5));
  w.world.settle();
  CHECK(w.session.status().reason.error() == Error::kRefusedCredentials);
}

TEST_CASE("ready-made token: time unknown -> it is tried all the same") {
  SessionWorld w(SessionOptions(), kTokenString);
  w.transport.set_automatic(true);
  w.world.clock.forget_utc();
  REQUIRE(w.session.open().ok());
  CHECK(w.run_to(ConnectionState::kConnected, 5s));
}

TEST_CASE("refused credentials: time is lost since signing -> clock suspect") {
  SessionWorld w;
  REQUIRE(w.session.open().ok());
  w.world.settle();
  w.world.clock.forget_utc();
  w.transport.refuse(Status::with_mqtt_code(Error::kRefusedCredentials, 5));
  w.world.settle();
  CHECK(w.session.status().reason.error() == Error::kClockSuspect);
}

TEST_CASE("renewal: time is lost before it -> waits for time, then connects without help") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  w.world.clock.forget_utc();
  REQUIRE(w.run_to(ConnectionState::kWaitingForTime));
  CHECK(w.session.status().reason.error() == Error::kWaitingForTime);
  CHECK(w.transport.connects().size() == 1);
  w.world.clock.set_utc(hubtwin::UtcTime(std::chrono::seconds(1800000000)));
  CHECK(w.run_to(ConnectionState::kConnected, 5s));
}

TEST_CASE("closed before CONNACK arrives -> the link ends, and nobody is told of it as up") {
  SessionWorld w;
  REQUIRE(w.session.open().ok());
  w.world.settle();
  w.transport.accept();
  w.session.close();
  w.world.settle();
  CHECK(w.session.status().state == ConnectionState::kClosed);
  CHECK(w.session.counters().connects == 0);
  CHECK(w.feature.events == std::vector<std::string>{"close"});
}

TEST_CASE("network changed while waiting to retry -> tried at once, as a first attempt") {
  SessionWorld w;
  REQUIRE(w.session.open().ok());
  for (int attempt = 0; attempt < 6; ++attempt) {
    REQUIRE(w.run_to(ConnectionState::kConnecting));
    w.transport.refuse(Status(Error::kConnectRefused));
    w.world.settle();
  }
  REQUIRE(w.session.status().state == ConnectionState::kWaitingToRetry);
  REQUIRE(w.session.status().attempt >= 6);
  const std::size_t connects = w.transport.connects().size();
  w.session.network_changed();
  w.world.settle();
  CHECK(w.transport.connects().size() == connects + 1);
  CHECK(w.session.status().state == ConnectionState::kConnecting);
  CHECK(w.session.status().attempt == 1);
}
