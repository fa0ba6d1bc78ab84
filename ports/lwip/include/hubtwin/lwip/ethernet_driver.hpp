// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What lwip::Network wants of an Ethernet controller.

#include <hubtwin/bytes.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN
namespace lwip {

/// Sends and receives Ethernet frames, without preamble and checksum. Called from one thread, never
/// from an interrupt; no call waits for the wire.
class EthernetDriver {
 public:
  /// The controller's own address.
  /// \param[out] address  Filled in.
  virtual void read_address(std::uint8_t (&address)[6]) = 0;

  /// Whether a cable with a peer is plugged in.
  virtual bool link_up() = 0;

  /// Takes a frame to be sent, 14 to 1514 bytes; copied.
  /// \return false when there is no room for it now: the frame is lost, and TCP sends it again.
  virtual bool send(ByteView frame) = 0;

  /// Bytes of the oldest frame that has come and wasn't taken; 0: none.
  virtual std::size_t waiting() = 0;

  /// Takes that frame: up to room.size() bytes of it, the rest is lost. Without room it is dropped.
  /// \pre waiting() has just answered its size.
  virtual void receive(ByteSpan room) = 0;

 protected:
  ~EthernetDriver() = default;
};

}  // namespace lwip
HUBTWIN_NAMESPACE_END
