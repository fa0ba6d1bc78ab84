// SPDX-License-Identifier: MIT
#include "tools/hub/core/hub.hpp"

#include "tools/hub/core/hub_state.hpp"
#include "tools/hub/core/time_text.hpp"

#include <algorithm>
#include <utility>

namespace hubtwin::hub {

HubState::HubState(HubOptions hub_options, Store& a_store, Outbound& an_outbound, HubClock& a_clock,
                   HubLog& a_log)
    : options(std::move(hub_options)),
      store(a_store),
      outbound(an_outbound),
      clock(a_clock),
      log(a_log),
      token_skew(options.token_skew),
      telemetry(options.telemetry_kept, options.telemetry_bytes) {
  try {
    load();
  } catch (const Json::exception&) {
    throw StoreError("the state holds a document that this hub can't read");
  }
}

void HubState::load() {
  const auto parse = [](const Store::Row& row) { return Json::parse(row.document); };
  for (const auto& row : store.rows(Store::Table::kIdentity)) {
    Identity identity = Identity::from_json(parse(row));
    identity.id = IdentityId::from_client_id(row.owner);
    const IdentityId id = identity.id;
    entries.emplace(id, Entry{std::move(identity), Twin(clock.now()), {}, {}});
  }
  for (const auto& row : store.rows(Store::Table::kTwin)) {
    if (Entry* const entry = find(row.owner)) {
      entry->twin = Twin::from_json(parse(row));
    }
  }
  for (const auto& row : store.rows(Store::Table::kMessage)) {
    if (Entry* const entry = find(row.owner)) {
      entry->messages.add(MessageQueue::Message::from_json(row.number, parse(row)));
    }
  }
  for (const auto& row : store.rows(Store::Table::kSession)) {
    if (Entry* const entry = find(row.owner)) {
      for (const auto& [filter, qos] : parse(row).get<std::map<std::string, int>>()) {
        if (const auto kind = classify_filter(entry->identity.id, filter)) {
          entry->session.add_filter(filter, *kind, qos);
        }
      }
    }
  }
  for (const auto& [id, entry] : entries) {
    schedule(entry.messages.next_expiry());
  }
}

Entry* HubState::find(const IdentityId& id) {
  const auto found = entries.find(id);
  return found == entries.end() ? nullptr : &found->second;
}

ServiceError HubState::not_found(const IdentityId& id) {
  return id.is_module() && find(IdentityId{id.device, {}}) != nullptr
             ? errors::module_not_found(id.client_id())
             : errors::device_not_found(id.device);
}

void HubState::save_identity(const Identity& identity) {
  store.put(Store::Table::kIdentity, identity.id.client_id(), 0, identity.to_json().dump());
}

void HubState::save_twin(const IdentityId& id, const Twin& twin) {
  store.put(Store::Table::kTwin, id.client_id(), 0, twin.to_json().dump());
}

void HubState::save_filters(const Entry& entry) {
  const std::string owner = entry.identity.id.client_id();
  const auto filters = entry.session.filters();
  if (entry.session.clean() || filters.empty()) {
    store.remove(Store::Table::kSession, owner, 0);
  } else {
    store.put(Store::Table::kSession, owner, 0, Json(filters).dump());
  }
}

void HubState::save_message(const IdentityId& id, const MessageQueue::Message& message) {
  store.put(Store::Table::kMessage, id.client_id(), message.sequence, message.to_json().dump());
}

MessageQueue::Forget HubState::forgetting(const IdentityId& id) {
  return [this, owner = id.client_id()](const MessageQueue::Message& message) {
    store.remove(Store::Table::kMessage, owner, message.sequence);
  };
}

bool HubState::send(const Entry& entry, Subscription subscription, const std::string& topic,
                    const std::string& payload) {
  const auto qos = entry.session.granted(subscription);
  if (!qos) {
    return false;
  }
  outbound.send(entry.identity.id.client_id(), topic, payload, *qos);
  return true;
}

void HubState::close(Entry& entry, const std::string& why) {
  if (!entry.session.connected()) {
    return;
  }
  const std::string client_id = entry.identity.id.client_id();
  say(LogLevel::kInfo, client_id + ": closing the connection: " + why);
  resuming.erase(entry.identity.id);
  entry.session.disconnect();
  entry.identity.connection_updated = to_iso8601(clock.now());
  outbound.close(client_id, why);
}

void HubState::flush(Entry& entry) {
  flush_messages(entry);
  call_parked_methods(entry);
}

void HubState::flush_messages(Entry& entry) {
  const IdentityId id = entry.identity.id;
  const auto qos = entry.session.granted(Subscription::kMessages);
  if (!qos || entry.messages.waiting() == 0) {
    return;
  }
  entry.messages.expire(clock.now(), forgetting(id));
  entry.messages.hand_over(
      *qos,
      [&](const MessageQueue::Message& message) {
        if (message.handed_over) {
          save_message(id, message);
        }
        send_or_fault(entry, Subscription::kMessages, "message", message.topic, message.payload);
        say(LogLevel::kInfo, id.client_id() + ": message " + std::to_string(message.sequence) +
                                 " handed over, " + std::to_string(message.payload.size()) +
                                 " bytes");
      },
      forgetting(id));
}

void HubState::call_parked_methods(Entry& entry) {
  if (entry.session.granted(Subscription::kMethods)) {
    methods.arrived(entry.identity.id, clock.now(),
                    [&](const MethodRequest& request, const std::string& rid) {
                      call_method(entry, request, rid);
                    });
    schedule(methods.next_deadline());
  }
}

void HubState::call_method(Entry& entry, const MethodRequest& request, const std::string& rid) {
  send_or_fault(entry, Subscription::kMethods, "method", method_request_topic(request.name, rid),
                request.payload);
  say(LogLevel::kInfo,
      entry.identity.id.client_id() + ": method " + request.name + " called, call " + rid);
}

void HubState::finish_resumption(Entry& entry) {
  if (resuming.erase(entry.identity.id) > 0) {
    entry.messages.settle(forgetting(entry.identity.id));
    flush(entry);
  }
}

void HubState::note_activity(Entry& entry) {
  entry.identity.last_activity = to_iso8601(clock.now());
}

void HubState::schedule(const std::optional<TimePoint>& due) {
  if (due) {
    next_due = std::min(next_due, *due);
  }
}

void HubState::say(LogLevel level, std::string line) {
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  log.write(level, line);
}

Hub::Hub(HubOptions options, Store& store, Outbound& outbound, HubClock& clock, HubLog& log)
    : state_(std::make_unique<HubState>(std::move(options), store, outbound, clock, log)) {}

Hub::~Hub() = default;

const HubOptions& Hub::options() const {
  return state_->options;
}

void Hub::tick() {
  HubState& state = *state_;
  while (!state.resuming.empty()) {
    state.finish_resumption(*state.find(*state.resuming.begin()));
  }
  const TimePoint now = state.clock.now();
  if (now < state.next_due) {
    return;
  }
  state.next_due = TimePoint::max();
  state.do_what_was_put_off(now);
  state.methods.expire(now);
  state.schedule(state.methods.next_deadline());
  for (auto& [id, entry] : state.entries) {
    entry.messages.expire(now, state.forgetting(id));
    state.schedule(entry.messages.next_expiry());
    if (entry.session.connected() && entry.session.token_end() <= now) {
      state.close(entry, "its token has expired");
    }
    if (entry.session.connected()) {
      state.schedule(entry.session.token_end());
    }
  }
}

std::optional<TimePoint> Hub::next_deadline() const {
  if (!state_->resuming.empty()) {
    return state_->clock.now();
  }
  return state_->next_due == TimePoint::max() ? std::nullopt
                                              : std::optional<TimePoint>(state_->next_due);
}

void Hub::stop() {
  state_->stopping = true;
  state_->methods.fail_all(errors::stopping());
}

}  // namespace hubtwin::hub
