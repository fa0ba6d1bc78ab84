// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Addresses and ports to listen on.

#include <string>
#include <utility>

namespace hubtwin::hub::cli {

/// Throws UsageError unless `address` is an IPv4 or IPv6 address.
void check_address(const std::string& address);

/// "0.0.0.0" or "::".
bool is_wildcard_address(const std::string& address);

/// Where this machine reaches what listens on `address`.
std::string connectable_address(const std::string& address);

/// What clients call a hub that listens on `address`: "localhost" for 127.0.0.1 and ::1, else the
/// address itself, or this machine's name if it listens everywhere.
std::string default_host_name(const std::string& address);

/// Whether a server could listen there now.
bool can_listen(const std::string& address, int port);

/// What a user asked for: a port, 0 for any that is free, by an option.
struct PortWish {
  int port = 0;
  std::string option;
};

/// That port if it can be listened on, a free one if it is 0. Throws UsageError that names the
/// option.
int usable_port(const std::string& address, const PortWish& wish);

/// Likewise two ports, which differ.
std::pair<int, int> usable_ports(const std::string& address, const PortWish& one,
                                 const PortWish& other);

}  // namespace hubtwin::hub::cli
