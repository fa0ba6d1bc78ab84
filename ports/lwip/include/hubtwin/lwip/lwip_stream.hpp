// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// ByteStream on microcontrollers: a TCP connection by lwIP's raw API.

#include <hubtwin/lwip/network.hpp>
#include <hubtwin/port/byte_stream.hpp>
#include <hubtwin/status.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <lwip/err.h>
#include <lwip/ip_addr.h>

struct pbuf;
struct tcp_pcb;

HUBTWIN_NAMESPACE_BEGIN
namespace lwip {

/// A TCP connection that lwIP drives from Network::poll(). Received bytes are acknowledged as
/// read() takes them, so what a peer sends ahead is bounded by TCP_WND, and a TLS record may be
/// larger than that. Names are looked up anew for each connection, from Network::add_host(), lwIP's
/// cache while their time to live lasts, or the name server; the first address counts.
///
/// Nothing wakes a program for it but the Ethernet interrupt: poll Network, then the client.
///
/// Reasons, with lwIP's err_t in Status::os_code(): Error::kResolveFailed, Error::kConnectRefused,
/// Error::kConnectTimeout, Error::kLinkLost, also when TCP gave up re-sending;
/// Error::kNetworkFailed, e.g. without an address yet; Error::kNoSpace when lwIP has no connection
/// left (MEMP_NUM_TCP_PCB).
class LwipStream final : public ByteStream {
 public:
  /// An address that doesn't answer for so long is given up.
  static constexpr Duration kAddressPatience = std::chrono::seconds(10);

  /// \param[in] network  Outlives this.
  explicit LwipStream(Network& network) : network_(network) {}
  ~LwipStream();
  LwipStream(const LwipStream&) = delete;
  LwipStream& operator=(const LwipStream&) = delete;

  Status open(std::string_view host, std::uint16_t port) override;
  Result<bool> advance(MonotonicTime now) override;
  Result<std::size_t> read(ByteSpan room) override;
  Result<std::size_t> write(ByteView bytes) override;
  void close() override;
  MonotonicTime next_deadline() const override { return deadline_; }

 private:
  enum class State : std::uint8_t { kClosed, kResolving, kResolved, kConnecting, kConnected };

  static void resolved(const char* name, const ip_addr_t* address, void* ticket);
  static err_t connected(void* self, tcp_pcb* pcb, err_t code);
  static err_t received(void* self, tcp_pcb* pcb, pbuf* chain, err_t code);
  static void ended(void* self, err_t code);

  void start_lookup(const char* host);
  void forget_lookup();
  Status connect(MonotonicTime now);
  Status failed(Status reason);
  void release();

  static LwipStream* looking_up;  // those with a look-up under way; lwIP can't cancel one
  static std::uintptr_t last_ticket;

  Network& network_;
  tcp_pcb* pcb_ = nullptr;
  pbuf* chain_ = nullptr;  // received, not read
  LwipStream* next_looking_up_ = nullptr;
  std::uintptr_t ticket_ = 0;  // of the look-up
  ip_addr_t address_{};
  MonotonicTime deadline_ = kNever;
  Status end_;  // why nothing more comes; success: it may
  std::uint16_t port_ = 0;
  State state_ = State::kClosed;
};

}  // namespace lwip
HUBTWIN_NAMESPACE_END
