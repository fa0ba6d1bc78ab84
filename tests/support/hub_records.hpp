// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a hub tells its back end, in a form that tests of any hub share.

#include <string>
#include <utility>
#include <vector>

namespace hubtwin::test {

/// Names and values of a message's properties, decoded, in order.
using Properties = std::vector<std::pair<std::string, std::string>>;

/// A message from a device, as the hub saw it.
struct Telemetry {
  std::string body;
  Properties properties;
};

/// How a method call fared at the caller's end.
struct MethodOutcome {
  bool done = false;
  int hub_error = 0;  ///< 404103: not connected or not subscribed; 504101: no answer in time.
  int status = 0;     ///< What the device answered.
  std::string payload;
};

}  // namespace hubtwin::test
