// SPDX-License-Identifier: MIT
// The hub's broker side: connections, filters, and what clients publish.

#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/hub_state.hpp"
#include "tools/hub/core/sas_token.hpp"
#include "tools/hub/core/time_text.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace hubtwin::hub {
namespace {

constexpr int kMqtt311 = 4;
constexpr std::size_t kMaxMessageBytes = 262144;
/// No twin patch that keeps the 32 KB limit is longer, however it is written.
constexpr std::size_t kMaxPatchBytes = 128 * 1024;
constexpr std::size_t kMaxModelIdBytes = 2048;
constexpr std::size_t kLoggedTopicBytes = 120;

Verdict close_because(std::string why) {
  return {Verdict::Kind::kClose, std::move(why)};
}

constexpr char kFault[] = "a fault was wanted here";

std::string quoted(const std::string& text) {
  return '\'' + text.substr(0, kLoggedTopicBytes) + '\'';
}

/// What a user name tells beside the names: "{hub}/{client id}/?api-version=..&model-id=..".
struct Username {
  bool has_api_version = false;
  std::string model_id;
};

/// Empty for what can't be a model id (Digital Twin Model Identifiers are printable ASCII).
std::string read_model_id(std::string_view encoded) {
  const std::string model_id = percent_decode(encoded).value_or("");
  const bool printable =
      std::all_of(model_id.begin(), model_id.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  return printable && model_id.size() <= kMaxModelIdBytes ? model_id : "";
}

std::optional<Username> parse_username(std::string_view username, const std::string& host_name,
                                       const std::string& client_id, std::string& why) {
  const std::size_t slash = username.find('/');
  if (slash == std::string_view::npos ||
      !equal_ignoring_case(username.substr(0, slash), host_name)) {
    why = "the user name doesn't begin with the hub's name " + host_name;
    return std::nullopt;
  }
  std::string_view rest = username.substr(slash + 1);
  if (rest.substr(0, client_id.size()) != client_id) {
    why = "the user name doesn't name the client id";
    return std::nullopt;
  }
  rest.remove_prefix(client_id.size());
  if (rest.empty() || (rest.front() != '/' && rest.front() != '?')) {
    why = "the user name doesn't go on with /?api-version= after the client id";
    return std::nullopt;
  }
  // "/?", "?" and "/" are all seen in the field.
  rest.remove_prefix(rest.substr(0, 2) == "/?" ? 2 : 1);

  Username parsed;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view key = pair.substr(0, equals);
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    if (key == "api-version") {
      parsed.has_api_version = true;
    } else if (key == "model-id" && parsed.model_id.empty()) {
      parsed.model_id = read_model_id(value);
    }
  }
  if (!parsed.has_api_version) {
    why = "the user name lacks api-version";
    return std::nullopt;
  }
  return parsed;
}

/// The end of a token's life, kept within what a TimePoint can hold.
TimePoint end_of(const SasToken& token, std::chrono::seconds skew) {
  const auto latest = std::chrono::floor<std::chrono::seconds>(TimePoint::max().time_since_epoch());
  const std::chrono::seconds expiry{
      std::min<std::int64_t>(token.expiry, latest.count() - skew.count() - 1)};
  return TimePoint{expiry + skew + std::chrono::seconds{1}};
}

std::size_t size_in_quota(const PublishedMessage& message,
                          const std::map<std::string, std::string>& properties) {
  std::size_t size = message.payload.size();
  for (const auto& [key, value] : properties) {
    const bool system = key.rfind("$.", 0) == 0;
    size += (system ? 0 : key.size()) + value.size();
  }
  return size;
}

std::string error_body(const ServiceError& error, TimePoint now) {
  std::string tracking_id;
  for (const char c : base64_encode(random_bytes(24))) {
    if (c != '+' && c != '/') {
      tracking_id += c;
    }
  }
  return Json{{"errorCode", error.code},
              {"trackingId", tracking_id},
              {"message", error.message},
              {"timestampUtc", to_iso8601(now)}}
      .dump();
}

/// The identity's half of a CONNECT: what it claims, and whether its token proves it.
struct Credentials {
  Username username;
  SasToken token;
};

std::optional<Credentials> judge(const HubOptions& options, const Identity& identity,
                                 const ConnectRequest& request, TimePoint now,
                                 std::chrono::seconds skew, std::string& why) {
  const auto refuse = [&why](std::string reason) {
    why = std::move(reason);
    return std::nullopt;
  };
  const auto username = parse_username(request.username, options.host_name, request.client_id, why);
  if (!username) {
    return std::nullopt;
  }
  if (identity.authentication != Authentication::kSas) {
    return refuse("the identity authenticates by certificate, which this hub doesn't offer");
  }
  if (!request.password || request.password->empty()) {
    return refuse("there is no password");
  }
  auto token = SasToken::parse(*request.password, &why);
  if (!token) {
    return std::nullopt;
  }
  std::string path = options.host_name + "/devices/" + identity.id.device;
  if (identity.id.is_module()) {
    path += "/modules/" + identity.id.module;
  }
  if (!token->policy.empty()) {
    return refuse("the token is one of a policy, not of the identity's own key");
  }
  if (!token->names(path)) {
    return refuse("the token isn't for " + path);
  }
  if (token->expired(now, skew)) {
    return refuse("the token has expired");
  }
  if (!token->signed_by(identity.primary_key) && !token->signed_by(identity.secondary_key)) {
    return refuse("the token's signature is wrong");
  }
  return Credentials{*username, std::move(*token)};
}

}  // namespace

