// SPDX-License-Identifier: MIT
// What a device has over power cuts, and what must be there when power comes back.
#include "device.hpp"
#include "support/view_json.hpp"

#include <utility>

namespace hubtwin::simulation {

using test::json_of;

// The client was made, and isn't open. A log of its own is opened anew with it.
void Device::begin_with_storage() {
  restore_owed_ = false;
  if (!next_storage_.has_value()) {
    return;
  }
  if (storehouse_ == nullptr) {
    storehouse_ = program_log_;
  }
  if (storehouse_ == nullptr) {
    own_log_ = std::make_unique<Storehouse>(world_.random.next64(), 4);
    storehouse_ = own_log_.get();
  }
  if (own_log_ != nullptr) {
    claim(own_log_->power_on().ok(), "the log doesn't open");
  }
  stores_ = std::make_unique<Stores>(*client_, *storehouse_, who_, *next_storage_);
  owed_telemetry_ = kept_.messages();
  std::set<int> missing_at_hub = owed_telemetry_;
  for (const test::Telemetry& message : hub_.telemetry(identity_)) {
    missing_at_hub.erase(std::stoi(message.body));
  }
  counts_.kept_messages += missing_at_hub.size();
  may_return_ = epoch_ != 0;  // to a version before the stored one
  restore_owed_ = true;
  const Json record = stores_->reported_record();
  counts_.kept_values += record.size();
  journal_.note([&] { return identity_ + " finds reported values stored: " + record.dump(); });
  const std::string missing = kept_.restart(hub_.reported(identity_).document(), record,
                                            transport_.next_arrival_at_peer() != kNever);
  claim(missing.empty(), missing);
  for (const auto& [path, value] : record.items()) {
    const Json before = claims_.wanted();
    if (value.is_null()) {
      claims_.remove(path, kNothingToFlush);
    } else {
      claims_.set(path, value, kNothingToFlush);
    }
    known_to_hub_.claimed(path, before, claims_.wanted());
  }
}

// As a program does before it reports anything. Another client may be reading a document.
void Device::restore() {
  if (!restore_owed_ || !storehouse_->powered()) {
    return;
  }
  const Status status = stores_->reported().restore();
  restore_owed_ = status.error() == Error::kBackPressure;
  claim(status.ok() || restore_owed_,
        std::string("stored values can't be staged again: ") + to_string(status.error()));
}

// In the first two polls, before any network; where no other client reads a document.
void Device::begin_with_stored_section() {
  if (kept_.desired_stored() && world_.context.document_free_at() <= world_.clock.now()) {
    client_->poll();
    client_->poll();
    expect_stored_section();
  }
}

void Device::expect_stored_section() {
  if (stores_ == nullptr || !kept_.desired_stored()) {
    return;
  }
  const Json section = json_of(client_->twin().desired());
  const std::string wrong = kept_.desired_difference(client_->twin().desired_version(), section);
  claim(wrong.empty(), wrong);
  const std::string not_told = handler_difference(section);
  claim(not_told.empty(), "before any network, " + not_told);
  ++counts_.kept_sections;
}

void Device::look_after_storage() {
  if (stores_ == nullptr) {
    return;
  }
  restore();
  const TwinVersion version = client_->twin().desired_version();
  // An identity made anew has had other sections at the same versions: a store can tell them apart
  // once the client is in step.
  const bool stored =
      !stores_->desired().pending() && (epoch_ == 0 || client_->twin().synchronised());
  if (version != kNoVersion && (epoch_ != 0 || !kept_.knows_desired(version, stored))) {
    kept_.desired_is(version, json_of(client_->twin().desired()), stored);
  }
  if (!stores_->reported().pending()) {
    kept_.reported_stored();
  }
  // The kept ones are a part of the others, and there is no time to compare them in each poll.
  if (!stores_->messages().pending() && kept_.messages().size() != owed_telemetry_.size()) {
    kept_.messages_stored(owed_telemetry_);
  }
  if (own_log_ != nullptr && !own_log_->powered()) {
    journal_.note([&] { return identity_ + ": power fails, and comes back"; });
    ++counts_.power_cuts;
    power_on();
    begin_with_stored_section();
  }
}

std::string Device::storage_difference() const {
  if (stores_ == nullptr) {
    return "";
  }
  if (stores_->pending()) {
    return "not all is stored";
  }
  // The desired section, if there ever was one, and nothing that the hub has acknowledged.
  const std::size_t records = stores_->records();
  return records <= 1 ? "" : std::to_string(records) + " records remain";
}

}  // namespace hubtwin::simulation
