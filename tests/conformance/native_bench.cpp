// SPDX-License-Identifier: MIT

/// \file
/// Our own MQTT client over TLS by mbedTLS and a socket.

#include "local_hub_bench.hpp"
#include <hubtwin/mbedtls/tls_stream.hpp>
#include <hubtwin/mqtt/transport.hpp>
#include <hubtwin/posix/socket_stream.hpp>

#include <stdexcept>

namespace hubtwin::conformance {

namespace {

struct NativeLink {
  explicit NativeLink(const TransportPlan& plan) : config(plan.clock, random), socket(plan.wake) {
    if (!config.trust_file(plan.ca_file.c_str()).ok()) {
      throw std::runtime_error("can't read " + plan.ca_file);
    }
  }

  mbedtls::MbedtlsRandom random{"conformance"};
  mbedtls::TlsConfig config;
  posix::SocketStream socket;
  mbedtls::TlsStream tls{socket, config};
  mqtt::SizedTransportMemory<512, 2048> memory;
  mqtt::Transport transport{tls, memory.memory()};
};

std::shared_ptr<Transport> make_transport(const TransportPlan& plan) {
  const auto link = std::make_shared<NativeLink>(plan);
  return {link, &link->transport};
}

}  // namespace

const std::vector<BenchKind>& bench_kinds() {
  static const std::vector<BenchKind> kinds = {
      {"Our MQTT client and the local hub", local_hub_abilities(),
       [] { return make_local_hub_bench(make_transport); }}};
  return kinds;
}

const std::vector<std::string>& known_gaps() {
  return local_hub_gaps();
}

}  // namespace hubtwin::conformance
