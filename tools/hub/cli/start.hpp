// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `hub start`: runs the broker with the hub's plugin until told to stop.

#include "tools/hub/core/identity_id.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hubtwin::hub::cli {

struct StartOptions {
  std::filesystem::path directory;
  std::string bind_address = "127.0.0.1";
  std::string host_name;  ///< empty: follows from the address
  int mqtt_port = 8883;   ///< 0: a free one
  int rest_port = 8443;   ///< 0: a free one
  bool in_memory = false;
  bool verbose = false;
  std::optional<int> proxy_port;     ///< of the fault proxy, 0: a free one; absent: none
  bool temporary = false;            ///< the directory goes when the hub ends
  bool until_parent_ends = false;    ///< as if SIGTERM came then
  std::filesystem::path ready_file;  ///< empty: none
  std::vector<IdentityId> identities;
  std::filesystem::path broker;  ///< empty: looked for
  std::filesystem::path plugin;  ///< empty: looked for
};

/// Blocks until SIGINT, SIGTERM or SIGHUP, or until the broker ends by itself, and answers the exit
/// status. Throws UsageError or std::runtime_error that name what stands in the way of a start.
int start(StartOptions options);

}  // namespace hubtwin::hub::cli
