// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The machine itself: the device whose twin says how often it reports and which firmware it runs.

#include "examples/common/telemetry_schedule.hpp"
#include <hubtwin/device_client.hpp>

#include <string>

namespace vending {

/// A vending machine on a device identity. Its twin, as the back end sees it:
///
///     desired   telemetryConfig.sendFrequency, firmware.fwVersion
///     reported  telemetryConfig {sendFrequency, status}, connectivity.type, batteryLevel,
///               firmware {currentFwVersion, pendingFwVersion, fwUpdateStatus}
class VendingMachine {
 public:
  /// \param[in] device  Not yet opened; outlives the machine.
  explicit VendingMachine(hubtwin::DeviceClient& device);

  /// Does what is due: telemetry, the next stage of a firmware update.
  void run(hubtwin::MonotonicTime now);
  /// When run() has something to do.
  hubtwin::MonotonicTime next_deadline() const;

 private:
  void start_firmware_update(const hubtwin::DesiredChange& change);
  void advance_firmware_update(hubtwin::MonotonicTime now);
  void send_telemetry();
  void report(std::string_view path, const hubtwin::PropertyValue& value);

  hubtwin::DeviceClient& device_;
  example::TelemetrySchedule schedule_;
  std::string firmware_version_ = "1.0.0";
  std::string pending_version_;
  std::size_t update_stage_ = 0;
  hubtwin::MonotonicTime next_stage_at_ = hubtwin::kNever;
  int battery_level_ = 55;
};

}  // namespace vending
