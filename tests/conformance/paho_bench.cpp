// SPDX-License-Identifier: MIT

/// \file
/// Eclipse Paho over TLS.

#include "local_hub_bench.hpp"
#include <hubtwin/paho/transport.hpp>

namespace hubtwin::conformance {

namespace {

std::shared_ptr<Transport> make_transport(const TransportPlan& plan) {
  paho::Options options;
  options.ca_file = plan.ca_file;
  options.wake = &plan.wake;
  return std::make_shared<paho::Transport>(options);
}

}  // namespace

const std::vector<BenchKind>& bench_kinds() {
  static const std::vector<BenchKind> kinds = {
      {"Paho and the local hub", local_hub_abilities(),
       [] { return make_local_hub_bench(make_transport, "", Error::kLinkLost); }}};
  return kinds;
}

const std::vector<std::string>& known_gaps() {
  return local_hub_gaps();
}

}  // namespace hubtwin::conformance
