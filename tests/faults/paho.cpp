// SPDX-License-Identifier: MIT

/// \file
/// Eclipse Paho over TLS by OpenSSL.

#include "trial.hpp"
#include <hubtwin/paho/transport.hpp>

namespace hubtwin::faults {

const TransportKind& transport_kind() {
  static const TransportKind kind = {
      "paho",
      [](const TransportPlan& plan) -> std::shared_ptr<Transport> {
        paho::Options options;
        options.ca_file = plan.ca_file;
        options.wake = &plan.wake;
        options.connect_timeout = plan.connect_timeout;
        return std::make_shared<paho::Transport>(options);
      },
      Error::kLinkLost,  // Paho doesn't tell a silent peer from a closed link
      true};
  return kind;
}

}  // namespace hubtwin::faults
