// SPDX-License-Identifier: MIT
#include "fuzz/packets.hpp"

namespace hubtwin::fuzz {

namespace {

using Type = Packet::Type;

std::uint16_t number_at(std::string_view bytes, std::size_t at) {
  const auto high = static_cast<std::uint8_t>(bytes[at]);
  const auto low = static_cast<std::uint8_t>(bytes[at + 1]);
  return static_cast<std::uint16_t>(high << 8 | low);
}

// Table 3-7 of the Unicode standard, by code points instead of by bytes.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    std::size_t more = 0;
    std::uint32_t code = lead;
    if (lead >= 0xF0) {
      more = 3;
      code = lead & 0x07U;
    } else if (lead >= 0xE0) {
      more = 2;
      code = lead & 0x0FU;
    } else if (lead >= 0xC0) {
      more = 1;
      code = lead & 0x1FU;
    } else if (lead >= 0x80) {
      return false;
    }
    if (lead >= 0xF8 || text.size() - i <= more) {
      return false;
    }
    for (std::size_t k = 1; k <= more; ++k) {
      const auto byte = static_cast<std::uint8_t>(text[i + k]);
      if ((byte & 0xC0U) != 0x80) {
        return false;
      }
      code = code << 6 | (byte & 0x3FU);
    }
    constexpr std::uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    if (code < kLeast[more] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
      return false;
    }
    i += more + 1;
  }
  return true;
}

bool is_topic_name(std::string_view topic) {
  return !topic.empty() && topic.find_first_of(std::string_view("+#\0", 3)) == topic.npos &&
         is_utf8(topic);
}

enum class Fixed : std::uint8_t { kGood, kMore, kBad };

// The fixed header (2.2): moves `at` behind it.
Fixed fixed_header(std::string_view bytes, std::size_t& at, std::size_t& remaining) {
  remaining = 0;
  for (unsigned i = 0; i < 4; ++i) {
    if (at == bytes.size()) {
      return Fixed::kMore;
    }
    const auto byte = static_cast<std::uint8_t>(bytes[at++]);
    remaining |= std::size_t{byte & 0x7FU} << (7 * i);
    if (byte < 0x80) {
      return Fixed::kGood;
    }
  }
  return Fixed::kBad;
}

// The rest of a PUBLISH from `at` on.
StreamEnd read_publish(std::string_view bytes, std::size_t at, std::size_t remaining,
                       std::size_t buffer, Packet& packet) {
  const std::string_view rest = bytes.substr(at);
  const std::size_t id_size = packet.qos() == 0 ? 0 : 2;
  if (packet.qos() > 1 || (packet.qos() == 0 && (packet.flags & 8) != 0) || remaining < 3) {
    return StreamEnd::kBad;
  }
  if (rest.size() < 2) {
    return StreamEnd::kMore;
  }
  const std::size_t topic = number_at(rest, 0);
  const std::size_t head = 2 + topic + id_size;
  if (head > remaining) {
    return StreamEnd::kBad;
  }
  if (head > buffer) {
    return StreamEnd::kTopicTooLong;
  }
  if (rest.size() < head) {
    return StreamEnd::kMore;
  }
  packet.topic = rest.substr(2, topic);
  packet.id = id_size == 0 ? std::uint16_t{0} : number_at(rest, 2 + topic);
  if ((id_size != 0 && packet.id == 0) || !is_topic_name(packet.topic)) {
    return StreamEnd::kBad;
  }
  packet.payload_size = remaining - head;
  packet.payload = rest.substr(head, packet.payload_size);
  packet.complete = packet.payload.size() == packet.payload_size;
  return StreamEnd::kMore;
}

// A packet that isn't a PUBLISH and is whole.
bool good_body(Packet& packet) {
  const std::string_view body = packet.body;
  const auto at = [body](std::size_t i) { return static_cast<std::uint8_t>(body[i]); };
  switch (packet.type) {
    case Type::kConnack:
      return at(0) <= 1 && at(1) <= 5 && (at(1) == 0 || at(0) == 0);
    case Type::kPuback:
      packet.id = number_at(body, 0);
      return packet.id != 0;
    case Type::kSuback:
      packet.id = number_at(body, 0);
      for (std::size_t i = 2; i < body.size(); ++i) {
        if (at(i) > 2 && at(i) != 0x80) {
          return false;
        }
      }
      return packet.id != 0;
    default:
      return true;
  }
}

bool server_may(const Packet& packet) {
  switch (packet.type) {
    case Type::kPublish:
      return packet.qos() < 2 && (packet.qos() == 1 || (packet.flags & 8) == 0);
    case Type::kConnack:
    case Type::kPuback:
    case Type::kSuback:
    case Type::kPingresp:
      return packet.flags == 0;
    default:
      return false;
  }
}

bool length_good(Type type, std::size_t remaining) {
  switch (type) {
    case Type::kConnack:
    case Type::kPuback:
      return remaining == 2;
    case Type::kSuback:
      return remaining >= 3 && remaining <= 16;
    case Type::kPingresp:
    case Type::kPingreq:
    case Type::kDisconnect:
      return remaining == 0;
    case Type::kPublish:
      return remaining >= 3;
    case Type::kConnect:
      return remaining >= 12;
    case Type::kSubscribe:
      return remaining >= 6;
  }
  return false;
}

