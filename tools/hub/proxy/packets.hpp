// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// MQTT 3.1.1 control packets, taken out of a stream of bytes.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hubtwin::hub::proxy {

/// One whole control packet as it stands on the wire.
class Packet {
 public:
  Packet(std::string bytes, std::size_t head) : bytes_(std::move(bytes)), head_(head) {}

  const std::string& bytes() const { return bytes_; }
  /// MQTT 3.1.1, table 2.1, in lower case: "connect", "publish"; empty for a reserved type.
  std::string_view name() const;
  /// Of a PUBLISH; empty for others and for one that is broken off.
  std::string_view topic() const;
  /// Of a CONNECT, likewise.
  std::string_view client_id() const;
  /// Sets the return code of a CONNACK, or all those of a SUBACK. False for other packets.
  bool set_code(std::uint8_t code);

 private:
  std::string_view text_at(std::size_t offset) const;

  std::string bytes_;
  std::size_t head_;  ///< bytes before the variable header
};

/// Cuts a stream into packets. What can't be MQTT passes as it is from there on.
class PacketSplitter {
 public:
  void feed(std::string_view bytes) { rest_.append(bytes); }
  /// The next whole packet, if there is one.
  std::optional<Packet> next();
  /// True once a length came that MQTT doesn't allow: take_rest() is all there is.
  bool lost() const { return lost_; }
  std::string take_rest() { return std::exchange(rest_, {}); }

 private:
  std::string rest_;
  bool lost_ = false;
};

}  // namespace hubtwin::hub::proxy
