// SPDX-License-Identifier: MIT
#include "rig.hpp"

#include <catch2/catch.hpp>

namespace hubtwin::hub::proxy {

TEST_CASE("packets: a stream in pieces of any size -> the same packets") {
  const std::string stream = connect_packet("pump") + publish_packet("a/b", std::string(90, 'x')) +
                             puback_packet(7) + std::string("\xC0\x00", 2);
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    PacketSplitter splitter;
    std::vector<std::string> names;
    std::string together;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      splitter.feed(std::string_view(stream).substr(at, piece));
      while (const auto packet = splitter.next()) {
        names.emplace_back(packet->name());
        together += packet->bytes();
      }
    }
    REQUIRE(names == std::vector<std::string>{"connect", "publish", "puback", "pingreq"});
    REQUIRE(together == stream);
  }
}

TEST_CASE("packets: a packet longer than 127 bytes -> its length takes two bytes") {
  PacketSplitter splitter;
  splitter.feed(std::string("\x30\xCA\x01\x00\x01t", 6) + std::string(199, 'p'));
  const auto packet = splitter.next();
  REQUIRE(packet);
  CHECK(packet->bytes().size() == 205);
  CHECK(packet->topic() == "t");
}

TEST_CASE("packets: topic and client id -> read where the packet has them") {
  PacketSplitter splitter;
  splitter.feed(connect_packet("d/m") + publish_packet("a/b", "x") +
                std::string("\x30\x02\x00\x09", 4));
  const auto connect = splitter.next();
  CHECK(connect->client_id() == "d/m");
  CHECK(connect->topic().empty());
  const auto publish = splitter.next();
  CHECK(publish->topic() == "a/b");
  CHECK(publish->client_id().empty());
  CHECK(splitter.next()->topic().empty());  // shorter than it says
}

TEST_CASE("packets: a length beyond MQTT's -> the rest passes as it is") {
  PacketSplitter splitter;
  splitter.feed(std::string("\x30\xFF\xFF\xFF\xFF\x01zz", 8));
  CHECK_FALSE(splitter.next());
  CHECK(splitter.lost());
  CHECK(splitter.take_rest().size() == 8);
}

TEST_CASE("packets: a code set -> stands in CONNACK and SUBACK, and nowhere else") {
  PacketSplitter splitter;
  splitter.feed(std::string("\x20\x02\x01\x00", 4) + suback_packet() + puback_packet(1));
  auto connack = splitter.next();
  CHECK(connack->set_code(3));
  CHECK(connack->bytes() == connack_packet(3));  // without the mark of a session
  auto suback = splitter.next();
  CHECK(suback->set_code(0x80));
  CHECK(suback->bytes() == std::string("\x90\x04\x00\x01\x80\x80", 6));
  auto puback = splitter.next();
  CHECK_FALSE(puback->set_code(1));
  CHECK(puback->bytes() == puback_packet(1));
}

}  // namespace hubtwin::hub::proxy