// SUBSCRIBE (3.8.3): an id, then filters that aren't empty with a QoS below 2 each.
bool good_subscribe(Packet& packet) {
  std::string_view rest = packet.body;
  packet.id = number_at(rest, 0);
  rest.remove_prefix(2);
  while (!rest.empty()) {
    if (rest.size() < 3) {
      return false;
    }
    const std::size_t filter = number_at(rest, 0);
    if (filter == 0 || rest.size() < filter + 3 || !is_utf8(rest.substr(2, filter)) ||
        rest[filter + 2] < 0 || rest[filter + 2] > 1) {
      return false;
    }
    rest.remove_prefix(filter + 3);
  }
  return packet.id != 0;
}

std::string text_field(std::string_view text) {
  std::string field;
  field += static_cast<char>(text.size() >> 8);
  field += static_cast<char>(text.size() & 0xFF);
  return field.append(text);
}

std::string with_header(char first, const std::string& body) {
  std::string packet(1, first);
  std::size_t rest = body.size();
  do {
    packet += static_cast<char>((rest & 0x7F) | (rest > 0x7F ? 0x80U : 0U));
    rest >>= 7;
  } while (rest != 0);
  return packet + body;
}

}  // namespace

Stream parse_from_server(std::string_view bytes, std::size_t buffer) {
  Stream stream;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto first = static_cast<std::uint8_t>(bytes[at++]);
    Packet packet;
    packet.type = static_cast<Type>(first >> 4);
    packet.flags = first & 0x0F;
    std::size_t remaining = 0;
    const Fixed fixed = server_may(packet) ? fixed_header(bytes, at, remaining) : Fixed::kBad;
    if (fixed == Fixed::kMore) {
      return stream;
    }
    if (fixed == Fixed::kBad || !length_good(packet.type, remaining)) {
      stream.end = StreamEnd::kBad;
      return stream;
    }
    if (packet.type == Type::kPublish) {
      stream.end = read_publish(bytes, at, remaining, buffer, packet);
      if (stream.end != StreamEnd::kMore) {
        return stream;
      }
      if (!packet.topic.empty()) {
        stream.packets.push_back(packet);
      }
    } else if (bytes.size() - at >= remaining) {
      packet.body = bytes.substr(at, remaining);
      packet.complete = true;
      if (!good_body(packet)) {
        stream.end = StreamEnd::kBad;
        return stream;
      }
      stream.packets.push_back(packet);
    }
    if (!packet.complete) {
      return stream;
    }
    at += remaining;
  }
  return stream;
}

Stream parse_from_client(std::string_view bytes) {
  Stream stream;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto first = static_cast<std::uint8_t>(bytes[at++]);
    Packet packet;
    packet.type = static_cast<Type>(first >> 4);
    packet.flags = first & 0x0F;
    std::size_t remaining = 0;
    const Fixed fixed = fixed_header(bytes, at, remaining);
    const std::uint8_t flags = packet.type == Type::kSubscribe ? 2 : 0;
    if (fixed == Fixed::kBad || (packet.type != Type::kPublish && packet.flags != flags)) {
      stream.end = StreamEnd::kBad;
      return stream;
    }
    if (fixed == Fixed::kMore) {
      return stream;
    }
    bool good = length_good(packet.type, remaining);
    if (good && packet.type == Type::kPublish) {
      stream.end = read_publish(bytes, at, remaining, 1 << 20, packet);
      good = stream.end == StreamEnd::kMore;
    } else if (good && bytes.size() - at >= remaining) {
      packet.body = bytes.substr(at, remaining);
      packet.complete = true;
      if (packet.type == Type::kPuback) {
        packet.id = number_at(packet.body, 0);
        good = packet.id != 0;
      } else if (packet.type == Type::kSubscribe) {
        good = good_subscribe(packet);
      } else if (packet.type == Type::kConnect) {
        good = packet.body.substr(0, 7) == std::string_view("\0\4MQTT\4", 7);
      }
    }
    if (!good) {
      stream.end = StreamEnd::kBad;
      return stream;
    }
    if (!packet.complete) {
      return stream;
    }
    stream.packets.push_back(packet);
    at += remaining;
  }
  return stream;
}

std::string publish_packet(std::string_view topic, std::string_view payload, int qos,
                           std::uint16_t id, bool duplicate) {
  std::string body = text_field(topic);
  if (qos != 0) {
    body += static_cast<char>(id >> 8);
    body += static_cast<char>(id & 0xFF);
  }
  body += payload;
  return with_header(static_cast<char>(0x30 | qos << 1 | (duplicate && qos != 0 ? 8 : 0)), body);
}

std::string suback_packet(std::uint16_t id, std::string_view codes) {
  std::string body;
  body += static_cast<char>(id >> 8);
  body += static_cast<char>(id & 0xFF);
  body += codes;
  return with_header('\x90', body);
}

}  // namespace hubtwin::fuzz
