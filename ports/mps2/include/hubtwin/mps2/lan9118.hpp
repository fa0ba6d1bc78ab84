// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The boards' Ethernet controller.

#include <hubtwin/lwip/ethernet_driver.hpp>
#include <hubtwin/port/wake.hpp>
#include <hubtwin/status.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN
namespace mps2 {

/// Microchip LAN9118 by its FIFOs. Its interrupt wakes the program when a frame has come. One for
/// a program.
///
/// The receiving FIFO holds 10,560 bytes and what doesn't fit is lost: see TCP_WND in lwipopts.h.
class Lan9118 final : public lwip::EthernetDriver {
 public:
  /// Resets the controller and starts it.
  /// \param[in] wake  Woken by the interrupt; outlives this.
  explicit Lan9118(Wake& wake);
  ~Lan9118();
  Lan9118(const Lan9118&) = delete;
  Lan9118& operator=(const Lan9118&) = delete;

  /// Error::kNotFound: no such controller answers at its address.
  Status status() const { return status_; }

  void read_address(std::uint8_t (&address)[6]) override;
  bool link_up() override;
  bool send(ByteView frame) override;
  std::size_t waiting() override;
  void receive(ByteSpan room) override;

 private:
  Status status_;
  std::uint32_t frame_bytes_ = 0;  // of the frame at the FIFO's head, checksum included; 0: unknown
};

}  // namespace mps2
HUBTWIN_NAMESPACE_END
