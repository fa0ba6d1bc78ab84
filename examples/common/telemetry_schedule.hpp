// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Telemetry as often as the back end wants it.

#include <hubtwin/function.hpp>
#include <hubtwin/time.hpp>
#include <hubtwin/twin/twin.hpp>

#include <string_view>

namespace example {

/// When a device is to send telemetry. Its twin, as the back end sees it:
///
///     desired   telemetryConfig.sendFrequency: "30s", "5m", "1h"; from 1s to 24h
///     reported  telemetryConfig {sendFrequency, status}
///
/// A frequency that makes no sense is refused with the reason as the status; that one, and one that
/// is removed, leave the schedule as it was. Until the first one comes it is five minutes.
class TelemetrySchedule {
 public:
  /// Called when a frequency was taken, with its text; lives as long as the schedule.
  using Taken = hubtwin::Function<void(std::string_view)>;

  /// \param[in] twin  Of a client that isn't opened yet; its use ends before this does.
  TelemetrySchedule(hubtwin::Twin& twin, const Taken& taken);
  // The twin's handler refers to it.
  TelemetrySchedule(const TelemetrySchedule&) = delete;
  TelemetrySchedule& operator=(const TelemetrySchedule&) = delete;

  /// What a call refused that can't fail with capacities that are large enough.
  hubtwin::Status status() const { return status_; }

  /// Whether it is time to send; the next time is then counted from now.
  bool due(hubtwin::MonotonicTime now);
  /// When due() will be true.
  hubtwin::MonotonicTime next() const { return next_; }

 private:
  void obey(const hubtwin::DesiredChange& change);
  void report(std::string_view path, std::string_view value);

  hubtwin::Twin& twin_;
  Taken taken_;
  hubtwin::Status status_;
  hubtwin::Duration interval_ = std::chrono::minutes(5);
  hubtwin::MonotonicTime last_{};
  hubtwin::MonotonicTime next_ = hubtwin::kAtOnce;
};

}  // namespace example
