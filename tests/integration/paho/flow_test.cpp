// SPDX-License-Identifier: MIT
#include "broker.hpp"
#include "fake_broker.hpp"
#include "rig.hpp"

#include <atomic>
#include <future>

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;
using hubtwin::Error;
using hubtwin::Intake;
using hubtwin::Qos;
using Connection = FakeBroker::Connection;

/// Connects, sends `count` messages of 1,000 bytes, numbered, and keeps reading.
auto sender_of(int count) {
  return [count](const Connection& connection) {
    connection.read_packet();
    std::string stream = FakeBroker::connack(0);
    for (int i = 0; i < count; ++i) {
      std::string payload = std::to_string(i);
      payload.resize(1000, ' ');
      stream += FakeBroker::publish("t", payload, static_cast<std::uint16_t>(i + 1));
    }
    connection.write(stream);
    connection.read_all();
  };
}

void check_order(const std::vector<Record::Message>& messages) {
  for (std::size_t i = 0; i < messages.size(); ++i) {
    REQUIRE(std::stoul(messages[i].payload) == i);
  }
}

TEST_CASE("flow: more in flight than allowed -> back-pressure until an acknowledgement") {
  std::promise<void> answer;
  std::future<void> asked = answer.get_future();
  const FakeBroker broker([&asked](const Connection& connection) {
    connection.read_packet();
    connection.write(FakeBroker::connack(0));
    const std::string id = FakeBroker::packet_id_of(connection.read_packet());
    asked.wait();
    connection.write("\x40\x02" + id);
    connection.read_all();
  });
  auto options = plain();
  options.max_in_flight = 2;
  Rig rig(options);
  rig.connect_and_wait(broker.port());
  const auto first = rig.publish("t", "1");
  REQUIRE(first.ok());
  REQUIRE(rig.publish("t", "2").ok());
  CHECK(rig.publish("t", "3").error() == Error::kBackPressure);
  CHECK(rig.publish("t", "3", Qos::kAtMostOnce).error() == Error::kBackPressure);
  answer.set_value();
  REQUIRE(rig.until([&] { return !rig.record.published.empty(); }));
  CHECK(rig.record.published[0] == first.value());
  CHECK(rig.publish("t", "3").ok());
}

TEST_CASE("flow: QoS 0 faster than it can be written -> back-pressure, then all is delivered") {
  const Broker broker;
  auto options = plain();
  options.max_in_flight = 4;
  Rig rig(options);
  rig.connect_and_wait(broker.port());
  rig.subscribe_and_wait("t");
  constexpr int kCount = 500;
  int sent = 0;
  REQUIRE(rig.until([&] {
    while (sent < kCount && rig.publish("t", std::to_string(sent), Qos::kAtMostOnce).ok()) {
      ++sent;
    }
    return sent == kCount;
  }));
  REQUIRE(rig.until([&] { return rig.record.messages.size() == kCount; }));
  check_order(rig.record.messages);
}

TEST_CASE("flow: thousands in flight -> all acknowledged in order, ids used again") {
  const Broker broker;
  Rig rig(plain());
  rig.connect_and_wait(broker.port());
  constexpr std::size_t kCount = 3000;
  std::vector<std::uint16_t> ids;
  REQUIRE(rig.until([&] {
    while (ids.size() < kCount) {
      const auto id = rig.publish("t", "payload");
      if (!id.ok()) {
        break;
      }
      ids.push_back(id.value());
    }
    return rig.record.published.size() == kCount;
  }));
  CHECK((rig.record.published == ids));
}

TEST_CASE("flow: the queue runs full -> all that was kept is delivered, then the link closes") {
  const FakeBroker broker(sender_of(60));
  auto options = plain();
  options.queue_bytes = 20'000;
  Rig rig(options);
  std::atomic<int> held{0};
  rig.record.intake = [&](const hubtwin::MessageHead&) {
    return held.load() == 0 ? Intake::kLater : Intake::kTake;
  };
  rig.connect_and_wait(broker.port());
  // Nothing is taken until the link is down, or would be.
  REQUIRE(rig.until([&] { return rig.record.offers >= 1; }));
  const auto start = rig.clock.now();
  while (rig.transport->next_deadline() == hubtwin::kNever && rig.clock.now() < start + 10s) {
    rig.transport->poll(rig.clock.now());
    rig.wake.wait(rig.clock.now() + 10ms);
  }
  held = 1;
  CHECK(rig.end().error() == Error::kReceiveQueueFull);
  CHECK(rig.record.messages.size() >= 20);
  CHECK(rig.record.messages.size() <= 40);
  check_order(rig.record.messages);
}

