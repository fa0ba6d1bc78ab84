// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A client with memory to spare that writes down what it is told.

#include "bench.hpp"
#include "support/view_json.hpp"
#include <hubtwin/device_client.hpp>
#include <hubtwin/module_client.hpp>

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::conformance {

using test::json_of;

/// Room for everything that behaviours do; tight memory is the unit tests' subject.
struct RoomySizes : DefaultSizes {
  static constexpr std::size_t kTransmitBytes = 2048;
  static constexpr std::size_t kOutboxBytes = 8192;
  static constexpr std::size_t kHandlers = 16;
  static constexpr std::size_t kDesiredBytes = 60000;
  static constexpr std::size_t kReportedBytes = 8192;
};

/// A message with this body; the text outlives it.
TelemetryMessage telemetry_of(std::string_view body, Qos qos = Qos::kAtLeastOnce);

/// A desired change as its handler saw it.
struct SeenChange {
  std::string path;
  Json value;  ///< null where the property has gone.
  Json old_value;
  TwinVersion version = kNoVersion;
  DesiredCause cause = DesiredCause::kFirstState;
};

/// `ClientType` is SizedDeviceClient or SizedModuleClient.
template <class ClientType>
class Recorder {
 public:
  Recorder(Bench& bench, const std::string& connection_string, const SessionOptions& options)
      : transport(bench.new_transport()),
        client(bench.context(), transport, parsed(connection_string), options),
        bench_(bench) {
    client.on_connection([this](const ConnectionStatus& status) { states.push_back(status); });
    client.twin().on_flushed([this](const FlushOutcome& outcome) { flushes.push_back(outcome); });
    client.twin().on_error([this](const TwinError& error) { twin_errors.push_back(error); });
  }
  Recorder(Bench& bench, const std::string& connection_string)
      : Recorder(bench, connection_string, bench.options()) {}

  /// Has changes of `path` written down; `path` is a literal.
  void watch(std::string_view path) {
    REQUIRE(client.twin().on_desired(path, [this](const DesiredChange& change) {
      changes.push_back({std::string(change.path()), json_of(change.value()),
                         json_of(change.old_value()), change.version(), change.cause()});
    }));
  }

  void open() { REQUIRE(client.open()); }
  bool connected() const { return client.connection().state == ConnectionState::kConnected; }
  bool synchronised() { return connected() && client.twin().synchronised(); }

  /// Opens, and runs until the link stands.
  void connect() {
    open();
    REQUIRE(bench_.run_until([this] { return connected(); }));
  }
  /// Opens, and runs until the twin was read.
  void synchronise() {
    open();
    REQUIRE(bench_.run_until([this] { return synchronised(); }));
  }

  /// Whether the state was reached, for this reason.
  bool was(ConnectionState state, Error reason) const {
    for (const ConnectionStatus& status : states) {
      if (status.state == state && status.reason.error() == reason) {
        return true;
      }
    }
    return false;
  }

  /// The changes seen at a path.
  std::vector<SeenChange> seen(std::string_view path) const {
    std::vector<SeenChange> found;
    for (const SeenChange& change : changes) {
      if (change.path == path) {
        found.push_back(change);
      }
    }
    return found;
  }

  Transport& transport;
  ClientType client;
  std::vector<ConnectionStatus> states;
  std::vector<SeenChange> changes;
  std::vector<FlushOutcome> flushes;
  std::vector<TwinError> twin_errors;

 private:
  static Identity parsed(const std::string& connection_string) {
    const Result<Identity> identity = Identity::parse(connection_string);
    REQUIRE(identity.ok());
    return *identity;
  }

  Bench& bench_;
};

using Device = Recorder<SizedDeviceClient<RoomySizes>>;
using Module = Recorder<SizedModuleClient<RoomySizes>>;

}  // namespace hubtwin::conformance
