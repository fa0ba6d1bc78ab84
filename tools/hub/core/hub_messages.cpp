// SPDX-License-Identifier: MIT
// The hub's service side: methods, cloud-to-device messages, module inputs, telemetry.

#include "tools/hub/core/hub_state.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace hubtwin::hub {
namespace {

constexpr std::size_t kMaxDeviceBoundBytes = 64 * 1024;
constexpr std::size_t kMaxInputBytes = 256 * 1024;
constexpr std::size_t kMaxTopicBytes = 65535;  // MQTT's
constexpr std::size_t kMaxMessageIdBytes = 128;
constexpr std::chrono::hours kDefaultLife{1};
constexpr std::chrono::hours kLongestLife{48};

bool is_message_id(const std::string& text) {
  constexpr std::string_view kOthers = "-:.+%_#*?!(),=@;$'";
  return text.size() <= kMaxMessageIdBytes && std::all_of(text.begin(), text.end(), [=](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  kOthers.find(c) != std::string_view::npos;
         });
}

std::size_t size_of(const DownstreamMessage& message) {
  std::size_t size = message.payload.size();
  for (const auto* system : {&message.message_id, &message.correlation_id, &message.user_id,
                             &message.content_type, &message.content_encoding, &message.ack}) {
    size += *system ? (*system)->size() : 0;
  }
  for (const auto& [key, value] : message.properties) {
    size += key.size() + value.size();
  }
  return size;
}

/// Checks everything but the topic that comes out of it.
std::optional<ServiceError> check(const DownstreamMessage& message, std::size_t max_bytes,
                                  TimePoint now) {
  if (size_of(message) > max_bytes) {
    return errors::message_too_large("the message is longer than " + std::to_string(max_bytes) +
                                     " bytes");
  }
  for (const auto* id : {&message.message_id, &message.correlation_id}) {
    if (*id && !is_message_id(**id)) {
      return errors::argument_invalid(
          "a message id or correlation id isn't up to 128 ASCII letters, digits and "
          "-:.+%_#*?!(),=@;$'");
    }
  }
  if (message.ack && *message.ack != "none" && *message.ack != "positive" &&
      *message.ack != "negative" && *message.ack != "full") {
    return errors::argument_invalid("ack isn't none, positive, negative or full");
  }
  for (const auto& [key, value] : message.properties) {
    if (key.empty() || key.rfind("$.", 0) == 0) {
      return errors::argument_invalid("a property's name is empty or begins with '$.'");
    }
  }
  if (message.expiry && (*message.expiry <= now || *message.expiry > now + kLongestLife)) {
    return errors::argument_invalid("the expiry isn't within the next two days");
  }
  return std::nullopt;
}

std::optional<ServiceError> check_topic(const std::string& topic) {
  if (topic.size() > kMaxTopicBytes) {
    return errors::message_too_large("the properties make an MQTT topic longer than 65535 bytes");
  }
  return std::nullopt;
}

}  // namespace

void Hub::invoke_method(const IdentityId& id, const Json& request,
                        std::function<void(Result<Json>)> done) {
  HubState& state = *state_;
  if (state.stopping) {
    done(errors::stopping());
    return;
  }
  Entry* const entry = state.find(id);
  if (entry == nullptr) {
    done(state.not_found(id));
    return;
  }
  auto parsed = MethodRequest::parse(request);
  if (!parsed) {
    done(parsed.error());
    return;
  }
  MethodRequest method = std::move(parsed).value();
  const TimePoint now = state.clock.now();
  state.finish_resumption(*entry);
  if (entry->session.granted(Subscription::kMethods)) {
    state.methods.dispatch(id, method, std::move(done), now,
                           [&](const MethodRequest& sent, const std::string& rid) {
                             state.call_method(*entry, sent, rid);
                           });
  } else if (method.connect_timeout > std::chrono::seconds::zero()) {
    state.say(LogLevel::kInfo,
              id.client_id() + ": method " + method.name + " waits for it to connect");
    state.methods.park(id, std::move(method), std::move(done), now);
  } else {
    state.say(LogLevel::kInfo,
              id.client_id() + ": method " + method.name + " finds it not connected");
    done(errors::not_online(id.client_id()));
  }
  state.schedule(state.methods.next_deadline());
}

Result<Json> Hub::send_message(const std::string& device, const DownstreamMessage& message) {
  HubState& state = *state_;
  const IdentityId id{device, {}};
  Entry* const entry = state.find(id);
  if (entry == nullptr) {
    return state.not_found(id);
  }
  const TimePoint now = state.clock.now();
  if (const auto error = check(message, kMaxDeviceBoundBytes, now)) {
    return *error;
  }
  MessageQueue::Message queued;
  queued.topic = device_bound_topic(device, message);
  if (const auto error = check_topic(queued.topic)) {
    return *error;
  }
  entry->messages.expire(now, state.forgetting(id));
  if (entry->messages.waiting() >= state.options.max_pending_messages) {
    return errors::queue_depth_exceeded(device);
  }
  queued.sequence = entry->messages.next_sequence();
  queued.payload = message.payload;
  queued.expiry = message.expiry.value_or(now + kDefaultLife);
  state.save_message(id, queued);
  state.schedule(queued.expiry);
  state.say(LogLevel::kInfo, device + ": message " + std::to_string(queued.sequence) + " queued, " +
                                 std::to_string(queued.payload.size()) + " bytes");
  entry->messages.add(std::move(queued));
  state.finish_resumption(*entry);
  state.flush_messages(*entry);
  return Json{{"enqueued", true}, {"pending", entry->messages.pending()}};
}

Result<Json> Hub::purge_messages(const std::string& device) {
  HubState& state = *state_;
  Entry* const entry = state.find(IdentityId{device, {}});
  if (entry == nullptr) {
    return errors::device_not_found(device);
  }
  state.store.remove_all(Store::Table::kMessage, device);
  const std::size_t purged = entry->messages.clear();
  state.say(LogLevel::kInfo, device + ": " + std::to_string(purged) + " messages purged");
  return Json{{"totalMessagesPurged", purged}, {"deviceId", device}, {"moduleId", nullptr}};
}

Result<Done> Hub::deliver_input(const IdentityId& module, const std::string& input,
                                const DownstreamMessage& message,
                                const std::optional<IdentityId>& from) {
  HubState& state = *state_;
  Entry* const entry = state.find(module);
  if (entry == nullptr) {
    return state.not_found(module);
  }
  if (!module.is_module()) {
    return errors::argument_invalid("only modules have inputs");
  }
  if (!is_valid_id(input) || input.find_first_of("+#") != std::string::npos) {
    return errors::argument_invalid("the input's name can't stand in a topic");
  }
  if (const auto error = check(message, kMaxInputBytes, state.clock.now())) {
    return *error;
  }
  const std::string topic = input_topic(module, input, message, from);
  if (const auto error = check_topic(topic)) {
    return *error;
  }
  state.finish_resumption(*entry);
  if (!state.send(*entry, Subscription::kInputs, topic, message.payload)) {
    return errors::not_online(module.client_id());
  }
  state.say(LogLevel::kInfo, module.client_id() + ": message delivered to input " + input);
  return Done{};
}

std::vector<TelemetryEvent> Hub::telemetry_after(std::uint64_t sequence, std::size_t max,
                                                 const std::optional<IdentityId>& from) const {
  return state_->telemetry.after(sequence, max, from);
}

std::uint64_t Hub::last_telemetry() const {
  return state_->telemetry.last_sequence();
}

}  // namespace hubtwin::hub
