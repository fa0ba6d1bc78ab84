// SPDX-License-Identifier: MIT
#include "tools/hub/cli/network.hpp"

#include "tools/hub/cli/errors.hpp"

#include <catch2/catch.hpp>

namespace hubtwin::hub::cli {

using Catch::Matchers::Contains;

TEST_CASE("network: two free ports -> never the same") {
  // The system draws them at random: of so many pairs drawn one by one, one would be equal.
  for (int i = 0; i < 50000; ++i) {
    const auto [mqtt, rest] = usable_ports("127.0.0.1", {0, "--mqtt-port"}, {0, "--rest-port"});
    REQUIRE(mqtt != rest);
  }
}

TEST_CASE("network: the same port asked for twice -> refused, both options named") {
  const int port = usable_port("127.0.0.1", {0, "--mqtt-port"});
  REQUIRE_THROWS_WITH(usable_ports("127.0.0.1", {port, "--mqtt-port"}, {port, "--rest-port"}),
                      Contains("--mqtt-port and --rest-port are the same port"));
}

}  // namespace hubtwin::hub::cli
