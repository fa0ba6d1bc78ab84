// SPDX-License-Identifier: MIT

/// \file
/// The porter's check, on a port of ours: MQTT over TLS over UNIX sockets. To be copied for another
/// one; see docs/porting.md.

#include "conformance/local_hub_bench.hpp"
#include "support/temporary_directory.hpp"
#include "unix_stream.hpp"
#include <hubtwin/mbedtls/tls_stream.hpp>
#include <hubtwin/mqtt/transport.hpp>

#include <stdexcept>

namespace hubtwin::conformance {

namespace {

// Where the network's sockets are. A stream that speaks TCP needs none.
const std::string& socket_folder() {
  static const test::TemporaryDirectory folder;
  static const std::string path = folder.path().string();
  return path;
}

// What one client has to itself, from the stream up.
struct Link {
  explicit Link(const TransportPlan& plan)
      : config(plan.clock, random), stream(socket_folder(), plan.wake) {
    if (!config.trust_file(plan.ca_file.c_str()).ok()) {
      throw std::runtime_error("can't read " + plan.ca_file);
    }
  }

  mbedtls::MbedtlsRandom random{"porting"};
  mbedtls::TlsConfig config;
  UnixStream stream;
  mbedtls::TlsStream tls{stream, config};
  mqtt::SizedTransportMemory<512, 2048> memory;
  mqtt::Transport transport{tls, memory.memory()};
};

std::shared_ptr<Transport> make_transport(const TransportPlan& plan) {
  const auto link = std::make_shared<Link>(plan);
  return {link, &link->transport};
}

}  // namespace

const std::vector<BenchKind>& bench_kinds() {
  static const std::vector<BenchKind> kinds = {
      {"UNIX sockets and the local hub", local_hub_abilities(),
       [] { return make_local_hub_bench(make_transport, socket_folder()); }}};
  return kinds;
}

const std::vector<std::string>& known_gaps() {
  return local_hub_gaps();
}

}  // namespace hubtwin::conformance
