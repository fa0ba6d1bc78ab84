// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A second opinion on MQTT packets, written from the standard and sharing no code with the
/// library.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hubtwin::fuzz {

/// One packet as MQTT 3.1.1 has it.
struct Packet {
  enum class Type : std::uint8_t {
    kConnect = 1,
    kConnack = 2,
    kPublish = 3,
    kPuback = 4,
    kSubscribe = 8,
    kSuback = 9,
    kPingreq = 12,
    kPingresp = 13,
    kDisconnect = 14,
  };
  Type type{};
  std::uint8_t flags = 0;
  std::uint16_t id = 0;          ///< PUBLISH with QoS 1, PUBACK, SUBSCRIBE, SUBACK.
  std::string_view topic;        ///< PUBLISH.
  std::string_view payload;      ///< PUBLISH: what there is of it.
  std::size_t payload_size = 0;  ///< PUBLISH.
  std::string_view body;         ///< What follows the fixed header, if all of it is there.
  bool complete = false;         ///< False for the last one, whose end isn't there yet.

  int qos() const { return flags >> 1 & 3; }
};

/// How a stream of bytes ends.
enum class StreamEnd : std::uint8_t { kMore, kBad, kTopicTooLong };

struct Stream {
  std::vector<Packet> packets;  ///< Up to the first that breaks a rule.
  StreamEnd end = StreamEnd::kMore;
};

/// Takes apart what a server sends to a client that has no QoS 2 and asks for eight filters at
/// most. \param[in] buffer  Bytes for a packet's head: two of length, the topic, two of packet id.
Stream parse_from_server(std::string_view bytes, std::size_t buffer);

/// Takes apart what a client sends; StreamEnd::kBad where it may not.
Stream parse_from_client(std::string_view bytes);

std::string publish_packet(std::string_view topic, std::string_view payload, int qos,
                           std::uint16_t id, bool duplicate = false);
std::string suback_packet(std::uint16_t id, std::string_view codes);

}  // namespace hubtwin::fuzz
