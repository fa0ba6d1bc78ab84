// SPDX-License-Identifier: MIT
#include "broker.hpp"
#include "fake_broker.hpp"
#include "rig.hpp"

#include <catch2/catch.hpp>

namespace {

using hubtwin::Error;
using hubtwin::Qos;
using hubtwin::Subscription;
using Connection = FakeBroker::Connection;

std::string letters(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>(i * 31 + i / 251);
  }
  return text;
}

TEST_CASE("exchange: messages of all kinds -> come back whole and in order") {
  const Broker broker;
  Rig rig(plain());
  rig.connect_and_wait(broker.port());
  rig.subscribe_and_wait("loop/#");
  const std::vector<std::string> payloads = {
      "", "x", std::string(1, '\0'), letters(127), letters(200'000), "last"};
  std::vector<std::uint16_t> ids;
  for (const std::string& payload : payloads) {
    const auto id = rig.publish("loop/\xc3\xa9", payload);
    REQUIRE(id.ok());
    CHECK(id.value() != 0);
    ids.push_back(id.value());
  }
  REQUIRE(rig.until([&] {
    return rig.record.messages.size() == payloads.size() &&
           rig.record.published.size() == payloads.size();
  }));
  CHECK(rig.record.published == ids);
  std::size_t bytes = 0;
  for (const std::string& payload : payloads) {
    bytes += std::string("loop/\xc3\xa9").size() + payload.size();
  }
  CHECK(rig.transport->counters().bytes_sent == bytes);
  CHECK(rig.transport->counters().bytes_received == bytes);
  CHECK(rig.transport->usual_keep_alive() == std::chrono::seconds(15));
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    CHECK(rig.record.messages[i].topic == "loop/\xc3\xa9");
    CHECK((rig.record.messages[i].payload == payloads[i]));
    CHECK(rig.record.messages[i].qos == Qos::kAtLeastOnce);
  }
}

TEST_CASE("exchange: QoS 0 -> delivered, without packet id or acknowledgement") {
  const Broker broker;
  Rig rig(plain());
  rig.connect_and_wait(broker.port());
  rig.subscribe_and_wait("t");
  const auto id = rig.publish("t", "p", Qos::kAtMostOnce);
  REQUIRE(id.ok());
  CHECK(id.value() == 0);
  REQUIRE(rig.until([&] { return !rig.record.messages.empty(); }));
  CHECK(rig.record.messages[0].qos == Qos::kAtMostOnce);
  CHECK(rig.record.published.empty());
}

TEST_CASE("exchange: several filters -> one SUBSCRIBE and one answer") {
  std::string packet;
  FakeBroker broker([&packet](const Connection& connection) {
    connection.read_packet();
    connection.write(FakeBroker::connack(0));
    packet = connection.read_packet();
    connection.write("\x90\x05" + FakeBroker::packet_id_of(packet) + std::string("\0\1\1", 3));
    connection.read_all();
  });
  Rig rig(plain());
  rig.connect_and_wait(broker.port());
  const Subscription filters[] = {
      {"a/#", Qos::kAtMostOnce}, {"b/+", Qos::kAtLeastOnce}, {"c", Qos::kAtLeastOnce}};
  const auto id = rig.transport->subscribe(filters);
  REQUIRE(id.ok());
  REQUIRE(rig.until([&] { return !rig.record.subscribed.empty(); }));
  CHECK(rig.record.subscribed[0] == std::make_pair(id.value(), true));
  CHECK(packet.substr(4) == std::string("\0\3a/#\0\0\3b/+\1\0\1c\1", 16));
}

TEST_CASE("exchange: a filter refused, alone or among others -> not granted") {
  for (const bool alone : {true, false}) {
    const FakeBroker broker([alone](const Connection& connection) {
      connection.read_packet();
      connection.write(FakeBroker::connack(0));
      const std::string id = FakeBroker::packet_id_of(connection.read_packet());
      connection.write(alone ? "\x90\x03" + id + "\x80"
                             : "\x90\x04" + id + std::string("\0\x80", 2));
      connection.read_all();
    });
    Rig rig(plain());
    rig.connect_and_wait(broker.port());
    const Subscription filters[] = {{"a", Qos::kAtMostOnce}, {"b", Qos::kAtMostOnce}};
    const auto id =
        rig.transport->subscribe(hubtwin::Span<const Subscription>(filters).first(alone ? 1 : 2));
    REQUIRE(id.ok());
    REQUIRE(rig.until([&] { return !rig.record.subscribed.empty(); }));
    CHECK(rig.record.subscribed[0] == std::make_pair(id.value(), false));
  }
}

TEST_CASE("exchange: a duplicate -> has the flag") {
  const FakeBroker broker([](const Connection& connection) {
    connection.read_packet();
    connection.write(FakeBroker::connack(0) + FakeBroker::publish("t", "1", 5) +
                     FakeBroker::publish("t", "2", 6, true));
    connection.read_all();
  });
  Rig rig(plain());
  rig.connect_and_wait(broker.port());
  REQUIRE(rig.until([&] { return rig.record.messages.size() == 2; }));
  CHECK_FALSE(rig.record.messages[0].duplicate);
  CHECK(rig.record.messages[1].duplicate);
}

TEST_CASE("exchange: what MQTT forbids to send -> refused") {
  const Broker broker;
  Rig rig(plain());
  rig.connect_and_wait(broker.port());
  for (const std::string& topic :
       {std::string(), std::string("a/+"), std::string("#"), std::string("a\0b", 3),
        std::string("\xc3"), std::string(65536, 't')}) {
    CHECK(rig.publish(topic, "p").error() == Error::kInvalidArgument);
    if (topic.find_first_of("+#") == std::string::npos) {
      const Subscription filters[] = {{topic, Qos::kAtMostOnce}};
      CHECK(rig.transport->subscribe(filters).error() == Error::kInvalidArgument);
    }
  }
  CHECK(rig.transport->subscribe({}).error() == Error::kInvalidArgument);
  const std::string tiny = "x";
  hubtwin::PublishRequest endless;
  endless.topic = "t";
  endless.payload = {hubtwin::as_bytes(tiny).data(), 300'000'000};  // never looked at
  CHECK(rig.transport->publish(endless).error() == Error::kNoSpace);
  // Nothing of it harmed the link.
  REQUIRE(rig.publish("t", "p").ok());
  CHECK(rig.until([&] { return rig.record.published.size() == 1; }));
}

TEST_CASE("exchange: published and subscribed from inside events -> works") {
  const Broker broker;
  Rig rig(plain());
  rig.connect_and_wait(broker.port());
  rig.subscribe_and_wait("ping");
  rig.record.then = [&rig](const Record::Message& message) {
    if (message.payload.size() < 20) {
      CHECK(rig.publish("ping", message.payload + "x").ok());
    }
  };
  REQUIRE(rig.publish("ping", "").ok());
  CHECK(rig.until([&] { return rig.record.messages.size() == 21; }));
}

}  // namespace
