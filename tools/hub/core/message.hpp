// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Messages that pass through the hub.

#include "tools/hub/core/identity_id.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace hubtwin::hub {

using TimePoint = std::chrono::system_clock::time_point;

/// A message for a device, or for a module's input. The payload is opaque bytes. Absent members
/// don't appear in the topic; keys of `properties` must not begin with "$." and are percent-encoded
/// on the way.
struct DownstreamMessage {
  std::string payload;
  std::optional<std::string> message_id;
  std::optional<std::string> correlation_id;
  std::optional<std::string> user_id;
  std::optional<std::string> content_type;
  std::optional<std::string> content_encoding;
  std::optional<std::string> ack;  ///< none, positive, negative or full; carried, no feedback given
  std::optional<TimePoint> expiry;  ///< at most two days ahead; one hour when absent
  std::map<std::string, std::string> properties;
};

/// One telemetry message as it reached the hub.
struct TelemetryEvent {
  std::uint64_t sequence;  ///< 1, 2, 3... over all identities since the hub started
  TimePoint enqueued;
  IdentityId from;
  std::string payload;
  int qos;
  /// Decoded property bag. System properties keep their wire name ("$.mid", "$.on"); the hub adds
  /// "mqtt-retain", "mqtt-dup" and "iothub-MessageType" where they apply.
  std::map<std::string, std::string> properties;
};

}  // namespace hubtwin::hub
