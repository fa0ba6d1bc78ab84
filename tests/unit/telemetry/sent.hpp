// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What tests of telemetry send by, and what they are told.

#include "unit/subject_world.hpp"
#include <hubtwin/bytes.hpp>
#include <hubtwin/telemetry.hpp>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace hubtwin::test {

inline TelemetryMessage message_of(std::string_view payload) {
  TelemetryMessage message;
  message.payload = as_bytes(payload);
  return message;
}

/// Keeps what on_sent() is told.
struct Sent {
  explicit Sent(SubjectWorld& client) {
    client.telemetry.on_sent([this](std::uint32_t ticket, Status outcome) {
      outcomes.emplace_back(ticket, outcome.error());
    });
  }
  std::vector<std::pair<std::uint32_t, Error>> outcomes;
};

}  // namespace hubtwin::test
