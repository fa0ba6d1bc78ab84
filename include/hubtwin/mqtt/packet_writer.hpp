// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The packets that an MQTT 3.1.1 client sends. Section numbers are those of the OASIS standard
/// "MQTT Version 3.1.1".

#include <hubtwin/bytes.hpp>
#include <hubtwin/port/transport.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

namespace mqtt {

/// Longest text with a length before it (1.5.3).
constexpr std::size_t kMaxTextBytes = 65535;
/// Largest remaining length of a packet (2.2.3).
constexpr std::size_t kMaxRemaining = 268435455;
/// Largest payload, whatever its topic.
constexpr std::size_t kMaxPayloadBytes = kMaxRemaining - kMaxTextBytes - 4;

/// Sizes of packets, fixed header included.
constexpr std::size_t kPubackBytes = 4;
constexpr std::size_t kPingreqBytes = 2;
constexpr std::size_t kDisconnectBytes = 2;
/// \pre Texts of at most kMaxTextBytes.
std::size_t connect_size(const ConnectRequest& request);
std::size_t subscribe_size(Span<const Subscription> filters);
std::size_t publish_size(const PublishRequest& request);
/// Bytes before the payload.
std::size_t publish_head_size(const PublishRequest& request);

/// Puts packets one behind the other into memory that holds them.
class PacketWriter {
 public:
  explicit PacketWriter(ByteSpan room) : room_(room) {}

  // \pre The room holds the packet: see the sizes above.
  void connect(const ConnectRequest& request);
  void subscribe(std::uint16_t packet_id, Span<const Subscription> filters);
  /// All of it, or where the payload comes from a source what stands before it.
  void publish(std::uint16_t packet_id, const PublishRequest& request);
  void puback(std::uint16_t packet_id);
  void pingreq();
  void disconnect();

  /// Bytes written.
  std::size_t size() const { return size_; }

 private:
  void begin(std::uint8_t first, std::size_t remaining, std::size_t elsewhere = 0);
  void byte(unsigned value);
  void number(unsigned value);
  void bytes(ByteView bytes);
  void text(std::string_view text);

  ByteSpan room_;
  std::size_t size_ = 0;
};

}  // namespace mqtt

HUBTWIN_NAMESPACE_END
