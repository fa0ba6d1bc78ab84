// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A soil sensor: its logic, which knows no board.

#include "examples/common/telemetry_schedule.hpp"
#include <hubtwin/device_client.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace agriculture {

/// What the soil is like, in whole numbers: an image without floating point is smaller by 12 KB.
struct Reading {
  std::int32_t moisture;     ///< In tenths of a percent of the volume.
  std::int32_t temperature;  ///< In tenths of a degree Celsius.
};

/// Measures.
class Probe {
 public:
  virtual Reading measure() = 0;

 protected:
  ~Probe() = default;
};

/// A sensor on a device identity. Its twin, as the back end sees it:
///
///     desired   telemetryConfig.sendFrequency, firmware.fwVersion
///     reported  telemetryConfig {sendFrequency, status}, soil {moisture, temperature},
///               health {status, readings}, firmware {currentFwVersion, fwUpdateStatus}
///
/// and the direct method measureNow, which answers a fresh reading.
class SoilSensor {
 public:
  /// \param[in] device  Not yet opened. Both outlive this.
  SoilSensor(hubtwin::DeviceClient& device, Probe& probe);

  /// What a call refused that can't fail with capacities that are large enough.
  hubtwin::Status status() const { return status_.ok() ? schedule_.status() : status_; }

  /// Does what is due: a reading, the next stage of a firmware update.
  void run(hubtwin::MonotonicTime now);
  /// When run() has something to do.
  hubtwin::MonotonicTime next_deadline() const;

 private:
  static constexpr std::size_t kMaxVersion = 31;

  void start_firmware_update(const hubtwin::DesiredChange& change);
  void advance_firmware_update(hubtwin::MonotonicTime now);
  void send_reading();
  std::string_view to_json(const Reading& reading);
  void answer(hubtwin::MethodCall& call);
  void report(std::string_view path, const hubtwin::PropertyValue& value);
  void note(hubtwin::Status status);
  hubtwin::Log* log() { return device_.session().context().log(); }

  hubtwin::DeviceClient& device_;
  Probe& probe_;
  example::TelemetrySchedule schedule_;
  hubtwin::Status status_;
  hubtwin::MonotonicTime next_stage_at_ = hubtwin::kNever;
  std::uint32_t readings_ = 0;
  std::size_t update_stage_ = 0;
  char version_[kMaxVersion + 1] = "1.0.0";
  char pending_version_[kMaxVersion + 1] = "";
  char json_[80];
};

}  // namespace agriculture