Verdict Hub::connect(const ConnectRequest& request) {
  HubState& state = *state_;
  const TimePoint now = state.clock.now();
  const auto refuse = [&](const std::string& why) {
    state.say(LogLevel::kWarning, quoted(request.client_id) + ": connection refused: " + why);
    return Verdict{Verdict::Kind::kRefuse, why};
  };
  if (request.protocol_level != kMqtt311) {
    return refuse("only MQTT 3.1.1 is spoken");
  }
  const IdentityId id = IdentityId::from_client_id(request.client_id);
  Entry* const entry = state.find(id);
  if (entry == nullptr) {
    return refuse(state.not_found(id).message);
  }
  const Entry* const device = state.find(IdentityId{id.device, {}});
  if (!entry->identity.enabled || !device->identity.enabled) {
    return refuse("the device is disabled");
  }
  std::string why;
  const auto credentials = judge(state.options, entry->identity, request, now + state.clock_offset,
                                 state.token_skew, why);
  if (!credentials) {
    return refuse(why);
  }
  if (const auto fault = state.faults.strike("connect", request.client_id)) {
    Verdict verdict = refuse(kFault);
    verdict.kind = fault->does("close") ? Verdict::Kind::kClose : Verdict::Kind::kRefuse;
    return verdict;
  }

  Identity identity = entry->identity;
  identity.model_id = credentials->username.model_id;
  identity.connection_updated = identity.last_activity = to_iso8601(now);
  const bool takeover = entry->session.connected();
  const TimePoint token_end = end_of(credentials->token, state.token_skew - state.clock_offset);

  Store::Transaction transaction(state.store);
  state.save_identity(identity);
  if (request.clean_session) {
    state.store.remove_all(Store::Table::kMessage, request.client_id);
    state.store.remove_all(Store::Table::kSession, request.client_id);
  }
  transaction.commit();

  if (request.clean_session) {
    entry->messages.clear();
  }
  entry->identity = std::move(identity);
  entry->session.connect(request.connection, request.clean_session, token_end);
  entry->messages.begin_resumption();
  state.resuming.insert(id);
  state.schedule(token_end);
  for (const Fault& fault : state.strike_all("connected", id)) {
    state.later(*entry, fault.delay(),
                [&state, fault](Entry& present) { state.suffer(present, fault); });
  }
  state.say(LogLevel::kInfo, request.client_id + ": connected" +
                                 (takeover ? " in place of an older connection" : "") +
                                 (request.clean_session ? ", clean session" : ""));
  return {};
}

void Hub::disconnected(const std::string& client_id, std::uintptr_t connection) {
  HubState& state = *state_;
  Entry* const entry = state.find(client_id);
  if (entry == nullptr || !entry->session.is_current(connection)) {
    return;
  }
  // A connection that ended while its session was being resumed: the broker didn't send anything on
  // it.
  state.resuming.erase(entry->identity.id);
  entry->session.disconnect();
  entry->identity.connection_updated = to_iso8601(state.clock.now());
  state.save_identity(entry->identity);
  state.say(LogLevel::kInfo, client_id + ": disconnected");
}

bool Hub::is_current(const std::string& client_id, std::uintptr_t connection) const {
  const Entry* const entry = state_->find(client_id);
  return entry != nullptr && entry->session.is_current(connection);
}

