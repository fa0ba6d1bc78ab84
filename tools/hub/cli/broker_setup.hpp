// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the broker is told: where it and the plugin are, and its configuration file.

#include <filesystem>
#include <string>

namespace hubtwin::hub::cli {

/// Written by the plugin once the broker accepts connections; in the hub's directory.
constexpr const char* kBrokerReadyFile = "broker-ready.json";
/// Where the broker takes connections without TLS from this machine's own programs, likewise.
constexpr const char* kWakeSocket = "wake.sock";
/// Where the fault proxy is told what to do, likewise.
constexpr const char* kProxySocket = "proxy.sock";

struct BrokerSetup {
  std::string bind_address;
  std::string host_name;
  int mqtt_port = 0;
  int rest_port = 0;
  bool in_memory = false;
  bool verbose = false;
  bool proxy = false;  ///< a fault proxy runs beside it
  std::filesystem::path plugin;
};

/// The text of mosquitto.conf. The broker must run in the hub's directory: file names within it are
/// relative, so that no path is too long for a socket.
std::string broker_configuration(const BrokerSetup& setup);

/// `wanted`, or Mosquitto from PATH or where packages put it. Throws UsageError that says where it
/// was looked for.
std::filesystem::path find_broker(const std::filesystem::path& wanted);

/// `wanted`, or the plugin beside this program, in its build tree or where it was installed. Throws
/// UsageError that says where it was looked for.
std::filesystem::path find_plugin(const std::filesystem::path& wanted);

}  // namespace hubtwin::hub::cli
