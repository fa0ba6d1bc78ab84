// SPDX-License-Identifier: MIT
// Packets byte for byte, as the standard's text composes them.
#include <hubtwin/mqtt/packet_writer.hpp>

#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::mqtt;
using namespace std::string_literals;

namespace {

// What `write` puts into a room of exactly `size` bytes.
template <class Write>
std::string written(std::size_t size, const Write& write) {
  std::string room(size, '?');
  PacketWriter writer(ByteSpan(reinterpret_cast<std::uint8_t*>(room.data()), room.size()));
  write(writer);
  REQUIRE(writer.size() == size);
  return room;
}

std::string connect(const ConnectRequest& request) {
  return written(connect_size(request), [&](PacketWriter& writer) { writer.connect(request); });
}

std::string publish(std::uint16_t packet_id, const PublishRequest& request) {
  return written(publish_size(request),
                 [&](PacketWriter& writer) { writer.publish(packet_id, request); });
}

}  // namespace

TEST_CASE("packet writer: CONNECT with all, and without what is empty") {
  ConnectRequest request;
  request.client_id = "dev";
  request.user_name = "user";
  request.password = SecretView("word");
  request.keep_alive = std::chrono::seconds(300);
  REQUIRE(connect(request) ==
          "\x10\x1B\0\x04MQTT\x04\xC0\x01\x2C\0\x03"s + "dev\0\x04user\0\x04word"s);
  request.user_name = {};
  request.password = SecretView();
  request.clean_session = true;
  REQUIRE(connect(request) == "\x10\x0F\0\x04MQTT\x04\x02\x01\x2C\0\x03"s + "dev"s);
}

TEST_CASE("packet writer: SUBSCRIBE with two filters") {
  const Subscription filters[] = {{"a/#", Qos::kAtMostOnce}, {"b", Qos::kAtLeastOnce}};
  REQUIRE(written(subscribe_size(filters), [&](PacketWriter& writer) {
            writer.subscribe(0x1234, filters);
          }) == "\x82\x0C\x12\x34\0\x03"s + "a/#\0\0\x01"s + "b\x01");
}

TEST_CASE("packet writer: PUBLISH of each kind") {
  PublishRequest request;
  request.topic = "t/1";
  request.payload = as_bytes("pay");
  REQUIRE(publish(0, request) == "\x30\x08\0\x03t/1pay"s);
  request.qos = Qos::kAtLeastOnce;
  REQUIRE(publish(258, request) == "\x32\x0A\0\x03t/1\x01\x02pay"s);
  request.resend = true;
  REQUIRE(publish(258, request) == "\x3A\x0A\0\x03t/1\x01\x02pay"s);
}

TEST_CASE("packet writer: remaining length in one to four bytes") {
  const auto head = [](std::size_t remaining) {
    const std::string payload(remaining - 3, 'x');
    PublishRequest request;
    request.topic = "t";
    request.payload = as_bytes(payload);
    const std::string packet = publish(0, request);
    return packet.substr(1, packet.size() - 1 - remaining);
  };
  REQUIRE(head(127) == "\x7F");
  REQUIRE(head(128) == "\x80\x01");
  REQUIRE(head(16383) == "\xFF\x7F");
  REQUIRE(head(16384) == "\x80\x80\x01");
  REQUIRE(head(2097151) == "\xFF\xFF\x7F");
  REQUIRE(head(2097152) == "\x80\x80\x80\x01");
}

TEST_CASE("packet writer: the small ones") {
  REQUIRE(written(kPubackBytes, [](PacketWriter& writer) { writer.puback(513); }) ==
          "\x40\x02\x02\x01");
  REQUIRE(written(kPingreqBytes, [](PacketWriter& writer) { writer.pingreq(); }) == "\xC0\0"s);
  REQUIRE(written(kDisconnectBytes, [](PacketWriter& writer) { writer.disconnect(); }) ==
          "\xE0\0"s);
}