Verdict Hub::subscribe(const std::string& client_id, const std::string& filter, int qos) {
  HubState& state = *state_;
  Entry* const entry = state.find(client_id);
  if (entry == nullptr) {
    return close_because("the identity is gone");
  }
  state.finish_resumption(*entry);
  state.note_activity(*entry);
  const auto refuse = [&](const std::string& why) {
    state.say(LogLevel::kWarning, client_id + ": filter " + quoted(filter) + " refused: " + why);
    return close_because(why);
  };
  const auto subscription = classify_filter(entry->identity.id, filter);
  if (!subscription) {
    return refuse("it isn't one that this identity may use");
  }
  const auto fault = state.faults.strike("subscribe", client_id);
  if (fault && fault->does("refuse")) {
    static_cast<void>(refuse(kFault));
    return {Verdict::Kind::kRefuse, kFault};
  }
  if (fault && fault->does("close")) {
    return refuse(kFault);
  }
  if (!entry->session.add_filter(filter, *subscription, qos)) {
    return refuse("there are already " + std::to_string(kMaxFilters));
  }
  state.save_filters(*entry);
  state.say(LogLevel::kInfo, client_id + ": subscribed to " + quoted(filter));
  state.flush(*entry);
  if (fault) {
    state.later(*entry, {}, [&state, fault](Entry& present) { state.suffer(present, *fault); });
  }
  return {};
}

void Hub::unsubscribe(const std::string& client_id, const std::string& filter) {
  if (Entry* const entry = state_->find(client_id)) {
    state_->finish_resumption(*entry);
    state_->note_activity(*entry);
    entry->session.remove_filter(filter);
    state_->save_filters(*entry);
    state_->say(LogLevel::kInfo, client_id + ": unsubscribed from " + quoted(filter));
  }
}

namespace {

/// Handles each kind of topic for one PUBLISH.
class PublishHandler {
 public:
  PublishHandler(HubState& state, Entry& entry, const PublishedMessage& message)
      : state_(state), entry_(entry), message_(message) {}

  Verdict operator()(TelemetryTopic& topic) {
    if (size_in_quota(message_, topic.properties) > kMaxMessageBytes) {
      return close_because("the message is longer than 262144 bytes");
    }
    const auto fault = state_.faults.strike("telemetry", name());
    if (!fault || (fault->does("close") && fault->flag("applied", true))) {
      state_.record_telemetry(entry_, message_, std::move(topic.properties));
    }
    return fault && fault->does("close") ? close_because(kFault) : Verdict();
  }

  Verdict operator()(const TwinGetTopic& topic) {
    state_.say(LogLevel::kInfo, name() + ": reads its twin");
    const std::string document = entry_.twin.device_document();
    const auto fault = state_.faults.strike("get", name());
    if (fault && fault->does("set-desired")) {
      state_.patch_desired(entry_, fault->parameters["desired"]);
    }
    return respond(fault, topic.rid, twin_response_topic(200, topic.rid), document);
  }

  Verdict operator()(const ReportedPatchTopic& topic) {
    const TimePoint now = state_.clock.now();
    const auto fault = state_.faults.strike("report", name());
    if (fault && !fault->flag("applied", !fault->does("answer"))) {
      return respond(fault, topic.rid, twin_response_topic(204, topic.rid), "");
    }
    Twin next = entry_.twin;
    if (const auto error = patch(next, topic, now)) {
      state_.say(LogLevel::kWarning, name() + ": reported properties refused: " + error->message);
      return respond(fault, topic.rid, twin_response_topic(error->http_status, topic.rid),
                     error_body(*error, now));
    }
    state_.save_twin(entry_.identity.id, next);
    entry_.twin = std::move(next);
    const std::uint64_t version = entry_.twin.reported().version();
    state_.say(LogLevel::kInfo,
               name() + ": reported properties are now version " + std::to_string(version));
    return respond(fault, topic.rid, twin_response_topic(204, topic.rid, version), "");
  }

  Verdict operator()(const MethodResponseTopic& topic) {
    const bool awaited =
        state_.methods.answer(entry_.identity.id, topic.rid, topic.status, message_.payload);
    state_.say(LogLevel::kInfo, name() + ": answers method call " + topic.rid + " with status " +
                                    topic.status + (awaited ? "" : ", which nobody waits for"));
    return {};
  }

 private:
  std::optional<ServiceError> patch(Twin& twin, const ReportedPatchTopic& topic, TimePoint now) {
    if (message_.payload.size() > kMaxPatchBytes) {
      return errors::argument_invalid("the patch is longer than any that keeps the 32 KB limit");
    }
    if (topic.base_version) {
      std::uint64_t base = 0;
      const char* const end = topic.base_version->data() + topic.base_version->size();
      const auto number = std::from_chars(topic.base_version->data(), end, base);
      if (number.ec != std::errc{} || number.ptr != end) {
        return errors::argument_invalid("the topic's $version isn't a number");
      }
      if (base != twin.reported().version()) {
        return errors::precondition_failed("reported properties are at version " +
                                           std::to_string(twin.reported().version()) + ", not at " +
                                           *topic.base_version);
      }
    }
    std::string why;
    const auto patch = parse_json(message_.payload, &why);
    if (!patch) {
      return errors::argument_invalid("properties.reported: " + why);
    }
    if (auto refusal = twin.patch_reported(*patch, now)) {
      return errors::argument_invalid(*refusal);
    }
    return std::nullopt;
  }

