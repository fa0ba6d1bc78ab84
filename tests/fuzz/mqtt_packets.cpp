// SPDX-License-Identifier: MIT
/// \file
/// Target: mqtt::PacketReader, held against a second opinion, and the same however bytes come in.
///
/// Input: bytes of the buffer beyond the least, fragments (see in_fragments), then what a server
/// sends.

#include "fuzz/input.hpp"
#include "fuzz/packets.hpp"
#include <hubtwin/mqtt/packet_reader.hpp>

#include <vector>

namespace {

using hubtwin::ByteSpan;
using hubtwin::ByteView;
using hubtwin::MessageHead;
using hubtwin::fuzz::Input;
using hubtwin::fuzz::Packet;
using hubtwin::fuzz::StreamEnd;
using hubtwin::mqtt::Found;
using hubtwin::mqtt::PacketReader;

std::string publish_line(std::string_view topic, int qos, bool duplicate, unsigned id,
                         std::size_t size) {
  return "publish " + std::string(topic) + ' ' + std::to_string(qos) + (duplicate ? "d " : " ") +
         std::to_string(id) + ' ' + std::to_string(size) + '\n';
}

// What a reader tells, payloads put together.
class Reading {
 public:
  explicit Reading(std::size_t buffer)
      : buffer_(buffer), reader_(ByteSpan(buffer_.data(), buffer_.size())) {}

  void take(ByteView bytes) {
    while (!bytes.empty() && !ended_) {
      const ByteSpan room = reader_.room();
      FUZZ_HOLDS(!room.empty());  // or it would never go on
      FUZZ_HOLDS(room.begin() >= buffer_.data() && room.end() <= buffer_.data() + buffer_.size());
      const std::size_t size = std::min(room.size(), bytes.size());
      std::copy_n(bytes.begin(), size, room.begin());
      reader_.add(size);
      bytes = ByteView(bytes.data() + size, bytes.size() - size);
      tell(size);
    }
  }

  std::string text;

 private:
  // Until it wants more. Each byte brings one thing at most, and an end and a head besides.
  void tell(std::size_t added) {
    std::size_t things = 0;
    for (Found found = reader_.next(); found != Found::kMore; found = reader_.next()) {
      FUZZ_HOLDS(++things <= 2 * (added + buffer_.size()) + 2);
      tell_one(found);
      if (ended_) {
        FUZZ_HOLDS(reader_.next() == Found::kBad);
        return;
      }
    }
  }
  void tell_one(Found found) {
    switch (found) {
      case Found::kConnack:
        text += "connack " + std::to_string(reader_.session_present()) + ' ' +
                std::to_string(reader_.code()) + '\n';
        return;
      case Found::kPuback:
        text += "puback " + std::to_string(reader_.packet_id()) + '\n';
        return;
      case Found::kSuback:
        text += "suback " + std::to_string(reader_.packet_id()) +
                (reader_.granted() ? " granted\n" : " refused\n");
        return;
      case Found::kPingresp:
        text += "pingresp\n";
        return;
      case Found::kPublish: {
        FUZZ_HOLDS(reader_.next() == Found::kPublish);  // waits for take_head()
        const MessageHead head = reader_.head();
        text += publish_line(head.topic, static_cast<int>(head.qos), head.duplicate, head.packet_id,
                             head.payload_size);
        left_ = head.payload_size;
        reader_.take_head();
        return;
      }
      case Found::kPayload:
        FUZZ_HOLDS(!reader_.fragment().empty() && reader_.fragment().size() <= left_);
        left_ -= reader_.fragment().size();
        text += hubtwin::as_text(reader_.fragment());
        return;
      case Found::kEnd:
        FUZZ_HOLDS(left_ == 0);
        text += "\nend\n";
        return;
      case Found::kBad:
        ended_ = true;
        text += reader_.error() == hubtwin::Error::kNoSpace ? "too long\n" : "bad\n";
        return;
      case Found::kMore:
        return;
    }
  }

  std::vector<std::uint8_t> buffer_;
  PacketReader reader_;
  std::size_t left_ = 0;
  bool ended_ = false;
};

std::string expected(std::string_view bytes, std::size_t buffer) {
  const hubtwin::fuzz::Stream stream = hubtwin::fuzz::parse_from_server(bytes, buffer);
  std::string text;
  for (const Packet& packet : stream.packets) {
    switch (packet.type) {
      case Packet::Type::kConnack:
        text += "connack " + std::to_string(packet.body[0]) + ' ' + std::to_string(packet.body[1]) +
                '\n';
        break;
      case Packet::Type::kPuback:
        text += "puback " + std::to_string(packet.id) + '\n';
        break;
      case Packet::Type::kSuback:
        text += "suback " + std::to_string(packet.id) +
                (packet.body.substr(2).find('\x80') == std::string_view::npos ? " granted\n"
                                                                              : " refused\n");
        break;
      case Packet::Type::kPublish:
        text += publish_line(packet.topic, packet.qos(), (packet.flags & 8) != 0, packet.id,
                             packet.payload_size);
        text += packet.payload;
        text += packet.complete ? "\nend\n" : "";
        break;
      default:
        text += "pingresp\n";
        break;
    }
  }
  return text + (stream.end == StreamEnd::kMore  ? ""
                 : stream.end == StreamEnd::kBad ? "bad\n"
                                                 : "too long\n");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  const std::size_t buffer = PacketReader::kMinimumBytes + input.byte();
  const std::uint8_t fragments = input.byte();
  const std::string_view stream = input.rest();

  Reading reading(buffer);
  hubtwin::fuzz::in_fragments(stream, fragments, [&](ByteView fragment) {
    reading.take(fragment);
    return true;
  });
  const std::string wanted = expected(stream, buffer);
  FUZZ_HOLDS_WITH(reading.text == wanted, reading.text + "--\n" + wanted);
  return 0;
}
