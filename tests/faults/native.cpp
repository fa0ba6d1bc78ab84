// SPDX-License-Identifier: MIT

/// \file
/// Our own MQTT client over TLS by mbedTLS and a socket.

#include "trial.hpp"
#include <hubtwin/mbedtls/tls_stream.hpp>
#include <hubtwin/mqtt/transport.hpp>
#include <hubtwin/posix/socket_stream.hpp>

namespace hubtwin::faults {

namespace {

struct NativeLink {
  explicit NativeLink(const TransportPlan& plan)
      : config(plan.clock, random),
        socket(plan.wake),
        metered(tls, plan.meter),
        liveness(plan.usual_liveness ? mqtt::Liveness() : mqtt::Liveness{5s, 5s}) {
    if (!config.trust_file(plan.ca_file.c_str()).ok()) {
      throw Failure("can't read " + plan.ca_file);
    }
  }

  mbedtls::MbedtlsRandom random{"fault matrix"};
  mbedtls::TlsConfig config;
  mbedtls::TlsTrust trust{config};
  posix::SocketStream socket;
  mbedtls::TlsStream tls{socket, config};
  MeteredStream metered;
  mqtt::Liveness liveness;
  mqtt::SizedTransportMemory<512, 2048> memory;
  mqtt::Transport transport{metered, memory.memory(), liveness};
};

}  // namespace

const TransportKind& transport_kind() {
  static const TransportKind kind = {
    "native",
    [](const TransportPlan& plan) {
      const auto link = std::make_shared<NativeLink>(plan);
      return TransportWithTrust{std::shared_ptr<Transport>(link, &link->transport),
                                std::shared_ptr<Trust>(link, &link->trust)};
    },
    Error::kPeerSilent,
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
    true
#else
    false
#endif
    ,
    [](const std::filesystem::path&) { return std::vector<std::filesystem::path>(); }
  };
  return kind;
}

}  // namespace hubtwin::faults
