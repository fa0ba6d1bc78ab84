// SPDX-License-Identifier: MIT
// The hub's faults on demand.

#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/hub_state.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace hubtwin::hub {

bool HubState::send_or_fault(Entry& entry, Subscription subscription, const char* place,
                             const std::string& topic, const std::string& payload) {
  return send_as(entry, subscription, faults.strike(place, entry.identity.id.client_id()), topic,
                 payload);
}

bool HubState::send_as(Entry& entry, Subscription subscription, const std::optional<Fault>& fault,
                       const std::string& topic, const std::string& payload) {
  if (!entry.session.granted(subscription)) {
    return false;
  }
  if (fault && fault->does("lose")) {
    return true;
  }
  if (fault && fault->delay().count() > 0) {
    later(entry, fault->delay(), [this, subscription, topic, payload](Entry& present) {
      send(present, subscription, topic, payload);
    });
    return true;
  }
  const std::int64_t copies = fault && fault->does("duplicate") ? fault->number("copies", 2) : 1;
  for (std::int64_t i = 0; i < copies; ++i) {
    send(entry, subscription, topic, payload);
  }
  return true;
}

void HubState::later(Entry& entry, std::chrono::milliseconds delay,
                     std::function<void(Entry&)> work) {
  if (const auto connection = entry.session.connection()) {
    const TimePoint due = clock.now() + delay;
    put_off.push_back({due, entry.identity.id, *connection, std::move(work)});
    schedule(due);
  }
}

void HubState::do_what_was_put_off(TimePoint now) {
  // What is done may put off more.
  std::vector<PutOff> due;
  const auto rest = std::stable_partition(put_off.begin(), put_off.end(),
                                          [&](const PutOff& one) { return one.due <= now; });
  std::move(put_off.begin(), rest, std::back_inserter(due));
  put_off.erase(put_off.begin(), rest);
  std::stable_sort(due.begin(), due.end(),
                   [](const PutOff& left, const PutOff& right) { return left.due < right.due; });
  for (const PutOff& one : due) {
    Entry* const entry = find(one.id);
    if (entry != nullptr && entry->session.is_current(one.connection)) {
      one.work(*entry);
    }
  }
  for (const PutOff& one : put_off) {
    schedule(one.due);
  }
}

std::vector<Fault> HubState::strike_all(const char* place, const IdentityId& id) {
  std::vector<Fault> struck;
  std::set<std::string> known;
  while (const auto fault = faults.strike(
             place, id.client_id(), [&](const Fault& one) { return known.count(one.id) == 0; })) {
    known.insert(fault->id);
    struck.push_back(*fault);
  }
  return struck;
}

void HubState::suffer(Entry& entry, const Fault& fault) {
  const std::string client_id = entry.identity.id.client_id();
  if (fault.does("close")) {
    close(entry, "a fault was wanted here");
  } else if (fault.does("send")) {
    // Also what the device hasn't subscribed to.
    const std::string payload =
        base64_decode(fault.text("payloadBase64")).value_or(fault.text("payload"));
    outbound.send(client_id, fault.text("topic"),
                  fault.parameters.contains("payloadBase64") ? payload : fault.text("payload"), 0);
    say(LogLevel::kInfo, client_id + ": sent by a fault: " + fault.text("topic").substr(0, 120));
  } else if (fault.does("set-desired")) {
    patch_desired(entry, fault.parameters["desired"]);
  }
}

void HubState::patch_desired(Entry& entry, const Json& desired) {
  const IdentityId id = entry.identity.id;
  const auto written =
      write_twin(id, {{"properties", {{"desired", desired}}}}, std::nullopt, &Twin::patch);
  if (!written) {
    say(LogLevel::kWarning,
        id.client_id() + ": a fault's desired properties are refused: " + written.error().message);
  }
}

Result<Json> Hub::add_fault(const Fault& fault) {
  HubState& state = *state_;
  if (fault.agent != FaultAgent::kHub) {
    return errors::argument_invalid("the hub itself can't do this: it takes the fault proxy");
  }
  if (fault.at == "now") {
    Fault done = fault;
    for (auto& [id, entry] : state.entries) {
      if (entry.session.connected() &&
          (fault.identity.empty() || fault.identity == id.client_id())) {
        ++done.struck;
        state.suffer(entry, fault);
      }
    }
    return done.to_json();
  }
  if (state.faults.size() >= FaultList::kMost) {
    return errors::argument_invalid("there are too many faults already: remove some");
  }
  const Fault& added = state.faults.add(fault);
  state.say(LogLevel::kInfo, "fault " + added.id + " is wanted: " + added.act + " at " + added.at);
  return added.to_json();
}

Result<Done> Hub::remove_fault(const std::string& id) {
  if (!state_->faults.remove(id)) {
    return ServiceError{404, 404000, "NotFound", "there is no fault with this id"};
  }
  return Done{};
}

void Hub::clear_faults() {
  state_->faults.clear();
}

Json Hub::faults() const {
  return state_->faults.to_json();
}

void Hub::set_token_clock(std::chrono::seconds offset, std::chrono::seconds skew) {
  state_->clock_offset = offset;
  state_->token_skew = skew;
}

Json Hub::token_clock() const {
  return {{"offsetSeconds", state_->clock_offset.count()},
          {"tokenSkewSeconds", state_->token_skew.count()}};
}

}  // namespace hubtwin::hub
