// SPDX-License-Identifier: MIT
#include "sensor.hpp"

#include <hubtwin/port/log.hpp>
#include <hubtwin/twin/json_writer.hpp>

#include <cstring>
#include <utility>

namespace agriculture {
namespace {

// What a firmware update goes through, as the back end watches it.
constexpr const char* kUpdateStages[] = {"downloading", "applying"};
constexpr std::size_t kUpdateStageCount = sizeof(kUpdateStages) / sizeof(kUpdateStages[0]);
constexpr hubtwin::Duration kStageTime = std::chrono::seconds(1);

}  // namespace

SoilSensor::SoilSensor(hubtwin::DeviceClient& device, Probe& probe)
    : device_(device), probe_(probe), schedule_(device.twin(), [this](std::string_view frequency) {
        HUBTWIN_LOG(kInfo, log(), device_.name(), "sends telemetry every ", frequency);
      }) {
  // Handlers stand before the first packet can come. What they refer to outlives the client's use.
  note(device_.twin().on_desired(
      "firmware.fwVersion",
      [this](const hubtwin::DesiredChange& change) { start_firmware_update(change); }));
  note(device_.on_method("measureNow", [this](hubtwin::MethodCall call) { answer(call); }));
  report("health.status", "good");
  report("firmware.currentFwVersion", version_);
  report("firmware.fwUpdateStatus", "current");
}

void SoilSensor::start_firmware_update(const hubtwin::DesiredChange& change) {
  const auto version = change.value().as_string();
  if (!version.ok() || *version == version_) {
    return;
  }
  if (version->size() > kMaxVersion) {
    report("firmware.fwUpdateStatus", "error: fwVersion is too long");
    return;
  }
  pending_version_[version->copy(pending_version_, kMaxVersion)] = '\0';
  update_stage_ = 0;
  next_stage_at_ = hubtwin::kAtOnce;
}

void SoilSensor::advance_firmware_update(hubtwin::MonotonicTime now) {
  if (update_stage_ < kUpdateStageCount) {
    report("firmware.fwUpdateStatus", kUpdateStages[update_stage_++]);
    next_stage_at_ = now + kStageTime;
  } else {
    std::memcpy(version_, pending_version_, sizeof version_);
    HUBTWIN_LOG(kInfo, log(), device_.name(), "runs firmware ", version_);
    report("firmware.currentFwVersion", version_);
    report("firmware.fwUpdateStatus", "current");
    next_stage_at_ = hubtwin::kNever;
  }
  device_.twin().flush();  // each stage is worth seeing
}

void SoilSensor::run(hubtwin::MonotonicTime now) {
  if (now >= next_stage_at_) {
    advance_firmware_update(now);
  }
  if (schedule_.due(now)) {
    send_reading();
  }
}

hubtwin::MonotonicTime SoilSensor::next_deadline() const {
  return hubtwin::earlier(next_stage_at_, schedule_.next());
}

std::string_view SoilSensor::to_json(const Reading& reading) {
  hubtwin::JsonWriter writer{hubtwin::Span<char>(json_)};
  writer.begin_object();
  writer.member("moisture", reading.moisture);
  writer.member("temperature", reading.temperature);
  writer.end_object();
  note(writer.status());
  return writer.text();
}

void SoilSensor::send_reading() {
  const Reading reading = probe_.measure();
  report("soil.moisture", reading.moisture);
  report("soil.temperature", reading.temperature);
  report("health.readings", ++readings_);
  hubtwin::TelemetryMessage message;
  message.payload = hubtwin::as_bytes(to_json(reading));
  message.content_type = "application/json";
  message.content_encoding = "utf-8";
  if (const auto ticket = device_.send(message); !ticket.ok()) {
    // The outbox is full, e.g. after hours without a link: the newest reading is the one to lose.
    HUBTWIN_LOG(kWarning, log(), device_.name(), "telemetry not sent: ", to_string(ticket.error()));
  }
}

void SoilSensor::answer(hubtwin::MethodCall& call) {
  // A call that can't be answered now has lost its caller, or memory is short: it may call again.
  static_cast<void>(call.reply(200, to_json(probe_.measure())));
}

void SoilSensor::report(std::string_view path, const hubtwin::PropertyValue& value) {
  note(device_.twin().report(path, value).status());
}

void SoilSensor::note(hubtwin::Status status) {
  if (status_.ok()) {
    status_ = status;
  }
}

}  // namespace agriculture
