// SPDX-License-Identifier: MIT
#include "vending_machine.hpp"

#include <hubtwin/twin/json_writer.hpp>

#include <cstring>

namespace vending {
namespace {

// What a firmware update goes through, as the back end watches it.
constexpr const char* kUpdateStages[] = {"downloading", "verifying", "applying", "rebooting"};
constexpr std::size_t kUpdateStageCount = sizeof(kUpdateStages) / sizeof(kUpdateStages[0]);
constexpr hubtwin::Duration kStageTime = std::chrono::seconds(1);

}  // namespace

VendingMachine::VendingMachine(hubtwin::DeviceClient& device, Console& console)
    : device_(device),
      console_(console),
      schedule_(device.twin(), [this](std::string_view frequency) {
        say(console_, device_.name(), {"sends telemetry every ", frequency});
      }) {
  // Handlers stand before the first packet can come. What they refer to outlives the client's use.
  must(device_.twin().on_desired(
      "firmware.fwVersion",
      [this](const hubtwin::DesiredChange& change) { start_firmware_update(change); }));
  device_.on_message([this](const hubtwin::Message& message) {
    say(console_, device_.name(), {"message: ", hubtwin::as_text(message.payload())});
  });
  device_.on_connection(
      [this](const hubtwin::ConnectionStatus& status) { say(console_, device_.name(), status); });

  report("connectivity.type", "cellular");
  report("batteryLevel", battery_level_);
  report("firmware.currentFwVersion", firmware_version_);
  report("firmware.fwUpdateStatus", "current");
}

void VendingMachine::start_firmware_update(const hubtwin::DesiredChange& change) {
  const auto version = change.value().as_string();
  if (!version.ok() || *version == firmware_version_) {
    return;
  }
  if (version->size() > kMaxVersion) {
    report("firmware.fwUpdateStatus", "error: fwVersion is too long");
    return;
  }
  pending_version_[version->copy(pending_version_, kMaxVersion)] = '\0';
  update_stage_ = 0;
  next_stage_at_ = hubtwin::kAtOnce;
  report("firmware.pendingFwVersion", pending_version_);
}

void VendingMachine::advance_firmware_update(hubtwin::MonotonicTime now) {
  if (update_stage_ < kUpdateStageCount) {
    const char* const stage = kUpdateStages[update_stage_++];
    say(console_, device_.name(), {"firmware ", pending_version_, ": ", stage});
    report("firmware.fwUpdateStatus", stage);
    next_stage_at_ = now + kStageTime;
  } else {
    std::memcpy(firmware_version_, pending_version_, sizeof firmware_version_);
    say(console_, device_.name(), {"runs firmware ", firmware_version_});
    report("firmware.currentFwVersion", firmware_version_);
    report("firmware.fwUpdateStatus", "current");
    must(device_.twin().report_removal("firmware.pendingFwVersion").status());
    next_stage_at_ = hubtwin::kNever;
  }
  device_.twin().flush();  // each stage is worth seeing
}

void VendingMachine::run(hubtwin::MonotonicTime now) {
  if (now >= next_stage_at_) {
    advance_firmware_update(now);
  }
  must(schedule_.status());
  if (schedule_.due(now)) {
    send_telemetry();
  }
}

hubtwin::MonotonicTime VendingMachine::next_deadline() const {
  return hubtwin::earlier(next_stage_at_, schedule_.next());
}

void VendingMachine::send_telemetry() {
  char room[40];
  hubtwin::JsonWriter body{hubtwin::Span<char>(room)};
  body.begin_object();
  body.member("batteryLevel", battery_level_);
  body.end_object();
  must(body.status());
  hubtwin::TelemetryMessage message;
  message.payload = hubtwin::as_bytes(body.text());
  message.content_type = "application/json";
  message.content_encoding = "utf-8";
  message.qos = hubtwin::Qos::kAtLeastOnce;
  const auto ticket = device_.send(message);
  if (!ticket.ok()) {
    // The outbox is full, e.g. after hours without a link: the newest reading is the one to lose.
    say(console_, device_.name(), {"telemetry not sent: ", to_string(ticket.error())});
  }
}

void VendingMachine::report(std::string_view path, const hubtwin::PropertyValue& value) {
  must(device_.twin().report(path, value).status());
}

}  // namespace vending
