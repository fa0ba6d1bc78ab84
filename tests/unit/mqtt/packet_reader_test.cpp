// SPDX-License-Identifier: MIT
#include <hubtwin/mqtt/packet_reader.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::mqtt;
using namespace std::string_literals;

namespace {

// What a reader finds in these bytes, one line each, given in portions of at most this size.
std::vector<std::string> found(const std::string& bytes, std::size_t portion = 1000,
                               std::size_t buffer = 64) {
  std::vector<std::uint8_t> memory(buffer);
  PacketReader reader(ByteSpan(memory.data(), memory.size()));
  std::vector<std::string> lines;
  std::string payload;
  const auto drain = [&] {
    for (;;) {
      switch (reader.next()) {
        case Found::kMore:
          return true;
        case Found::kBad:
          lines.push_back("bad "s + to_string(reader.error()));
          return false;
        case Found::kConnack:
          lines.push_back("connack " + std::to_string(reader.code()) +
                          (reader.session_present() ? " present" : ""));
          break;
        case Found::kPuback:
          lines.push_back("puback " + std::to_string(reader.packet_id()));
          break;
        case Found::kSuback:
          lines.push_back("suback " + std::to_string(reader.packet_id()) +
                          (reader.granted() ? " granted" : " refused"));
          break;
        case Found::kPingresp:
          lines.push_back("pingresp");
          break;
        case Found::kPublish: {
          const MessageHead head = reader.head();
          lines.push_back(
              "publish " + std::string(head.topic) + " " + std::to_string(head.payload_size) +
              (head.qos == Qos::kAtLeastOnce ? " id " + std::to_string(head.packet_id) : "") +
              (head.duplicate ? " dup" : ""));
          REQUIRE(reader.next() == Found::kPublish);  // until it is taken
          REQUIRE(reader.head().topic == head.topic);
          reader.take_head();
          break;
        }
        case Found::kPayload:
          REQUIRE_FALSE(reader.fragment().empty());
          payload += as_text(reader.fragment());
          break;
        case Found::kEnd:
          lines.push_back("end " + payload);
          payload.clear();
          break;
      }
    }
  };
  for (std::size_t at = 0; at < bytes.size();) {
    const ByteSpan room = reader.room();
    REQUIRE_FALSE(room.empty());
    const std::size_t size = std::min({portion, room.size(), bytes.size() - at});
    std::copy_n(bytes.data() + at, size, room.data());
    reader.add(size);
    at += size;
    if (!drain()) {
      return lines;
    }
  }
  return lines;
}

using Lines = std::vector<std::string>;

Lines bad(Error error = Error::kProtocolViolation) {
  return {"bad "s + to_string(error)};
}

const std::string kAll = "\x20\x02\x01\0"s + "\x90\x04\x12\x34\0\x01"s + "\x40\x02\0\x07"s +
                         "\xD0\0"s + "\x30\x08\0\x03t/1pay"s + "\x3A\x0B\0\x03t/2\x01\x02page"s +
                         "\x32\x07\0\x03t/3\0\x01"s + "\x90\x03\0\x01\x80"s;
const Lines kAllFound = {"connack 0 present",
                         "suback 4660 granted",
                         "puback 7",
                         "pingresp",
                         "publish t/1 3",
                         "end pay",
                         "publish t/2 4 id 258 dup",
                         "end page",
                         "publish t/3 0 id 1",
                         "end ",
                         "suback 1 refused"};

}  // namespace

TEST_CASE("packet reader: every packet, in portions of every size, in buffers of every size") {
  for (std::size_t portion = 1; portion <= kAll.size(); ++portion) {
    for (std::size_t buffer = PacketReader::kMinimumBytes; buffer < 40; ++buffer) {
      CAPTURE(portion, buffer);
      REQUIRE(found(kAll, portion, buffer) == kAllFound);
    }
  }
}

TEST_CASE("packet reader: CONNACK's codes") {
  REQUIRE(found("\x20\x02\0\x05"s) == Lines{"connack 5"});
  REQUIRE(found("\x20\x02\0\x06"s) == bad());
  REQUIRE(found("\x20\x02\x01\x05"s) == bad());
  REQUIRE(found("\x20\x02\x02\0"s) == bad());
}

TEST_CASE("packet reader: what a server doesn't send -> refused") {
  for (int first = 0; first < 256; ++first) {
    const int type = first >> 4;
    const int flags = first & 15;
    const bool publish = type == 3 && (flags & 4) == 0 && flags != 8 && flags != 9;
    const bool other = (type == 2 || type == 4 || type == 9 || type == 13) && flags == 0;
    CAPTURE(first);
    REQUIRE(found(std::string(1, static_cast<char>(first)) + "\x7F").empty() == publish);
    REQUIRE((found(std::string(1, static_cast<char>(first))) != bad()) == (publish || other));
  }
}

TEST_CASE("packet reader: lengths that can't be -> refused") {
  const std::string packet =
      GENERATE("\x20\x01\0"s, "\x20\x03\0\0\0"s, "\x40\x00"s, "\x40\x03\0\x01\0"s, "\xD0\x01\0"s,
               "\x90\x02\0\x01"s, "\x90\x11\0\x01"s, "\x30\x02\0\0"s, "\x30\x04\0\x03t/"s,
               "\x32\x04\0\x01t\0"s, "\x30\x80\x80\x80\x80"s, "\x40\x80\x80\x80\x80\x01"s);
  REQUIRE(found(packet) == bad());
}

TEST_CASE("packet reader: numbers that can't be -> refused") {
  const std::string packet = GENERATE("\x40\x02\0\0"s, "\x90\x03\0\0\0"s, "\x90\x03\0\x01\x03"s,
                                      "\x90\x03\0\x01\x81"s, "\x32\x05\0\x01t\0\0"s);
  REQUIRE(found(packet) == bad());
}

TEST_CASE("packet reader: topics that can't be -> refused") {
  const std::string topic = GENERATE(""s, "a\0b"s, "a/+"s, "#"s, "\xC3"s, "\xED\xA0\x80"s, "\xFF"s);
  const std::string rest = std::string(1, '\0') + static_cast<char>(topic.size()) + topic + "xx";
  REQUIRE(found("\x30" + std::string(1, static_cast<char>(rest.size())) + rest) == bad());
}

TEST_CASE("packet reader: topic longer than the buffer -> refused by name") {
  const std::string topic(40, 't');
  const std::string packet = "\x30\x2A\0\x28"s + topic;
  REQUIRE(found(packet, 7, 42) == Lines{"publish " + topic + " 0", "end "});
  REQUIRE(found(packet, 7, 41) == bad(Error::kNoSpace));
}

TEST_CASE("packet reader: payload longer than the buffer passes in fragments") {
  std::string payload;
  for (int index = 0; index < 5000; ++index) {
    payload += static_cast<char>('a' + index % 26);
  }
  const std::string packet = "\x30\x8B\x27\0\x01t"s + payload;
  REQUIRE(found(packet, 1000, 16) == Lines{"publish t 5000", "end " + payload});
}

TEST_CASE("packet reader: random bytes -> never read past what came, and no endless turn") {
  std::mt19937 random(GENERATE(1U, 2U, 3U));
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = kAll;
    for (unsigned flips = 1 + random() % 4; flips-- > 0;) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    bytes.resize(random() % bytes.size());
    found(bytes, 1 + random() % 20, 16 + random() % 30);
    REQUIRE(found(bytes, 1 + random() % 20, 66000) == found(bytes, 1, 65600));
  }
}
