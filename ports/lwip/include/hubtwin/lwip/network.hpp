// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// lwIP itself: time, frames, addresses, names.

#include <hubtwin/lwip/ethernet_driver.hpp>
#include <hubtwin/port/clock.hpp>
#include <hubtwin/port/random.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <lwip/netif.h>

HUBTWIN_NAMESPACE_BEGIN
namespace lwip {

/// An IPv4 address that doesn't come from DHCP, in dotted decimals. Texts are read by
/// Network::set_address() and not kept.
struct StaticAddress {
  std::string_view address;
  std::string_view netmask = "255.255.255.0";
  std::string_view gateway = {};      ///< Empty: nothing beyond the own net is reached.
  std::string_view name_server = {};  ///< Empty: names are resolved by add_host() alone.
};

/// Drives lwIP over one Ethernet interface. lwIP's state is the program's: there is one Network at
/// a time, and all that uses lwIP runs in its thread and in no interrupt.
///
///     for (;;) {
///       network.poll();
///       context.poll();
///       context.wait(earlier(context.next_deadline(), network.next_deadline()));
///     }
class Network {
 public:
  /// Starts lwIP, with no address yet.
  /// \param[in] random  For ports and transaction ids, which must not be guessed: seeded well.
  /// \param[in] driver  Null: no interface but the loopback, for tests (LWIP_NETIF_LOOPBACK).
  ///                    All three outlive this.
  Network(Clock& clock, Random& random, EthernetDriver* driver);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Asks for an address by DHCP, and keeps it renewed.
  /// \param[in] host_name  What DHCP servers are told; ends with a NUL and outlives this. May be
  ///                       null.
  /// \return Error::kNoSpace when lwIP's memory is at its end; Error::kWrongState without a driver.
  Status start_dhcp(const char* host_name = nullptr);

  /// Takes an address for good; ends DHCP.
  /// \return Error::kInvalidArgument for a text that is no address; Error::kWrongState without a
  ///         driver.
  Status set_address(const StaticAddress& address);

  /// Gives a name an address, as a hosts file would; it comes before every name server. A second
  /// call for a name doesn't replace the first.
  /// \return Error::kInvalidArgument for a name that is empty or longer than 253 characters, or an
  ///         address that is none; Error::kNoSpace when the list is full (MEMP_NUM_LOCALHOSTLIST).
  Status add_host(std::string_view name, std::string_view address);

  /// Whether the interface has an address and a link.
  bool up() const;

  /// Takes what frames have come, and does what lwIP's timers want. Streams learn of it here.
  void poll();

  /// When poll() has to be called at the latest though no frame came.
  MonotonicTime next_deadline() const;

  /// The time that lwIP goes by.
  MonotonicTime now() const { return clock_.now(); }

 private:
  static err_t set_up(netif* interface);
  static err_t send(netif* interface, pbuf* frame);
  void receive();

  Clock& clock_;
  EthernetDriver* driver_;
  netif interface_;
};

}  // namespace lwip
HUBTWIN_NAMESPACE_END
