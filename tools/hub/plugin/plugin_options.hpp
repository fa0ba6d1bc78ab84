// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What mosquitto.conf tells the plugin, as "plugin_opt_<name> <value>". `hub start` writes them.
/// Paths may be relative to the broker's working directory.
///
/// | name | value |
/// | --- | --- |
/// | host_name | what clients call the hub, no port; default localhost |
/// | store | SQLite file, or :memory: (default) |
/// | max_modules | per device; default 20 |
/// | wake_socket | the path in the same file's "listener 0 <path>"; required |
/// | ready_file | written, as {"restPort": n}, once the hub can be reached; default none |
/// | rest_port | HTTPS port, 0 for a free one; without it there is no REST server |
/// | rest_bind | its address; default 127.0.0.1 |
/// | rest_certificate, rest_key | PEM files; required with rest_port |
/// | policy_file | {"name", "primaryKey", "secondaryKey"} of the service policy; required with
/// rest_port |
/// | proxy_socket | where the fault proxy is told what to do; default none |
///
/// The rest of the file must have per_listener_settings false (else the hub's clock stands still),
/// max_qos 1 for each listener, allow_anonymous false, and max_queued_messages well above 50.

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
