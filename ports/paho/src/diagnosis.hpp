// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Finds out why a connection can't be made, since Paho doesn't tell. May wait; never called by the
/// thread that polls, apart from check_trust_exists().

#include <hubtwin/status.hpp>

#include <chrono>
#include <cstdint>
#include <string>

HUBTWIN_NAMESPACE_BEGIN
namespace paho {

/// The peer and how it is verified.
struct Peer {
  std::string host;
  std::uint16_t port = 0;
  bool tls = true;
  std::string ca_file;
  std::string ca_directory;
};

/// Whether the environment makes Paho C use a proxy for this kind of connection.
bool goes_through_proxy(bool tls);

/// Error::kTlsTrustUnreadable where file or directory is missing, can't be opened or is empty.
/// Doesn't wait, apart from a look at the file system.
Status check_trust_exists(const Peer& peer);

/// Error::kTlsTrustUnreadable where file or directory holds no certificate that OpenSSL can read.
Status check_trust(const Peer& peer);

/// Error::kResolveFailed, with getaddrinfo's number in os_code(), where the host has no address.
/// Waits as long as the system's resolver does.
Status check_name(const Peer& peer);

/// Connects by itself, shakes hands where TLS is wanted, and closes without having sent anything
/// else.
/// \return why that failed; success when it went well.
Status try_connection(const Peer& peer, std::chrono::milliseconds patience);

}  // namespace paho
HUBTWIN_NAMESPACE_END
