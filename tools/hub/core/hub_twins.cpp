// SPDX-License-Identifier: MIT
// The hub's service side: twins and queries.

#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/etag.hpp"
#include "tools/hub/core/hub_state.hpp"
#include "tools/hub/core/query.hpp"

#include <utility>

namespace hubtwin::hub {
namespace {

Json null_if_empty(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

/// A twin in the shape of the REST reference.
Json twin_view(const Entry& entry) {
  const Identity& identity = entry.identity;
  const Twin& twin = entry.twin;
  Json view = {{"deviceId", identity.id.device}};
  if (identity.id.is_module()) {
    view["moduleId"] = identity.id.module;
  }
  view["etag"] = twin.etag();
  view["deviceEtag"] = identity.etag;
  view["status"] = identity.enabled ? "enabled" : "disabled";
  view["statusReason"] = null_if_empty(identity.status_reason);
  view["statusUpdateTime"] = identity.status_updated;
  view["connectionState"] = entry.session.connected() ? "Connected" : "Disconnected";
  view["lastActivityTime"] = identity.last_activity;
  view["cloudToDeviceMessageCount"] = entry.messages.pending();
  view["authenticationType"] = identity.authentication_name();
  view["x509Thumbprint"] = {{"primaryThumbprint", null_if_empty(identity.primary_thumbprint)},
                            {"secondaryThumbprint", null_if_empty(identity.secondary_thumbprint)}};
  view["modelId"] = identity.model_id;
  view["version"] = twin.version();
  view["tags"] = twin.tags();
  view["properties"] = {{"desired", twin.desired().service_view()},
                        {"reported", twin.reported().service_view()}};
  if (!identity.id.is_module()) {
    view["capabilities"] = {{"iotEdge", identity.iot_edge}};
  }
  return view;
}

}  // namespace

Result<Json> Hub::get_twin(const IdentityId& id) const {
  const Entry* const entry = state_->find(id);
  if (entry == nullptr) {
    return state_->not_found(id);
  }
  return twin_view(*entry);
}

Result<Json> Hub::patch_twin(const IdentityId& id, const Json& body,
                             const std::optional<std::string>& if_match) {
  return state_->write_twin(id, body, if_match, &Twin::patch);
}

Result<Json> Hub::replace_twin(const IdentityId& id, const Json& body,
                               const std::optional<std::string>& if_match) {
  return state_->write_twin(id, body, if_match, &Twin::replace);
}

Result<Json> HubState::write_twin(const IdentityId& id, const Json& body,
                                  const std::optional<std::string>& if_match, TwinWrite write) {
  Entry* const entry = find(id);
  if (entry == nullptr) {
    return not_found(id);
  }
  if (const auto error = check_if_match(if_match, entry->twin.etag())) {
    return *error;
  }
  Twin next = entry->twin;
  const Twin::ServiceWrite written = (next.*write)(body, clock.now());
  if (written.refusal) {
    return errors::argument_invalid(*written.refusal);
  }
  save_twin(id, next);
  entry->twin = std::move(next);
  if (written.notification) {
    const std::uint64_t version = entry->twin.desired().version();
    const bool sent = notify(*entry, *written.notification, version);
    say(LogLevel::kInfo, id.client_id() + ": desired properties are now version " +
                             std::to_string(version) +
                             (sent ? ", notified" : ", not there to be notified"));
  } else {
    say(LogLevel::kInfo, id.client_id() + ": tags changed");
  }
  return twin_view(*entry);
}

bool HubState::notify(Entry& entry, Json notification, std::uint64_t version) {
  notification["$version"] = version;
  const auto fault = faults.strike("notification", entry.identity.id.client_id());
  std::string body = notification.dump();
  if (fault && fault->does("answer")) {
    const auto told =
        static_cast<std::uint64_t>(fault->number("version", static_cast<std::int64_t>(version)));
    notification["$version"] = told;
    return send(entry, Subscription::kDesired, desired_topic(told),
                fault->text("body", notification.dump()));
  }
  return send_as(entry, Subscription::kDesired, fault, desired_topic(version), body);
}

Result<QueryPage> Hub::query(const std::string& text, std::size_t max_items,
                             const std::optional<std::string>& continuation) const {
  const auto query = parse_query(text);
  if (!query) {
    return errors::argument_invalid(
        "the query isn't SELECT * FROM devices or devices.modules [WHERE deviceId = '...']");
  }
  if (max_items == 0) {
    return errors::argument_invalid("a page has at least one item");
  }
  // A page goes on behind the last identity of the one before it, whatever came and went since.
  auto next = state_->entries.begin();
  if (continuation) {
    const auto last = base64_decode(*continuation);
    if (!last) {
      return errors::argument_invalid("the continuation isn't one of this hub's");
    }
    next = state_->entries.upper_bound(IdentityId::from_client_id(*last));
  }
  QueryPage page;
  std::string last;
  for (; next != state_->entries.end(); ++next) {
    const auto& [id, entry] = *next;
    if (id.is_module() != query->modules || (query->device && *query->device != id.device)) {
      continue;
    }
    if (page.items.size() == max_items) {
      page.continuation = base64_encode(last);
      break;
    }
    page.items.push_back(twin_view(entry));
    last = id.client_id();
  }
  return page;
}

}  // namespace hubtwin::hub
