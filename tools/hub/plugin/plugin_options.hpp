// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What mosquitto.conf tells the plugin ("plugin_opt_<name> <value>"). Paths may be relative to the
/// broker's working directory.

#include "tools/hub/core/hub.hpp"
#include "tools/hub/rest/server.hpp"

#include <map>
#include <optional>
#include <string>

namespace hubtwin::hub {

struct PluginOptions {
  HubOptions hub;  ///< from host_name and max_modules
  std::string store = ":memory:";
  std::string wake_socket;                  ///< the broker's own "listener 0 <path>", required
  std::string ready_file;                   ///< empty: none
  std::optional<rest::ServerOptions> rest;  ///< present if rest_port is

  /// Throws std::runtime_error that names the option which is missing, unknown or malformed.
  static PluginOptions read(const std::map<std::string, std::string>& options);
};

}  // namespace hubtwin::hub
