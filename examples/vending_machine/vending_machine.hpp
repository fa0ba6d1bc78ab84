// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The machine itself: the device whose twin says how often it reports and which firmware it runs.

#include "console.hpp"
#include "examples/common/telemetry_schedule.hpp"
#include <hubtwin/device_client.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vending {

/// A vending machine on a device identity. Its twin, as the back end sees it:
///
///     desired   telemetryConfig.sendFrequency, firmware.fwVersion
///     reported  telemetryConfig {sendFrequency, status}, connectivity.type, batteryLevel,
///               firmware {currentFwVersion, pendingFwVersion, fwUpdateStatus}
class VendingMachine {
 public:
  /// \param[in] device  Not yet opened. Both outlive the machine.
  VendingMachine(hubtwin::DeviceClient& device, Console& console);

  /// Does what is due: telemetry, the next stage of a firmware update.
  void run(hubtwin::MonotonicTime now);
  /// When run() has something to do.
  hubtwin::MonotonicTime next_deadline() const;

 private:
  static constexpr std::size_t kMaxVersion = 31;

  void start_firmware_update(const hubtwin::DesiredChange& change);
  void advance_firmware_update(hubtwin::MonotonicTime now);
  void send_telemetry();
  void report(std::string_view path, const hubtwin::PropertyValue& value);

  hubtwin::DeviceClient& device_;
  Console& console_;
  example::TelemetrySchedule schedule_;
  char firmware_version_[kMaxVersion + 1] = "1.0.0";
  char pending_version_[kMaxVersion + 1] = "";
  std::size_t update_stage_ = 0;
  hubtwin::MonotonicTime next_stage_at_ = hubtwin::kNever;
  std::int32_t battery_level_ = 55;
};

}  // namespace vending
