// SPDX-License-Identifier: MIT
#include <hubtwin/contract.hpp>
#include <hubtwin/mqtt/packet_reader.hpp>
#include <hubtwin/twin/utf8.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

namespace mqtt {

namespace detail_packet_reader {

// Types in the upper half of a packet's first byte (2.2.1).
enum Type : std::uint8_t {
  kConnack = 2,
  kPublish = 3,
  kPuback = 4,
  kSuback = 9,
  kPingresp = 13,
};

constexpr std::uint8_t kRefused = 0x80;      // in a SUBACK (3.9.3)
constexpr std::uint8_t kLastConnack = 5;     // the highest code that is defined (3.2.2.3)
constexpr unsigned kMaxLengthShift = 4 * 7;  // four bytes of length at most (2.2.3)

static Type type_of(std::uint8_t first) {
  return static_cast<Type>(first >> 4);
}

static Qos qos_of(std::uint8_t first) {
  return (first & 0x06) == 0 ? Qos::kAtMostOnce : Qos::kAtLeastOnce;
}

static bool duplicate(std::uint8_t first) {
  return (first & 0x08) != 0;
}

// Whether a server may begin a packet like this. Flags are fixed but for PUBLISH (2.2.2), where
// QoS 2 is none of IoT Hub's, QoS 3 nobody's, and DUP comes with QoS 1 only (3.3.1).
static bool first_allowed(std::uint8_t first) {
  switch (type_of(first)) {
    case kPublish:
      return (first & 0x04) == 0 && (qos_of(first) == Qos::kAtLeastOnce || !duplicate(first));
    case kConnack:
    case kPuback:
    case kSuback:
    case kPingresp:
      return (first & 0x0F) == 0;
  }
  return false;
}

// Whether a packet of this type may be so long.
static bool length_allowed(Type type, std::size_t remaining) {
  switch (type) {
    case kConnack:
    case kPuback:
      return remaining == 2;
    case kSuback:
      return remaining >= 3 && remaining <= PacketReader::kMinimumBytes;
    case kPublish:
      return remaining >= 3;
    case kPingresp:
      return remaining == 0;
  }
  return false;
}

// A name to publish to (4.7): UTF-8 without NUL and wildcards.
static bool topic_allowed(std::string_view topic) {
  Utf8Checker utf8;
  for (const char each : topic) {
    if (each == '\0' || each == '+' || each == '#' || !utf8.take(static_cast<std::uint8_t>(each))) {
      return false;
    }
  }
  return !topic.empty() && utf8.complete();
}

}  // namespace detail_packet_reader

PacketReader::PacketReader(ByteSpan buffer) : buffer_(buffer) {
  HUBTWIN_EXPECTS(buffer.size() >= kMinimumBytes);
}

void PacketReader::reset() {
  begin_ = 0;
  end_ = 0;
  stage_ = Stage::kFirst;
  error_ = Error::kNone;
  fragment_ = ByteView();
}

// What is stored moves to the front only when the end is reached: seldom, and few bytes.
ByteSpan PacketReader::room() {
  if (begin_ == end_) {
    begin_ = 0;
    end_ = 0;
  } else if (end_ == buffer_.size()) {
    std::copy(buffer_.begin() + begin_, buffer_.begin() + end_, buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  return buffer_.subspan(end_);
}

void PacketReader::add(std::size_t bytes) {
  HUBTWIN_EXPECTS(bytes <= buffer_.size() - end_);
  end_ += bytes;
}

Found PacketReader::next() {
  for (;;) {
    Found found = Found::kMore;
    const Stage before = stage_;
    switch (stage_) {
      case Stage::kFirst:
        found = take_first();
        break;
      case Stage::kLength:
        found = take_length();
        break;
      case Stage::kBody:
        found = take_body();
        break;
      case Stage::kHead:
        found = take_publish_head();
        break;
      case Stage::kPayload:
        found = take_payload();
        break;
      case Stage::kBad:
        return Found::kBad;
    }
    if (found != Found::kMore || stage_ == before) {
      return found;
    }
  }
}

Found PacketReader::bad(Error error) {
  error_ = error;
  stage_ = Stage::kBad;
  return Found::kBad;
}

unsigned PacketReader::number_at(std::size_t offset) const {
  return (unsigned{buffer_[begin_ + offset]} << 8) | buffer_[begin_ + offset + 1];
}

Found PacketReader::take_first() {
  if (stored() == 0) {
    return Found::kMore;
  }
  first_ = buffer_[begin_++];
  remaining_ = 0;
  length_shift_ = 0;
  if (!detail_packet_reader::first_allowed(first_)) {
    return bad(Error::kProtocolViolation);
  }
  stage_ = Stage::kLength;
  return Found::kMore;
}

Found PacketReader::take_length() {
  while (stored() != 0) {
    const std::uint8_t byte = buffer_[begin_++];
    remaining_ |= static_cast<std::size_t>(byte & 0x7F) << length_shift_;
    length_shift_ = static_cast<std::uint8_t>(length_shift_ + 7);
    if ((byte & 0x80) == 0) {
      const auto type = detail_packet_reader::type_of(first_);
      if (!detail_packet_reader::length_allowed(type, remaining_)) {
        return bad(Error::kProtocolViolation);
      }
      stage_ = type == detail_packet_reader::kPublish ? Stage::kHead : Stage::kBody;
      return Found::kMore;
    }
    if (length_shift_ == detail_packet_reader::kMaxLengthShift) {
      return bad(Error::kProtocolViolation);
    }
  }
  return Found::kMore;
}

Found PacketReader::take_body() {
  if (stored() < remaining_) {
    return Found::kMore;
  }
  const std::uint8_t* const body = buffer_.data() + begin_;
  begin_ += remaining_;
  stage_ = Stage::kFirst;
  return read_body(body);
}

Found PacketReader::read_body(const std::uint8_t* body) {
  const auto type = detail_packet_reader::type_of(first_);
  if (type == detail_packet_reader::kPingresp) {
    return Found::kPingresp;
  }
  if (type == detail_packet_reader::kConnack) {
    session_present_ = body[0] != 0;
    code_ = body[1];
    const bool allowed =
        body[0] <= 1 && code_ <= detail_packet_reader::kLastConnack && (code_ == 0 || body[0] == 0);
    return allowed ? Found::kConnack : bad(Error::kProtocolViolation);
  }
  packet_id_ = static_cast<std::uint16_t>((body[0] << 8) | body[1]);
  if (packet_id_ == 0) {
    return bad(Error::kProtocolViolation);
  }
  if (type == detail_packet_reader::kPuback) {
    return Found::kPuback;
  }
  granted_ = true;
  for (std::size_t index = 2; index < remaining_; ++index) {
    if (body[index] == detail_packet_reader::kRefused) {
      granted_ = false;
    } else if (body[index] > 2) {
      return bad(Error::kProtocolViolation);
    }
  }
  return Found::kSuback;
}

Found PacketReader::take_publish_head() {
  if (stored() < 2) {
    return Found::kMore;
  }
  const std::size_t topic = number_at(0);
  const bool numbered = detail_packet_reader::qos_of(first_) != Qos::kAtMostOnce;
  const std::size_t size = 2 + topic + (numbered ? 2 : 0);
  if (size > remaining_) {
    return bad(Error::kProtocolViolation);
  }
  if (size > buffer_.size()) {
    return bad(Error::kNoSpace);
  }
  if (stored() < size) {
    return Found::kMore;
  }
  topic_size_ = static_cast<std::uint16_t>(topic);
  packet_id_ = numbered ? static_cast<std::uint16_t>(number_at(2 + topic)) : std::uint16_t{0};
  if ((numbered && packet_id_ == 0) || !detail_packet_reader::topic_allowed(head().topic)) {
    return bad(Error::kProtocolViolation);
  }
  return Found::kPublish;
}

MessageHead PacketReader::head() const {
  MessageHead head;
  head.topic = as_text(ByteView(buffer_.data() + begin_ + 2, topic_size_));
  head.qos = detail_packet_reader::qos_of(first_);
  head.payload_size =
      remaining_ - 2 - topic_size_ - (head.qos == Qos::kAtMostOnce ? std::size_t{0} : 2);
  head.duplicate = detail_packet_reader::duplicate(first_);
  head.packet_id = packet_id_;
  return head;
}

void PacketReader::take_head() {
  const std::size_t size = remaining_ - head().payload_size;
  begin_ += size;
  remaining_ -= size;
  stage_ = Stage::kPayload;
}

Found PacketReader::take_payload() {
  if (remaining_ == 0) {
    stage_ = Stage::kFirst;
    return Found::kEnd;
  }
  const std::size_t size = std::min(stored(), remaining_);
  if (size == 0) {
    return Found::kMore;
  }
  fragment_ = ByteView(buffer_.data() + begin_, size);
  begin_ += size;
  remaining_ -= size;
  return Found::kPayload;
}

}  // namespace mqtt

HUBTWIN_NAMESPACE_END
