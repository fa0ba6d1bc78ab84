// SPDX-License-Identifier: MIT
#include "telemetry_schedule.hpp"

#include "send_frequency.hpp"

namespace example {

TelemetrySchedule::TelemetrySchedule(hubtwin::Twin& twin, const Taken& taken)
    : twin_(twin), taken_(taken) {
  status_ = twin_.on_desired("telemetryConfig.sendFrequency",
                             [this](const hubtwin::DesiredChange& change) { obey(change); });
}

void TelemetrySchedule::obey(const hubtwin::DesiredChange& change) {
  if (change.gone()) {
    return;  // keeps the last one
  }
  // The answer has the form that back ends know: the value taken, and a status beside it.
  const auto text = change.value().as_string();
  const auto wanted = text.ok() ? parse_send_frequency(*text) : std::nullopt;
  if (!wanted) {
    report("telemetryConfig.status", "error: sendFrequency is not a time such as 30s, 5m or 1h");
    return;
  }
  if (*wanted < kShortestInterval || *wanted > kLongestInterval) {
    report("telemetryConfig.status", "error: sendFrequency must be between 1s and 24h");
    return;
  }
  interval_ = *wanted;
  if (next_ != hubtwin::kAtOnce) {  // else the first telemetry is still to be sent, at once
    next_ = last_ + interval_;
  }
  taken_(*text);
  report("telemetryConfig.sendFrequency", *text);
  report("telemetryConfig.status", "success");
}

bool TelemetrySchedule::due(hubtwin::MonotonicTime now) {
  if (now < next_) {
    return false;
  }
  last_ = now;
  next_ = now + interval_;
  return true;
}

void TelemetrySchedule::report(std::string_view path, std::string_view value) {
  if (const hubtwin::Status reported = twin_.report(path, value).status(); status_.ok()) {
    status_ = reported;
  }
}

}  // namespace example
