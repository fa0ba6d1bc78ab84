// SPDX-License-Identifier: MIT
// What must hold of a device, all the time and in the end.
#include "device.hpp"
#include "support/view_json.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace hubtwin::simulation {

using test::json_of;

// Whether the changed leaves of a change lead from the value before to the present one.
std::string Device::wrong_leaf(const DesiredChange& change, const std::optional<Json>& before,
                               const std::optional<Json>& after) const {
  const std::string place(change.path());
  const auto section_with = [&](const std::optional<Json>& value) {
    Json section = Json::object();
    if (value && place.empty()) {
      section = *value;
    } else if (value) {
      put_at(section, place, *value);
    }
    return section;
  };
  const Json old_section = section_with(before);
  Json section = old_section;
  std::vector<std::pair<std::string, Json>> added;
  for (const Change& leaf : change.changes()) {
    char room[128];
    const std::string path(leaf.path(Span<char>(room)).value());
    if (leaf.kind() != ChangeKind::kAdded) {
      if (value_at(old_section, path) != json_of(leaf.old_value())) {
        return "another leaf was at " + path;
      }
      erase_at(section, path);
    }
    if (leaf.kind() != ChangeKind::kRemoved) {
      added.emplace_back(path, json_of(leaf.new_value()));
    }
  }
  for (const auto& [path, value] : added) {
    put_at(section, path, value);
  }
  return without_empty_objects(section) == without_empty_objects(section_with(after))
             ? ""
             : "the changed leaves don't lead to the present value";
}

Json Device::truth() const {
  const Json& document = hub_.desired(identity_).document();
  if (capacities_.wanted.empty()) {
    return document;
  }
  Json part = Json::object();
  for (const std::string_view path : capacities_.wanted) {
    const std::string key(path);
    if (document.contains(key)) {
      part[key] = document[key];
    }
  }
  return part;
}

bool Device::fits(const Json& document) const {
  std::vector<std::uint64_t> arena(capacities_.desired / sizeof(std::uint64_t));
  PropertyTree tree(
      ByteSpan(reinterpret_cast<std::uint8_t*>(arena.data()), arena.size() * sizeof(std::uint64_t)),
      capacities_.keys);
  std::uint8_t scratch[1024];
  Patch patch;
  JsonReader reader{ByteSpan(scratch)};
  bool fits = patch.begin(tree, Patch::Mode::kReplace).ok();
  reader.begin(patch);
  const std::string text = document.dump();
  fits = fits && reader.feed(as_bytes(text)).ok() && reader.finish().ok() && patch.complete();
  patch.abort();
  return fits;
}

void Device::watch_version() {
  const TwinVersion version = client_->twin().desired_version();
  if (version == kNoVersion) {
    return;
  }
  if (version < newest_version_) {
    claim(may_return_, "desired went from version " + std::to_string(newest_version_) + " to " +
                           std::to_string(version));
    may_return_ = false;
    ++returns_;
  }
  newest_version_ = version;
}

std::string Device::broken_promise() {
  if (client_ != nullptr) {
    watch_version();
  }
  if (!broken_.empty() || client_ == nullptr) {
    return broken_;
  }
  Twin& twin = client_->twin();
  const TwinVersion version = twin.desired_version();
  // "In step" is a promise, too: whatever the client can know, it knows.
  if (!twin.synchronised() || !transport_.wire_intact() || !transport_.idle()) {
    return "";
  }
  const test::ModelSection& desired = hub_.desired(identity_);
  for (TwinVersion missed = version + 1; missed <= desired.version(); ++missed) {
    if (skipped_.count(missed) == 0) {
      return "in step at version " + std::to_string(version) + ", but version " +
             std::to_string(missed) + " was there to be had";
    }
  }
  if (version == desired.version() && version != compared_) {
    compared_ = version;
    const Json held = json_of(twin.desired());
    if (held != truth()) {
      return "in step, but desired is " + held.dump() + " instead of " + truth().dump();
    }
  }
  return "";
}

std::string Device::desired_difference() {
  Twin& twin = client_->twin();
  const test::ModelSection& desired = hub_.desired(identity_);
  if (tight() && !twin.synchronised() && last_error_.error() == Error::kNoSpace) {
    if (fits(truth())) {
      return "a document was refused that fits";
    }
    ++counts_.refused;
    return twin.desired().empty() ? "" : "a refused document has left something behind";
  }
  if (!twin.synchronised() || twin.desired_version() != desired.version()) {
    return "desired is at version " + std::to_string(twin.desired_version()) + " instead of " +
           std::to_string(desired.version()) + (twin.synchronised() ? "" : ", not in step");
  }
  const Json held = json_of(twin.desired());
  return held == truth() ? handler_difference(truth())
                         : "desired is " + held.dump() + " instead of " + truth().dump();
}

std::string Device::handler_difference(const Json& document) const {
  for (std::uint32_t watched = 0; watched < kWatchedCount; ++watched) {
    if (!watches(watched)) {
      continue;
    }
    const std::string path = kWatched[watched];
    const Json value = value_at(document, path);
    const std::optional<Json>& told = told_[watched].value;
    if (told ? *told != value : !value.is_discarded() && !(path.empty() && value.empty())) {
      return "the handler of '" + path + "' wasn't told " + value.dump();
    }
  }
  return "";
}

std::string Device::telemetry_difference() const {
  std::set<int> missing = owed_telemetry_;
  std::map<unsigned, int> newest;  // of each run: what is sent anew may go before what was kept
  for (const test::Telemetry& message : hub_.telemetry(identity_)) {
    const int number = std::stoi(message.body);
    const std::pair<std::string, std::string> id{"$.mid", message.body};
    if (std::count(message.properties.begin(), message.properties.end(), id) != 1) {
      return "telemetry " + message.body + " came without its message id";
    }
    int& newest_of_run = newest[telemetry_runs_.at(number)];
    if (missing.erase(number) != 0 && number < newest_of_run) {
      return "telemetry " + message.body + " was overtaken";
    }
    newest_of_run = std::max(newest_of_run, number);
  }
  return missing.empty() ? "" : "telemetry " + std::to_string(*missing.begin()) + " is lost";
}

std::string Device::difference() {
  if (client_ == nullptr) {
    return "";
  }
  if (client_->connection().state != ConnectionState::kConnected) {
    return std::string("the client is ") + to_string(client_->connection().state);
  }
  if (!flushes_.empty()) {
    return "a flush hasn't completed";
  }
  if (!sent_.empty()) {
    return "telemetry hasn't left";
  }
  if (!owed_messages_.empty() || hub_.messages_waiting(identity_) != 0) {
    return "a message from the hub hasn't been taken";
  }
  std::string difference = desired_difference();
  if (difference.empty()) {
    difference = telemetry_difference();
  }
  if (difference.empty()) {
    difference = storage_difference();
  }
  return difference.empty() ? claims_.difference(inherited_, hub_.reported(identity_).document())
                            : difference;
}

}  // namespace hubtwin::simulation
