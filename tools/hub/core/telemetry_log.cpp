// SPDX-License-Identifier: MIT
#include "tools/hub/core/telemetry_log.hpp"

#include <utility>

namespace hubtwin::hub {

void TelemetryLog::add(TelemetryEvent event) {
  event.sequence = ++last_sequence_;
  bytes_ += event.payload.size();
  events_.push_back(std::move(event));
  while (events_.size() > 1 && (events_.size() > max_messages_ || bytes_ > max_bytes_)) {
    bytes_ -= events_.front().payload.size();
    events_.pop_front();
  }
}

std::vector<TelemetryEvent> TelemetryLog::after(std::uint64_t sequence, std::size_t max,
                                                const std::optional<IdentityId>& from) const {
  std::vector<TelemetryEvent> found;
  for (const TelemetryEvent& event : events_) {
    if (found.size() == max) {
      break;
    }
    if (event.sequence > sequence && (!from || event.from == *from)) {
      found.push_back(event);
    }
  }
  return found;
}

}  // namespace hubtwin::hub
