// SPDX-License-Identifier: MIT
#include <hubtwin/contract.hpp>
#include <hubtwin/mqtt/packet_writer.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

namespace mqtt {

namespace detail_packet_writer {

// First bytes of packets: type and flags (2.2.1, 2.2.2).
constexpr std::uint8_t kConnect = 0x10;
constexpr std::uint8_t kPublish = 0x30;
constexpr std::uint8_t kPuback = 0x40;
constexpr std::uint8_t kSubscribe = 0x82;
constexpr std::uint8_t kPingreq = 0xC0;
constexpr std::uint8_t kDisconnect = 0xE0;

// Flags of PUBLISH (3.3.1).
constexpr unsigned kDuplicate = 0x08;
constexpr unsigned kQosShift = 1;

// Flags of CONNECT (3.1.2.3).
constexpr unsigned kUserName = 0x80;
constexpr unsigned kPassword = 0x40;
constexpr unsigned kCleanSession = 0x02;

// Protocol name and level, flags, keep-alive (3.1.2).
constexpr std::size_t kConnectHead = 10;

static std::size_t text_size(std::string_view text) {
  return 2 + text.size();
}

static std::size_t with_fixed_header(std::size_t remaining) {
  std::size_t size = 2;
  for (std::size_t rest = remaining; rest > 127; rest /= 128) {
    ++size;
  }
  return size + remaining;
}

static std::size_t remaining(const ConnectRequest& request) {
  return kConnectHead + text_size(request.client_id) +
         (request.user_name.empty() ? 0 : text_size(request.user_name)) +
         (request.password.empty() ? 0 : text_size(request.password.reveal()));
}

static std::size_t remaining(Span<const Subscription> filters) {
  std::size_t size = 2;
  for (const Subscription& subscription : filters) {
    size += text_size(subscription.filter) + 1;
  }
  return size;
}

static std::size_t payload_size(const PublishRequest& request) {
  return request.source != nullptr ? request.source->size() : request.payload.size();
}

static std::size_t remaining(const PublishRequest& request) {
  return text_size(request.topic) + (request.qos == Qos::kAtMostOnce ? 0 : 2) +
         payload_size(request);
}

}  // namespace detail_packet_writer

std::size_t connect_size(const ConnectRequest& request) {
  return detail_packet_writer::with_fixed_header(detail_packet_writer::remaining(request));
}

std::size_t subscribe_size(Span<const Subscription> filters) {
  return detail_packet_writer::with_fixed_header(detail_packet_writer::remaining(filters));
}

std::size_t publish_size(const PublishRequest& request) {
  return detail_packet_writer::with_fixed_header(detail_packet_writer::remaining(request));
}

std::size_t publish_head_size(const PublishRequest& request) {
  return publish_size(request) - detail_packet_writer::payload_size(request);
}

void PacketWriter::connect(const ConnectRequest& request) {
  using namespace detail_packet_writer;  // NOLINT: flags of this packet
  begin(kConnect, remaining(request));
  text("MQTT");
  byte(4);
  byte((request.user_name.empty() ? 0 : kUserName) | (request.password.empty() ? 0 : kPassword) |
       (request.clean_session ? kCleanSession : 0));
  constexpr std::uint32_t kMilliseconds = 1000;
  number(static_cast<std::uint32_t>(request.keep_alive.count()) / kMilliseconds);
  text(request.client_id);
  if (!request.user_name.empty()) {
    text(request.user_name);
  }
  if (!request.password.empty()) {
    text(request.password.reveal());
  }
}

void PacketWriter::subscribe(std::uint16_t packet_id, Span<const Subscription> filters) {
  begin(detail_packet_writer::kSubscribe, detail_packet_writer::remaining(filters));
  number(packet_id);
  for (const Subscription& subscription : filters) {
    text(subscription.filter);
    byte(static_cast<unsigned>(subscription.qos));
  }
}

void PacketWriter::publish(std::uint16_t packet_id, const PublishRequest& request) {
  const unsigned flags = (request.resend ? detail_packet_writer::kDuplicate : 0) |
                         (static_cast<unsigned>(request.qos) << detail_packet_writer::kQosShift);
  begin(static_cast<std::uint8_t>(detail_packet_writer::kPublish | flags),
        detail_packet_writer::remaining(request),
        request.source != nullptr ? request.source->size() : 0);
  text(request.topic);
  if (request.qos != Qos::kAtMostOnce) {
    number(packet_id);
  }
  if (request.source == nullptr) {
    bytes(request.payload);
  }
}

void PacketWriter::puback(std::uint16_t packet_id) {
  begin(detail_packet_writer::kPuback, 2);
  number(packet_id);
}

void PacketWriter::pingreq() {
  begin(detail_packet_writer::kPingreq, 0);
}

void PacketWriter::disconnect() {
  begin(detail_packet_writer::kDisconnect, 0);
}

// \param[in] elsewhere  Bytes of the remaining ones that don't go through this room.
void PacketWriter::begin(std::uint8_t first, std::size_t remaining,
                         [[maybe_unused]] std::size_t elsewhere) {
  HUBTWIN_EXPECTS(detail_packet_writer::with_fixed_header(remaining) - elsewhere <=
                  room_.size() - size_);
  byte(first);
  while (remaining > 127) {
    byte(static_cast<unsigned>(remaining % 128) | 0x80);
    remaining /= 128;
  }
  byte(static_cast<unsigned>(remaining));
}

void PacketWriter::byte(unsigned value) {
  room_[size_++] = static_cast<std::uint8_t>(value);
}

void PacketWriter::number(unsigned value) {
  byte(value >> 8);
  byte(value & 0xFF);
}

void PacketWriter::bytes(ByteView bytes) {
  std::copy(bytes.begin(), bytes.end(), room_.data() + size_);
  size_ += bytes.size();
}

void PacketWriter::text(std::string_view text) {
  HUBTWIN_EXPECTS(text.size() <= kMaxTextBytes);
  number(static_cast<unsigned>(text.size()));
  bytes(as_bytes(text));
}

}  // namespace mqtt

HUBTWIN_NAMESPACE_END
