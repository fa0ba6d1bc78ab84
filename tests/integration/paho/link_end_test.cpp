// SPDX-License-Identifier: MIT
#include "broker.hpp"
#include "fake_broker.hpp"
#include "rig.hpp"

#include <atomic>
#include <random>

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;
using hubtwin::Error;
using hubtwin::Qos;
using Connection = FakeBroker::Connection;

TEST_CASE("link end: the broker is killed -> told once, and a new link works") {
  auto broker = std::make_unique<Broker>();
  const std::uint16_t port = broker->port();
  Rig rig(plain());
  rig.connect_and_wait(port);
  broker->kill();
  CHECK(rig.end().error() == Error::kLinkLost);
  CHECK(rig.refusal(port).error() == Error::kConnectRefused);
  broker = std::make_unique<Broker>(port);
  rig.connect_and_wait(port);
  rig.subscribe_and_wait("t");
  REQUIRE(rig.publish("t", "p").ok());
  CHECK(rig.until([&] { return rig.record.messages.size() == 1; }));
  CHECK(rig.record.disconnects.size() == 2);
}

TEST_CASE("link end: the broker vanishes under load -> told once, nothing after it") {
  Broker broker;
  Rig rig(plain());
  rig.connect_and_wait(broker.port());
  rig.subscribe_and_wait("t");
  bool killed = false;
  REQUIRE(rig.until([&] {
    while (rig.record.up && rig.publish("t", std::string(200, 'x')).ok()) {
    }
    if (!killed && rig.record.messages.size() > 200) {
      broker.kill();
      killed = true;
    }
    return !rig.record.linked;
  }));
  CHECK(rig.record.disconnects.size() == 1);
  const auto published = rig.record.published.size();
  const auto messages = rig.record.messages.size();
  for (int i = 0; i < 5; ++i) {
    rig.wake.wait(rig.clock.now() + 5ms);
    rig.transport->poll(rig.clock.now());
  }
  CHECK(rig.record.disconnects.size() == 1);
  CHECK(rig.record.published.size() == published);
  CHECK(rig.record.messages.size() == messages);
}

TEST_CASE("link end: the broker falls silent -> closing still ends in time") {
  Broker broker;
  auto options = plain();
  Rig rig(options);
  rig.connect_and_wait(broker.port());
  broker.freeze();
  REQUIRE(rig.publish("t", std::string(1000, 'x')).ok());
  rig.transport->disconnect();
  const auto start = rig.clock.now();
  CHECK(rig.end().error() == Error::kClosed);
  CHECK(rig.clock.now() - start < 5s);
}

TEST_CASE("link end: disconnect -> what was published before is written, then DISCONNECT") {
  std::vector<int> types;
  {
    const FakeBroker broker([&types](const Connection& connection) {
      connection.read_packet();
      connection.write(FakeBroker::connack(0));
      for (std::string packet = connection.read_packet(); !packet.empty();
           packet = connection.read_packet()) {
        types.push_back(static_cast<unsigned char>(packet[0]));
      }
    });
    Rig rig(plain());
    rig.connect_and_wait(broker.port());
    REQUIRE(rig.publish("t", "1", Qos::kAtMostOnce).ok());
    REQUIRE(rig.publish("t", "2").ok());
    rig.transport->disconnect();
    rig.transport->disconnect();  // nothing more happens
    CHECK(rig.publish("t", "3").error() == Error::kWrongState);
    CHECK(rig.end().error() == Error::kClosed);
  }
  CHECK(types == std::vector<int>{0x30, 0x32, 0xe0});
}

TEST_CASE("link end: disconnect while connecting -> closed, and no connected event") {
  const Broker broker;
  Rig rig(plain());
  for (int i = 0; i < 20; ++i) {
    REQUIRE(rig.connect(broker.port()).ok());
    for (int polls = 0; polls < i % 4; ++polls) {
      rig.transport->poll(rig.clock.now());
    }
    rig.transport->disconnect();
    CHECK(rig.end().error() == Error::kClosed);
  }
  CHECK(rig.record.disconnects.size() == 20);
}

TEST_CASE("link end: disconnect before CONNACK was told -> no event but on_disconnected") {
  const FakeBroker broker([](const Connection& connection) {
    connection.read_packet();
    connection.write(FakeBroker::connack(0) + FakeBroker::publish("t", "1", 1));
    connection.read_all();
  });
  Rig rig(plain());
  REQUIRE(rig.connect(broker.port()).ok());
  rig.wake.wait(rig.clock.now() + 10s);  // CONNACK is there and nobody has polled
  rig.transport->disconnect();
  CHECK(rig.transport->next_deadline() <= rig.clock.now());
  rig.transport->poll(rig.clock.now());
  CHECK_FALSE(rig.record.linked);
  CHECK(rig.record.connects == 0);
  CHECK(rig.record.offers == 0);
  CHECK(rig.record.disconnects.back().error() == Error::kClosed);
}

TEST_CASE("link end: messages on their way while closing -> none after on_disconnected") {
  const FakeBroker broker([](const Connection& connection) {
    connection.read_packet();
    connection.write(FakeBroker::connack(0));
    const std::string flood = FakeBroker::publish("t", std::string(100, 'x'));
    while (connection.write(flood)) {
    }
  });
  auto options = plain();
  options.queue_bytes = 64 * 1024 * 1024;
  Rig rig(options);
  rig.connect_and_wait(broker.port());
  REQUIRE(rig.until([&] { return rig.record.messages.size() > 100; }));
  rig.transport->disconnect();
  CHECK(rig.end().error() == Error::kClosed);
  const auto messages = rig.record.messages.size();
  for (int i = 0; i < 5; ++i) {
    rig.wake.wait(rig.clock.now() + 2ms);
    rig.transport->poll(rig.clock.now());
  }
  CHECK(rig.record.messages.size() == messages);
}

TEST_CASE("link end: disconnect from inside every event -> closed once") {
  const Broker broker;
  Rig rig(plain());
  rig.connect_and_wait(broker.port());
  rig.subscribe_and_wait("t");
  rig.record.then = [&rig](const Record::Message&) { rig.transport->disconnect(); };
  REQUIRE(rig.publish("t", "p").ok());
  CHECK(rig.end().error() == Error::kClosed);
  CHECK(rig.record.messages.size() == 1);
}

TEST_CASE("link end: destroyed at any moment -> no crash, no late event, no long wait") {
  const Broker broker;
  // Keeps Paho's threads alive between the rounds; stopping them takes up to a second.
  Rig keeper(plain());
  keeper.connect_and_wait(broker.port());
  std::minstd_rand random(7);
  for (int round = 0; round < 100; ++round) {
    Rig rig(plain());
    rig.client_id = "round";
    REQUIRE(rig.connect(broker.port()).ok());
    const auto stop_at = std::chrono::microseconds(random() % 3000);
    const auto start = std::chrono::steady_clock::now();
    bool subscribed = false;
    while (std::chrono::steady_clock::now() - start < stop_at) {
      rig.transport->poll(rig.clock.now());
      if (rig.record.up && !subscribed) {
        const hubtwin::Subscription filters[] = {{"t", Qos::kAtLeastOnce}};
        subscribed = rig.transport->subscribe(filters).ok();
      }
      if (subscribed) {
        static_cast<void>(rig.publish("t", "x"));
      }
      if (round % 5 == 0 && rig.record.up) {
        rig.transport->disconnect();
      }
    }
    const auto before = rig.clock.now();
    rig.transport.reset();
    CHECK(rig.clock.now() - before < 4s);
  }
}

}  // namespace
