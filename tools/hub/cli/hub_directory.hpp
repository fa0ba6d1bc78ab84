// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The directory that holds a local hub: its state, its certificates, and how to reach it.

#include "tools/hub/core/json.hpp"
#include "tools/hub/core/service_policy.hpp"

#include <filesystem>
#include <string>

namespace hubtwin::hub::cli {

/// How to reach the service side of a hub. Holds a key: not to be printed as a whole.
struct ServiceEndpoint {
  std::string host_name;  ///< the audience of tokens
  std::string address;    ///< where to connect; a name or an address
  int port = 0;
  std::filesystem::path ca_file;  ///< empty: the system's trusted certificates
  std::string policy_name;
  std::string policy_key;
};

/// Reads `HostName=..;SharedAccessKeyName=..;SharedAccessKey=..`. Throws UsageError that names the
/// key which is missing, empty or doubled.
ServiceEndpoint parse_service_connection_string(const std::string& text);

std::string service_connection_string(const std::string& host_name, const ServicePolicy& policy);

/// The connection string of a device or module from its document of the REST surface. Throws
/// UsageError for an identity that has no keys.
std::string identity_connection_string(const std::string& host_name, const Json& identity);

/// Names of the files in a hub's directory.
class HubDirectory {
 public:
  explicit HubDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  /// `$XDG_STATE_HOME/hubtwin` or `~/.local/state/hubtwin`. Throws UsageError without either.
  static std::filesystem::path default_path();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path lock_file() const { return path_ / "lock"; }
  std::filesystem::path state_file() const { return path_ / "hub.sqlite"; }
  std::filesystem::path policy_file() const { return path_ / "policy.json"; }
  std::filesystem::path broker_configuration() const { return path_ / "mosquitto.conf"; }
  /// There only while the hub runs: see README.md.
  std::filesystem::path running_file() const { return path_ / "hub.json"; }

  /// The policy by which back ends log in; made on first use and kept.
  ServicePolicy ensure_policy() const;

  /// From running_file(). Throws UsageError that says how to start a hub when none runs here.
  ServiceEndpoint running_endpoint() const;

 private:
  std::filesystem::path path_;
};

}  // namespace hubtwin::hub::cli
