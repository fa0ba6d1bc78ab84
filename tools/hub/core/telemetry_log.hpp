// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The telemetry that reached the hub lately, for watchers.

#include "tools/hub/core/message.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace hubtwin::hub {

/// A ring, bounded in messages and in payload bytes. The newest message is always kept.
class TelemetryLog {
 public:
  TelemetryLog(std::size_t max_messages, std::size_t max_bytes)
      : max_messages_(max_messages), max_bytes_(max_bytes) {}

  /// Numbers the event and keeps it.
  void add(TelemetryEvent event);

  /// Events after `sequence`, oldest first, at most `max`, of one identity if given.
  std::vector<TelemetryEvent> after(std::uint64_t sequence, std::size_t max,
                                    const std::optional<IdentityId>& from) const;

  std::uint64_t last_sequence() const { return last_sequence_; }

 private:
  std::size_t max_messages_;
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::deque<TelemetryEvent> events_;
};

}  // namespace hubtwin::hub
