// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The commands that talk to a running hub.

#include "tools/hub/cli/service_client.hpp"
#include "tools/hub/core/json.hpp"

#include <filesystem>
#include <string>

#include <CLI/CLI.hpp>

namespace hubtwin::hub::cli {

/// Options that every such command takes.
struct Connection {
  std::filesystem::path directory;        ///< --data; empty: the default, or --service
  std::string service;                    ///< --service, a connection string
  int service_port = 8443;                ///< --service-port, with --service only
  std::filesystem::path service_ca_file;  ///< --ca; with --service empty: the system's
  bool compact = false;                   ///< --compact

  /// Throws UsageError if there is nothing to connect to.
  ServiceClient connect() const;

  /// ServiceClient::call() on a new connection.
  ServiceReply call(const ServiceRequest& request) const;

  void print(const Json& json) const;
};

/// Adds all of them. What they need from `connection` they read when they run; they throw
/// UsageError or ServiceFailure.
void add_commands(CLI::App& app, const Connection& connection);

}  // namespace hubtwin::hub::cli
