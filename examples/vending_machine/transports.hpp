// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The two ways to the hub: Eclipse Paho, or the library's own MQTT client.

#include <hubtwin/mbedtls/tls_stream.hpp>
#include <hubtwin/mqtt/transport.hpp>
#include <hubtwin/paho/transport.hpp>
#include <hubtwin/posix/event_wake.hpp>
#include <hubtwin/posix/socket_stream.hpp>

#include <memory>
#include <string>

namespace vending {

/// Makes transports of one kind, with trust in common.
class Transports {
 public:
  /// \param[in] ca_file  PEM; empty: the system's. `clock` and `wake` outlive all transports.
  Transports(bool native, const std::string& ca_file, hubtwin::Clock& clock,
             hubtwin::posix::EventWake& wake);

  /// Why none can be made: certificates that can't be read. (Paho looks at them when it connects.)
  hubtwin::Status status() const { return status_; }
  /// The certificates that are trusted.
  const std::string& trust_file() const { return trust_file_; }
  std::shared_ptr<hubtwin::Transport> make();

 private:
  bool native_;
  std::string trust_file_;
  hubtwin::posix::EventWake& wake_;
  hubtwin::paho::Options paho_;
  hubtwin::mbedtls::MbedtlsRandom random_{"vending_machine"};
  hubtwin::mbedtls::TlsConfig tls_;
  hubtwin::Status status_;
};

}  // namespace vending
