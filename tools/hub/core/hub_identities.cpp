// SPDX-License-Identifier: MIT
// The hub's service side: the identity registry.

#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/etag.hpp"
#include "tools/hub/core/hub_state.hpp"

#include <algorithm>
#include <utility>

namespace hubtwin::hub {
namespace {

constexpr std::size_t kMaxBulkEntries = 100;

Json view(const Entry& entry) {
  return entry.identity.view(entry.session.connected(), entry.messages.pending());
}

/// Modules of a device, or all entries: calls `use` with each.
template <typename Entries, typename Use>
void for_each_module(Entries& entries, const std::string& device, Use use) {
  for (auto it = entries.upper_bound(IdentityId{device, {}});
       it != entries.end() && it->first.device == device; ++it) {
    use(it->second);
  }
}

std::optional<std::string> text_member(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) {
    return std::nullopt;
  }
  return found->get<std::string>();
}

}  // namespace

Result<Json> Hub::put_identity(const IdentityId& id, const Json& body,
                               const std::optional<std::string>& if_match) {
  HubState& state = *state_;
  if (!is_valid_id(id.device) || (id.is_module() && !is_valid_id(id.module))) {
    return errors::argument_invalid(
        "an id has 1 to 128 ASCII letters, digits and -.+%_#*?!(),:=@$'");
  }
  if (id.is_module() && state.find(IdentityId{id.device, {}}) == nullptr) {
    return errors::device_not_found(id.device);
  }
  Entry* const present = state.find(id);
  const TimePoint now = state.clock.now();

  if (!if_match) {
    if (present != nullptr) {
      return id.is_module() ? errors::module_exists(id.client_id())
                            : errors::device_exists(id.device);
    }
    std::size_t modules = 0;
    for_each_module(state.entries, id.device, [&modules](const Entry&) { ++modules; });
    if (id.is_module() && modules >= state.options.max_modules_per_device) {
      return errors::too_many_modules(id.device);
    }
    auto identity = Identity::create(id, now).updated(body, now);
    if (!identity) {
      return identity.error();
    }
    Entry entry{std::move(identity).value(), Twin(now), {}, {}};
    Store::Transaction transaction(state.store);
    state.save_identity(entry.identity);
    state.save_twin(id, entry.twin);
    transaction.commit();
    state.say(LogLevel::kInfo, id.client_id() + ": registered");
    return view(state.entries.emplace(id, std::move(entry)).first->second);
  }

  if (present == nullptr) {
    return state.not_found(id);
  }
  if (const auto error = check_if_match(if_match, present->identity.etag)) {
    return *error;
  }
  auto identity = present->identity.updated(body, now);
  if (!identity) {
    return identity.error();
  }
  state.save_identity(identity.value());
  present->identity = std::move(identity).value();
  state.say(LogLevel::kInfo, id.client_id() + ": registration changed");
  if (!present->identity.enabled) {
    state.close(*present, "the device is disabled");
    for_each_module(state.entries, id.device,
                    [&state](Entry& module) { state.close(module, "the device is disabled"); });
  }
  return view(*present);
}

Result<Json> Hub::get_identity(const IdentityId& id) const {
  const Entry* const entry = state_->find(id);
  if (entry == nullptr) {
    return state_->not_found(id);
  }
  return view(*entry);
}

Result<Done> Hub::remove_identity(const IdentityId& id,
                                  const std::optional<std::string>& if_match) {
  HubState& state = *state_;
  Entry* const entry = state.find(id);
  if (entry == nullptr) {
    return state.not_found(id);
  }
  if (const auto error = check_if_match(if_match, entry->identity.etag)) {
    return *error;
  }
  std::vector<IdentityId> doomed{id};
  if (!id.is_module()) {
    for_each_module(state.entries, id.device,
                    [&doomed](const Entry& module) { doomed.push_back(module.identity.id); });
  }
  Store::Transaction transaction(state.store);
  for (const IdentityId& each : doomed) {
    const std::string owner = each.client_id();
    for (const auto table : {Store::Table::kIdentity, Store::Table::kTwin, Store::Table::kMessage,
                             Store::Table::kSession}) {
      state.store.remove_all(table, owner);
    }
  }
  transaction.commit();
  for (const IdentityId& each : doomed) {
    state.close(*state.find(each), "the identity is removed");
    state.methods.fail(each, state.not_found(each));
    state.resuming.erase(each);
    state.entries.erase(each);
    state.say(LogLevel::kInfo, each.client_id() + ": removed");
  }
  return Done{};
}