TEST_CASE(
    "flow: a message larger than the queue -> the link closes, and nothing is half delivered") {
  const FakeBroker broker([](const Connection& connection) {
    connection.read_packet();
    connection.write(FakeBroker::connack(0) + FakeBroker::publish("t", std::string(50'000, 'x')));
    connection.read_all();
  });
  auto options = plain();
  options.queue_bytes = 10'000;
  Rig rig(options);
  REQUIRE(rig.connect(broker.port()).ok());
  CHECK(rig.end().error() == Error::kReceiveQueueFull);
  CHECK(rig.record.messages.empty());
}

TEST_CASE("flow: answered later -> stays the head, and everything behind it waits") {
  const FakeBroker broker(sender_of(5));
  Rig rig(plain());
  int refusals = 3;
  rig.record.intake = [&](const hubtwin::MessageHead&) {
    return refusals-- > 0 ? Intake::kLater : Intake::kTake;
  };
  rig.connect_and_wait(broker.port());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(rig.until([&] { return rig.record.offers == i + 1; }));
    CHECK(rig.record.messages.empty());
    CHECK(rig.transport->next_deadline() == hubtwin::kNever);
    rig.transport->poll(rig.clock.now());
  }
  REQUIRE(rig.until([&] { return rig.record.messages.size() == 5; }));
  check_order(rig.record.messages);
}

TEST_CASE("flow: dropped -> no payload comes, and the next message does") {
  const FakeBroker broker(sender_of(4));
  Rig rig(plain());
  rig.record.intake = [&](const hubtwin::MessageHead&) {
    return rig.record.offers % 2 == 1 ? Intake::kDrop : Intake::kTake;
  };
  rig.connect_and_wait(broker.port());
  REQUIRE(rig.until([&] { return rig.record.offers == 4; }));
  REQUIRE(rig.record.messages.size() == 2);
  CHECK(std::stoi(rig.record.messages[0].payload) == 1);
  CHECK(std::stoi(rig.record.messages[1].payload) == 3);
}

TEST_CASE("flow: later while the link ends -> offered for two seconds more, then given up") {
  const FakeBroker broker([](const Connection& connection) {
    connection.read_packet();
    connection.write(FakeBroker::connack(0) + FakeBroker::publish("t", "1", 1));
    connection.read_packet();  // the acknowledgement
  });
  Rig rig(plain());
  rig.record.intake = [](const hubtwin::MessageHead&) { return Intake::kLater; };
  rig.connect_and_wait(broker.port());
  REQUIRE(rig.until([&] { return rig.transport->next_deadline() != hubtwin::kNever; }));
  CHECK(rig.record.linked);
  const hubtwin::MonotonicTime deadline = rig.transport->next_deadline();
  rig.transport->poll(deadline - 1ms);
  CHECK(rig.record.linked);
  rig.transport->poll(deadline);
  CHECK_FALSE(rig.record.linked);
  CHECK(rig.record.disconnects.back().error() == Error::kLinkLost);
}

TEST_CASE("flow: later while the link ends, then taken -> delivered before on_disconnected") {
  const FakeBroker broker([](const Connection& connection) {
    connection.read_packet();
    connection.write(FakeBroker::connack(0) + FakeBroker::publish("t", "1", 1) +
                     FakeBroker::publish("t", "2", 2));
    connection.read_packet();
    connection.read_packet();
  });
  Rig rig(plain());
  bool ready = false;
  rig.record.intake = [&](const hubtwin::MessageHead&) {
    return ready ? Intake::kTake : Intake::kLater;
  };
  rig.connect_and_wait(broker.port());
  REQUIRE(rig.until([&] { return rig.transport->next_deadline() != hubtwin::kNever; }));
  ready = true;
  CHECK(rig.end().error() == Error::kLinkLost);
  CHECK(rig.record.messages.size() == 2);
}

}  // namespace
