// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The local hub of tools/hub as a process of its own, and its back end.

#include "support/hub_records.hpp"
#include "tools/hub/cli/service_client.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/types.h>

namespace hubtwin::conformance {

/// Starts `hub start` in a directory of its own on free ports of loopback, and stops it at the end.
/// Every function throws when the hub refuses.
class LocalHub {
 public:
  LocalHub();
  ~LocalHub();
  LocalHub(const LocalHub&) = delete;
  LocalHub& operator=(const LocalHub&) = delete;

  std::uint16_t mqtt_port() const { return mqtt_port_; }
  const std::string& ca_file() const { return ca_file_; }
  /// Where it keeps its certificates and its sockets; gone when the hub ends, however that is.
  const std::filesystem::path& directory() const { return directory_; }

  /// \param[in] key  base64; empty: the hub makes one. \return the connection string.
  std::string create(const std::string& identity, const std::string& key = "");
  void remove(const std::string& identity);
  /// The twin as the service sees it.
  nlohmann::json twin(const std::string& identity);
  void patch_desired(const std::string& identity, const nlohmann::json& patch);
  void replace_desired(const std::string& identity, const nlohmann::json& document);
  void send_message(const std::string& identity, const std::string& body,
                    const test::Properties& properties);
  void send_input(const std::string& identity, const std::string& input, const std::string& body,
                  const test::Properties& properties);
  /// Sequence number of the newest message of all devices.
  std::int64_t newest_telemetry();
  std::vector<test::Telemetry> telemetry(const std::string& identity, std::int64_t after);
  /// Wants a fault of the hub's own (tools/hub/README.md). \return its id.
  std::string add_fault(const hub::Json& fault);
  /// Nothing happens if it is gone already.
  void remove_fault(const std::string& id);
  void clear_faults();
  void set_token_clock(std::chrono::seconds offset, std::chrono::seconds skew);
  /// Enables a device, or disables it, which closes its connection.
  void set_enabled(const std::string& device, bool enabled);
  /// Waits for the answer in a thread of its own.
  std::future<test::MethodOutcome> invoke(const std::string& identity, const std::string& method,
                                          const std::string& payload, std::chrono::seconds timeout);

 private:
  hub::Json call(const hub::cli::ServiceRequest& request);
  void wait_until_ready(std::istream& log);
  void end();

  std::filesystem::path directory_;
  pid_t process_ = -1;
  std::uint16_t mqtt_port_ = 0;
  std::string ca_file_;
  std::unique_ptr<hub::cli::ServiceClient> service_;
};

}  // namespace hubtwin::conformance
