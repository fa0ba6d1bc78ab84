// SPDX-License-Identifier: MIT
#include "tools/hub/proxy/packets.hpp"

#include <array>

namespace hubtwin::hub::proxy {
namespace {

constexpr std::array<std::string_view, 16> kNames = {
    "",        "connect",  "connack",    "publish", "puback",      "pubrec",
    "pubrel",  "pubcomp",  "subscribe",  "suback",  "unsubscribe", "unsuback",
    "pingreq", "pingresp", "disconnect", ""};
constexpr int kMostLengthBytes = 4;         // MQTT 3.1.1, 2.2.3
constexpr std::size_t kConnectFields = 10;  // up to the payload, 3.1.2

std::size_t byte_at(std::string_view bytes, std::size_t offset) {
  return static_cast<unsigned char>(bytes[offset]);
}

}  // namespace

std::string_view Packet::name() const {
  return kNames[byte_at(bytes_, 0) >> 4];
}

std::string_view Packet::text_at(std::size_t offset) const {
  if (bytes_.size() < offset + 2) {
    return {};
  }
  const std::size_t size = byte_at(bytes_, offset) * 256 + byte_at(bytes_, offset + 1);
  return bytes_.size() < offset + 2 + size ? std::string_view()
                                           : std::string_view(bytes_).substr(offset + 2, size);
}

std::string_view Packet::topic() const {
  return name() == "publish" ? text_at(head_) : std::string_view();
}

std::string_view Packet::client_id() const {
  return name() == "connect" ? text_at(head_ + kConnectFields) : std::string_view();
}

bool Packet::set_code(std::uint8_t code) {
  // CONNACK: flags, code (3.2). SUBACK: packet id, then a code for each filter (3.9).
  std::size_t first = 0;
  if (name() == "connack" && bytes_.size() >= head_ + 2) {
    first = head_ + 1;
    if (code != 0) {
      bytes_[head_] = 0;  // a refusal says nothing of a session (3.2.2.2)
    }
  } else if (name() == "suback" && bytes_.size() > head_ + 2) {
    first = head_ + 2;
  } else {
    return false;
  }
  for (std::size_t i = first; i < bytes_.size(); ++i) {
    bytes_[i] = static_cast<char>(code);
  }
  return true;
}

std::optional<Packet> PacketSplitter::next() {
  std::size_t length = 0;
  std::size_t factor = 1;
  std::size_t head = 1;
  for (;; ++head, factor *= 128) {
    if (lost_ || head >= rest_.size()) {
      return std::nullopt;
    }
    if (head > kMostLengthBytes) {
      lost_ = true;
      return std::nullopt;
    }
    const std::size_t digit = byte_at(rest_, head);
    length += (digit & 127) * factor;
    if ((digit & 128) == 0) {
      ++head;
      break;
    }
  }
  if (rest_.size() < head + length) {
    return std::nullopt;
  }
  Packet packet(rest_.substr(0, head + length), head);
  rest_.erase(0, head + length);
  return packet;
}

}  // namespace hubtwin::hub::proxy
