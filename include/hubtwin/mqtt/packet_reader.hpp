// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Takes apart the packets that an MQTT 3.1.1 client receives, from bytes that come in any
/// portions.

#include <hubtwin/bytes.hpp>
#include <hubtwin/port/transport.hpp>
#include <hubtwin/status.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

namespace mqtt {

/// What a PacketReader found next.
enum class Found : std::uint8_t {
  kMore,      ///< Nothing whole: more bytes are needed.
  kConnack,   ///< See session_present() and code().
  kPuback,    ///< See packet_id().
  kSuback,    ///< See packet_id() and granted().
  kPingresp,  ///< The answer to a PINGREQ.
  kPublish,   ///< The head of a message: see head(). The reader waits here until take_head().
  kPayload,   ///< Some of the message's payload: see fragment().
  kEnd,       ///< The message's payload is complete.
  kBad,       ///< The peer broke the rules: see error(). Nothing more can be read.
};

/// A state machine over one buffer. Bytes are put into room(), then told by add(); next() is called
/// until it answers Found::kMore or Found::kBad. A packet's head must fit the buffer; payloads of
/// any length pass through it in fragments.
class PacketReader {
 public:
  /// Longest head of a packet that isn't a PUBLISH: a SUBACK for 8 filters.
  static constexpr std::size_t kMinimumBytes = 16;

  /// \param[in] buffer  kMinimumBytes or more, and the longest topic that is taken with four bytes
  ///                    beside it; outlives this.
  explicit PacketReader(ByteSpan buffer);
  PacketReader(const PacketReader&) = delete;
  PacketReader& operator=(const PacketReader&) = delete;

  /// Forgets everything, for a new link.
  void reset();
  /// Where received bytes go. Never empty after next() has answered Found::kMore.
  ByteSpan room();
  /// So many bytes were put into room().
  void add(std::size_t bytes);
  /// Goes on to the next thing. What the last call found is out of date.
  Found next();

  /// After Found::kPublish: goes on behind the head. Until then next() finds it again.
  void take_head();
  /// The message's topic lives until room() or next() is called.
  MessageHead head() const;
  /// Bytes of payload; live likewise.
  ByteView fragment() const { return fragment_; }
  std::uint16_t packet_id() const { return packet_id_; }
  bool session_present() const { return session_present_; }
  /// The code of a CONNACK, 0 to 5.
  std::uint8_t code() const { return code_; }
  /// Whether a SUBACK grants all filters.
  bool granted() const { return granted_; }
  /// Why the answer was Found::kBad: Error::kProtocolViolation, or Error::kNoSpace for a topic that
  /// is longer than the buffer.
  Error error() const { return error_; }

 private:
  enum class Stage : std::uint8_t { kFirst, kLength, kBody, kHead, kPayload, kBad };

  std::size_t stored() const { return end_ - begin_; }
  unsigned number_at(std::size_t offset) const;
  Found take_first();
  Found take_length();
  Found take_body();
  Found take_publish_head();
  Found take_payload();
  Found read_body(const std::uint8_t* body);
  Found bad(Error error);

  ByteSpan buffer_;
  std::size_t begin_ = 0;      // what isn't read yet
  std::size_t end_ = 0;        // what is received
  std::size_t remaining_ = 0;  // of the packet: bytes that are due, stored ones included
  ByteView fragment_;
  std::uint16_t topic_size_ = 0;
  std::uint16_t packet_id_ = 0;
  std::uint8_t first_ = 0;         // type and flags of the packet
  std::uint8_t length_shift_ = 0;  // bits of the remaining length that are known
  std::uint8_t code_ = 0;
  Stage stage_ = Stage::kFirst;
  Error error_ = Error::kNone;
  bool session_present_ = false;
  bool granted_ = false;
};

}  // namespace mqtt

HUBTWIN_NAMESPACE_END
