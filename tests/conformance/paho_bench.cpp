// SPDX-License-Identifier: MIT

/// \file
/// Eclipse Paho over TLS.

#include "local_hub_bench.hpp"
#include <hubtwin/paho/transport.hpp>

#include <algorithm>

namespace hubtwin::conformance {

namespace {

std::shared_ptr<Transport> make_transport(const TransportPlan& plan) {
  paho::Options options;
  options.ca_file = plan.ca_file;
  options.wake = &plan.wake;
  return std::make_shared<paho::Transport>(options);
}

// Paho's threads go by real time: a client that hurries leaves them behind.
std::vector<Ability> abilities() {
  std::vector<Ability> abilities = local_hub_abilities();
  abilities.erase(std::remove(abilities.begin(), abilities.end(), Ability::kHurriedTime),
                  abilities.end());
  return abilities;
}

}  // namespace

const std::vector<BenchKind>& bench_kinds() {
  static const std::vector<BenchKind> kinds = {
      {"Paho and the local hub", abilities(),
       [] { return make_local_hub_bench(make_transport, "", Error::kLinkLost); }}};
  return kinds;
}

const std::vector<std::string>& known_gaps() {
  static const std::vector<std::string> gaps = [] {
    std::vector<std::string> all = local_hub_gaps();
    all.insert(
        all.end(),
        {"desired: the answer to GET is late, an error, or never comes -> read again",
         "desired: GET refused for good -> told, and tried again on the next link",
         "methods: never answered by the application -> 504 by the library, the call expires",
         "reported: no acknowledgement comes -> tried again until one does",
         "reported: a value replaced while its update is under way -> the newer one stays",
         "reported: refused by the hub for its content -> told once, not tried again",
         "session: the link goes dead without a word -> found out, and made again"});
    return all;
  }();
  return gaps;
}

}  // namespace hubtwin::conformance
