// SPDX-License-Identifier: MIT
// Messages whose payload stays where it is until they are acknowledged.
#include "transport_link.hpp"
#include <hubtwin/mqtt/packet_writer.hpp>

#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;

namespace {

constexpr std::size_t kTransmit = 96;

std::string letters(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += static_cast<char>('a' + i % 26);
  }
  return text;
}

PublishRequest staying(const Link& link, std::string_view payload) {
  PublishRequest publish = link.message(payload, Qos::kAtLeastOnce);
  publish.payload_stays = true;
  return publish;
}

// The packet as PacketWriter makes it in memory that is large enough.
std::string packet_of(PublishRequest publish, std::uint16_t packet_id) {
  std::string packet(mqtt::publish_size(publish), '\0');
  mqtt::PacketWriter(ByteSpan(reinterpret_cast<std::uint8_t*>(packet.data()), packet.size()))
      .publish(packet_id, publish);
  return packet;
}

}  // namespace

TEST_CASE("transport: a payload that stays -> goes out whole, however long and slowly") {
  for (const std::size_t size : {0U, 20U, 80U, 86U, 87U, 88U, 96U, 127U, 128U, 500U, 5000U}) {
    for (const std::size_t portion : {1U, 7U, 100000U}) {
      CAPTURE(size, portion);
      Link link(64, kTransmit);
      link.up();
      link.stream.portion = portion;
      const std::string payload = letters(size);
      const PublishRequest publish = staying(link, payload);
      const auto packet_id = link.transport.publish(publish);
      REQUIRE(packet_id.ok());
      link.settle();
      REQUIRE(link.stream.take() == packet_of(publish, *packet_id));
      link.stream.incoming = puback(*packet_id);
      link.poll();
      REQUIRE(link.take() == Lines{"published " + std::to_string(*packet_id)});
    }
  }
}

TEST_CASE("transport: a payload that stays and fits -> behind others in the memory, at once") {
  Link link(64, kTransmit);
  link.up();
  link.stream.writable = 0;
  const PublishRequest first = staying(link, "one");
  const PublishRequest second = staying(link, "two");
  REQUIRE(*link.transport.publish(first) == 1);
  REQUIRE(*link.transport.publish(second) == 2);
  link.stream.writable = 1000;
  link.poll();
  REQUIRE(link.stream.take() == packet_of(first, 1) + packet_of(second, 2));
}

TEST_CASE("transport: a payload that stays, for which there is no room now -> goes behind others") {
  Link link(64, kTransmit);
  link.up();
  link.stream.writable = 0;
  const std::string payload = letters(85);
  const PublishRequest first = staying(link, "one");
  const PublishRequest second = staying(link, payload);
  REQUIRE(*link.transport.publish(first) == 1);
  REQUIRE(link.transport.publish(second).ok());
  REQUIRE(link.transport.publish(first).error() == Error::kBackPressure);
  link.stream.writable = 1000;
  link.settle();
  REQUIRE(link.stream.take() == packet_of(first, 1) + packet_of(second, 2));
}

TEST_CASE("transport: a long payload that doesn't stay -> refused, nothing sent") {
  Link link(64, kTransmit);
  link.up();
  const std::string payload = letters(500);
  REQUIRE(link.transport.publish(link.message(payload, Qos::kAtLeastOnce)).error() ==
          Error::kNoSpace);
  link.settle();
  REQUIRE(link.stream.take().empty());
}

TEST_CASE("transport: a payload that stays, under a topic too long for the memory -> refused") {
  Link link(64, kTransmit);
  link.up();
  const std::string payload = letters(500);
  const std::string topic = letters(kTransmit);
  PublishRequest publish = staying(link, payload);
  publish.topic = topic;
  REQUIRE(link.transport.publish(publish).error() == Error::kNoSpace);
}

TEST_CASE("transport: acknowledged before its last byte was read -> the link ends") {
  // Its owner would let go of what is still to be sent.
  Link link(64, kTransmit);
  link.up();
  link.stream.writable = 10;
  const std::string payload = letters(5000);
  const auto packet_id = link.transport.publish(staying(link, payload));
  REQUIRE(packet_id.ok());
  link.poll();
  link.stream.incoming = puback(*packet_id);
  link.poll();
  REQUIRE(link.reason.error() == Error::kProtocolViolation);
  REQUIRE(link.take() == Lines{"disconnected "s + to_string(Error::kProtocolViolation)});
}

TEST_CASE("transport: cut in the middle of a payload that stays -> sent again from its beginning") {
  Link link(64, kTransmit);
  link.up();
  link.stream.writable = 200;
  const std::string payload = letters(500);
  PublishRequest publish = staying(link, payload);
  const auto packet_id = link.transport.publish(publish);
  REQUIRE(packet_id.ok());
  link.settle();
  link.stream.end = Error::kLinkLost;
  link.poll();
  REQUIRE(link.take() == Lines{"disconnected "s + to_string(Error::kLinkLost)});
  link.stream = MemoryStream();
  link.up();
  publish.resend = true;
  publish.packet_id = *packet_id;
  REQUIRE(*link.transport.publish(publish) == *packet_id);
  link.settle();
  REQUIRE(link.stream.take() == packet_of(publish, *packet_id));
}