  Verdict respond(const std::optional<Fault>& fault, const std::string& rid, std::string topic,
                  std::string payload) {
    if (fault && fault->does("close")) {
      return close_because(kFault);
    }
    if (fault && fault->does("answer")) {
      const int status = static_cast<int>(fault->number("status", 0));
      topic = twin_response_topic(status, rid);
      if (status >= 400) {
        payload = error_body({status, status * 1000, "Fault", kFault}, state_.clock.now());
      }
      payload = fault->text("body", payload);
    }
    if (!state_.send_as(entry_, Subscription::kTwinResponses, fault, topic, payload)) {
      state_.say(LogLevel::kWarning, name() + ": isn't subscribed to twin responses");
    }
    return {};
  }

  std::string name() const { return entry_.identity.id.client_id(); }

  HubState& state_;
  Entry& entry_;
  const PublishedMessage& message_;
};

}  // namespace

Verdict Hub::publish(const std::string& client_id, const PublishedMessage& message) {
  HubState& state = *state_;
  Entry* const entry = state.find(client_id);
  if (entry == nullptr) {
    return close_because("the identity is gone");
  }
  state.finish_resumption(*entry);
  state.note_activity(*entry);
  Verdict verdict;
  std::string why;
  if (message.qos > 1) {
    verdict = close_because("QoS 2 isn't offered");
  } else if (message.payload.size() > kMaxMessageBytes) {
    verdict = close_because("the message is longer than 262144 bytes");
  } else if (auto topic = parse_publish_topic(entry->identity.id, message.topic, &why)) {
    verdict = std::visit(PublishHandler(state, *entry, message), *topic);
  } else {
    verdict = close_because(why);
  }
  if (!verdict.accepted()) {
    state.say(LogLevel::kWarning, client_id + ": closing on a publish to " + quoted(message.topic) +
                                      ": " + verdict.why);
  }
  return verdict;
}

void Hub::will(const std::string& client_id, const PublishedMessage& message) {
  Entry* const entry = state_->find(client_id);
  if (entry == nullptr) {
    return;
  }
  std::string why;
  auto topic = parse_publish_topic(entry->identity.id, message.topic, &why);
  auto* const telemetry = topic ? std::get_if<TelemetryTopic>(&*topic) : nullptr;
  if (telemetry == nullptr || size_in_quota(message, telemetry->properties) > kMaxMessageBytes) {
    state_->say(LogLevel::kWarning,
                client_id + ": its will to " + quoted(message.topic) + " isn't telemetry");
    return;
  }
  telemetry->properties["iothub-MessageType"] = "Will";
  state_->record_telemetry(*entry, message, std::move(telemetry->properties));
}

void HubState::record_telemetry(Entry& entry, const PublishedMessage& message,
                                std::map<std::string, std::string> properties) {
  if (message.retain) {
    properties["mqtt-retain"] = "true";
  }
  if (message.dup) {
    properties["mqtt-dup"] = "true";
  }
  telemetry.add(
      {0, clock.now(), entry.identity.id, message.payload, message.qos, std::move(properties)});
  say(LogLevel::kDebug, entry.identity.id.client_id() + ": telemetry " +
                            std::to_string(telemetry.last_sequence()) + ", " +
                            std::to_string(message.payload.size()) + " bytes");
}

bool Hub::resume_delivery(const std::string& client_id, const std::string& topic,
                          const std::string& payload) {
  Entry* const entry = state_->find(client_id);
  if (entry == nullptr) {
    return false;
  }
  entry->messages.expire(state_->clock.now(), state_->forgetting(entry->identity.id));
  // Everything but messages is of the moment: IoT Hub keeps none of it for an absent client.
  return is_input(entry->identity.id, topic) || entry->messages.seen_again(topic, payload);
}

std::vector<std::string> Hub::client_ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : state_->entries) {
    ids.push_back(id.client_id());
  }
  return ids;
}

void Hub::restore_session(const std::string& client_id,
                          const std::optional<std::vector<std::string>>& filters) {
  HubState& state = *state_;
  Entry* const entry = state.find(client_id);
  if (entry == nullptr) {
    return;
  }
  const auto remembered = entry->session.filters();
  entry->session.clear_filters();
  if (!filters) {
    entry->messages.take_back([&](const MessageQueue::Message& message) {
      state.save_message(entry->identity.id, message);
    });
  } else {
    for (const std::string& filter : *filters) {
      if (const auto kind = classify_filter(entry->identity.id, filter)) {
        const auto known = remembered.find(filter);
        entry->session.add_filter(filter, *kind, known == remembered.end() ? 0 : known->second);
      }
    }
  }
}

}  // namespace hubtwin::hub