Json Hub::list_devices(std::size_t max) const {
  Json devices = Json::array();
  for (const auto& [id, entry] : state_->entries) {
    if (devices.size() == max) {
      break;
    }
    if (!id.is_module()) {
      devices.push_back(view(entry));
    }
  }
  return devices;
}

Result<Json> Hub::list_modules(const std::string& device) const {
  if (state_->find(IdentityId{device, {}}) == nullptr) {
    return errors::device_not_found(device);
  }
  Json modules = Json::array();
  for_each_module(state_->entries, device,
                  [&modules](const Entry& entry) { modules.push_back(view(entry)); });
  return modules;
}

Result<Json> Hub::bulk_identities(const Json& body) {
  if (!body.is_array() || body.empty() || body.size() > kMaxBulkEntries) {
    return errors::argument_invalid("the body isn't an array of 1 to 100 entries");
  }
  Json failures = Json::array();
  for (const Json& item : body) {
    const IdentityId id{text_member(item, "id").value_or(""),
                        text_member(item, "moduleId").value_or("")};
    if (const auto error = bulk_entry(id, item)) {
      Json failure = {{"deviceId", id.device}};
      if (id.is_module()) {
        failure["moduleId"] = id.module;
      }
      failure["errorCode"] = error->code;
      failure["errorStatus"] = error->name + ": " + error->message;
      failures.push_back(std::move(failure));
    }
  }
  return Json{{"isSuccessful", failures.empty()},
              {"errors", std::move(failures)},
              {"warnings", Json::array()}};
}

std::optional<ServiceError> Hub::bulk_entry(const IdentityId& id, const Json& item) {
  if (id.device.empty()) {
    return errors::argument_invalid("an entry lacks id");
  }
  const std::string mode = text_member(item, "importMode").value_or("create");
  const std::string etag = text_member(item, "eTag").value_or("");
  const auto is = [&mode](const char* name) { return equal_ignoring_case(mode, name); };
  const auto put = [&](const std::optional<std::string>& if_match) -> std::optional<ServiceError> {
    const auto result = put_identity(id, item, if_match);
    return result ? std::nullopt : std::optional<ServiceError>(result.error());
  };
  const auto remove = [&](const std::string& if_match) -> std::optional<ServiceError> {
    const auto result = remove_identity(id, if_match);
    return result ? std::nullopt : std::optional<ServiceError>(result.error());
  };
  if (is("create")) {
    return put(std::nullopt);
  }
  if (is("update")) {
    return put("*");
  }
  if (is("updateIfMatchETag")) {
    return put(etag);
  }
  if (is("delete")) {
    return remove("*");
  }
  if (is("deleteIfMatchETag")) {
    return remove(etag);
  }
  return errors::argument_invalid("importMode isn't one that this hub knows");
}

Json Hub::device_statistics() const {
  std::size_t enabled = 0;
  std::size_t disabled = 0;
  for (const auto& [id, entry] : state_->entries) {
    if (!id.is_module()) {
      ++(entry.identity.enabled ? enabled : disabled);
    }
  }
  return {{"totalDeviceCount", enabled + disabled},
          {"enabledDeviceCount", enabled},
          {"disabledDeviceCount", disabled}};
}

Json Hub::service_statistics() const {
  const auto connected = std::count_if(
      state_->entries.begin(), state_->entries.end(),
      [](const auto& each) { return !each.first.is_module() && each.second.session.connected(); });
  return {{"connectedDeviceCount", connected}};
}

}  // namespace hubtwin::hub
