// SPDX-License-Identifier: MIT
#include "support/model_hub.hpp"

#include "support/model_text.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace hubtwin::test {

using namespace model_text;

namespace {

constexpr std::string_view kGet = "$iothub/twin/GET/";
constexpr std::string_view kReport = "$iothub/twin/PATCH/properties/reported/";
constexpr std::string_view kResponses = "$iothub/twin/res/#";
constexpr std::string_view kNotifications = "$iothub/twin/PATCH/properties/desired/#";
constexpr std::string_view kMethods = "$iothub/methods/POST/#";
// The form that Azure's embedded SDK documents; a device gets its own messages only.
constexpr std::string_view kAnyDevicebound = "devices/+/messages/devicebound/#";
constexpr std::string_view kMethodAnswer = "$iothub/methods/res/";
// IoT Hub tolerates this much (IoT Hub troubleshooting, "clock drift").
constexpr std::chrono::seconds kExpiryGrace = std::chrono::minutes(5);

}  // namespace

// Records.

std::string ModelHub::Record::topic_root() const {
  const std::size_t slash = id.find('/');
  return slash == std::string::npos
             ? "devices/" + id
             : "devices/" + id.substr(0, slash) + "/modules/" + id.substr(slash + 1);
}

const Qos* ModelHub::Record::subscribed(std::string_view topic) const {
  for (const auto& [filter, qos] : filters) {
    if (begins_with(topic, std::string_view(filter).substr(0, filter.size() - 1))) {
      return &qos;
    }
  }
  return nullptr;
}

ModelHub::Record& ModelHub::record(const std::string& identity) {
  return const_cast<Record&>(std::as_const(*this).record(identity));
}

const ModelHub::Record& ModelHub::record(const std::string& identity) const {
  const auto found = records_.find(identity);
  if (found == records_.end()) {
    throw std::logic_error("the model hub has no identity " + identity);
  }
  return found->second;
}

ModelHub::Record* ModelHub::record_of(const ScriptedTransport& transport) {
  for (auto& [id, held] : records_) {
    if (held.link == &transport) {
      return &held;
    }
  }
  return nullptr;
}

UtcTime ModelHub::utc() const {
  return FakeClock::kStartUtc + clock_offset_ +
         std::chrono::duration_cast<std::chrono::seconds>(const_cast<World&>(world_).clock.now() -
                                                          FakeClock::kStart);
}

// The service side.

std::string ModelHub::create(const std::string& identity) {
  Record& made = records_[identity];
  made.id = identity;
  ++last_key_;
  std::vector<unsigned char> key(32);
  for (std::size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<unsigned char>(last_key_ * 31 + i * 7);
  }
  made.key = base64(key);
  return connection_string(identity);
}

void ModelHub::remove(const std::string& identity) {
  drop(record(identity), Error::kLinkLost);
  records_.erase(identity);
}

void ModelHub::recreate(const std::string& identity) {
  const std::string same_key = key(identity);
  remove(identity);
  create(identity);
  set_key(identity, same_key);
}

void ModelHub::set_key(const std::string& identity, const std::string& key) {
  record(identity).key = key;
}

std::string ModelHub::connection_string(const std::string& identity) const {
  const Record& held = record(identity);
  const std::size_t slash = identity.find('/');
  std::string text = std::string("HostName=") + kHost + ";DeviceId=" + identity.substr(0, slash);
  if (slash != std::string::npos) {
    text += ";ModuleId=" + identity.substr(slash + 1);
  }
  return text + ";SharedAccessKey=" + held.key;
}

void ModelHub::set_desired(const std::string& identity, const Json& patch) {
  Record& held = record(identity);
  held.desired.merge(patch);
  notify(held, patch);
}

void ModelHub::replace_desired(const std::string& identity, const Json& document) {
  Record& held = record(identity);
  notify(held, held.desired.replace(document));
}

std::shared_ptr<const MethodOutcome> ModelHub::invoke(const std::string& identity,
                                                      const std::string& name,
                                                      const std::string& payload,
                                                      Duration timeout) {
  auto result = std::make_shared<MethodOutcome>();
  Record& to = record(identity);
  if (to.link == nullptr || to.subscribed(kMethods) == nullptr) {
    result->done = true;
    result->hub_error = 404103;
    return result;
  }
  const std::string request_id = "m" + std::to_string(++last_method_);
  to.methods[request_id] = {result};
  world_.in(timeout, [this, identity, request_id] {
    const auto found = records_.find(identity);
    if (found == records_.end()) {
      return;
    }
    const auto pending = found->second.methods.find(request_id);
    if (pending != found->second.methods.end()) {
      pending->second.result->done = true;
      pending->second.result->hub_error = 504101;
      found->second.methods.erase(pending);
    }
  });
  send(to, Kind::kMethodRequest, "$iothub/methods/POST/" + name + "/?$rid=" + request_id, payload);
  return result;
}

void ModelHub::send_message(const std::string& identity, const std::string& body,
                            const Properties& properties, const std::string& input) {
  Record& to = record(identity);
  Queued message;
  message.body = body;
  if (to.is_module()) {
    message.topic = to.topic_root() + "/inputs/" + input + "/" + bag_of(properties);
  } else {
    Properties all = {{"$.to", "/devices/" + to.id + "/messages/deviceBound"}};
    all.insert(all.end(), properties.begin(), properties.end());
    message.topic = to.topic_root() + "/messages/devicebound/" + bag_of(all);
  }
  to.messages.push_back(std::move(message));
  hand_over_messages(to);
}

std::size_t ModelHub::messages_waiting(const std::string& identity) const {
  return record(identity).messages.size();
}

// Faults.

void ModelHub::judge_get(const std::string& identity, const Verdict& verdict) {
  record(identity).get_verdicts.push_back(verdict);
}

void ModelHub::judge_report(const std::string& identity, const Verdict& verdict) {
  record(identity).report_verdicts.push_back(verdict);
}

void ModelHub::forgive(const std::string& identity) {
  record(identity).get_verdicts.clear();
  record(identity).report_verdicts.clear();
}

ModelHub::Verdict ModelHub::next_verdict(std::deque<Verdict>& verdicts) {
  if (verdicts.empty()) {
    return {};
  }
  Verdict verdict = std::move(verdicts.front());
  verdicts.pop_front();
  return verdict;
}

ModelHub::Fate ModelHub::fate(Kind kind, const Record& to) const {
  return fate_ ? fate_(kind, to.id) : Fate();
}

void ModelHub::drop(Record& held, Status reason) {
  if (held.link != nullptr) {
    held.link->cut(reason);
  }
}

void ModelHub::cut(const std::string& identity, Status reason) {
  drop(record(identity), reason);
}

void ModelHub::go_silent(const std::string& identity) {
  if (record(identity).link != nullptr) {
    record(identity).link->go_silent();
  }
}

void ModelHub::forget_session(const std::string& identity) {
  Record& held = record(identity);
  if (held.link == nullptr) {
    held.session = false;
    held.filters.clear();
  }
}

void ModelHub::corrupt_desired(const std::string& identity, const Json& patch) {
  record(identity).desired.corrupt(patch);
}

void ModelHub::inject(const std::string& identity, const std::string& topic,
                      const std::string& payload) {
  if (record(identity).link != nullptr) {
    record(identity).link->deliver(topic, payload);
  }
}

// Links.

void ModelHub::send(Record& to, Kind kind, const std::string& topic, const std::string& payload,
                    Qos qos, Queued* queued) {
  const Fate what = fate(kind, to);
  ScriptedTransport* const link = to.link;
  if (link == nullptr) {
    return;
  }
  for (unsigned copy = 0; copy < what.copies && !what.lost; ++copy) {
    ScriptedTransport::Message message;
    message.topic = topic;
    message.payload = payload;
    message.qos = qos;
    message.duplicate = queued != nullptr && queued->handed_over;
    message.packet_id = queued != nullptr ? queued->packet_id : std::uint16_t{0};
    message.cut_after = what.silent_after;
    message.silent_instead = what.silent_after.has_value();
    const std::uint16_t packet_id = link->deliver(std::move(message), what.delay);
    if (queued != nullptr) {
      queued->packet_id = packet_id;
    }
  }
  if (what.then_cut) {
    link->cut();
  }
}

std::string ModelHub::refusal_of_connect(const ScriptedTransport::Connect& connect,
                                         UtcTime& expiry) const {
  const std::size_t mark = connect.user_name.find("/?");
  if (mark == std::string::npos) {
    return "the user name has no properties";
  }
  const std::string expected = std::string(kHost) + "/" + connect.client_id;
  if (connect.user_name.substr(0, mark) != expected) {
    return "the user name isn't the client id's";
  }
  if (parameters_of(std::string_view(connect.user_name).substr(mark + 2)).count("api-version") ==
      0) {
    return "the user name names no api-version";
  }
  const auto found = records_.find(connect.client_id);
  if (found == records_.end()) {
    return "no such identity";
  }
  constexpr std::string_view kScheme = "SharedAccessSignature ";
  if (!begins_with(connect.password, kScheme)) {
    return "the password isn't a token";
  }
  auto token = parameters_of(std::string_view(connect.password).substr(kScheme.size()));
  const auto audience = percent_decoded(token["sr"]);
  const auto signed_by = percent_decoded(token["sig"]);
  const std::string wanted = std::string(kHost) + "/" + found->second.topic_root();
  if (!audience || *audience != wanted) {
    return "the token is for another audience";
  }
  if (!signed_by || *signed_by != signature(found->second.key, token["sr"] + "\n" + token["se"])) {
    return "the token is signed by another key";
  }
  std::int64_t seconds = 0;
  const std::string& se = token["se"];
  if (std::from_chars(se.data(), se.data() + se.size(), seconds).ptr != se.data() + se.size()) {
    return "the token's expiry isn't a number";
  }
  expiry = UtcTime(std::chrono::seconds(seconds));
  return expiry + kExpiryGrace > utc() ? "" : "the token has expired";
}

void ModelHub::on_connect(ScriptedTransport& transport, const ScriptedTransport::Connect& connect) {
  const auto caller = records_.find(connect.client_id);
  const Reach reach = caller == records_.end() ? Reach::kFine : caller->second.reach;
  if (ignore_connects_ || reach == Reach::kUnanswered) {
    return;
  }
  if (reach == Reach::kRefused) {
    transport.refuse(Error::kConnectRefused);
    return;
  }
  if (refuse_all_.has_value()) {
    ++refusals_;
    transport.refuse(*refuse_all_);
    return;
  }
  UtcTime expiry{};
  if (!refusal_of_connect(connect, expiry).empty()) {
    ++refusals_;
    transport.refuse(Status::with_mqtt_code(Error::kRefusedCredentials, 5));
    return;
  }
  Record& held = record(connect.client_id);
  if (held.link != nullptr && held.link != &transport) {
    drop(held, Error::kLinkLost);  // one connection an identity: the newer wins
  }
  if (connect.clean_session) {
    held.filters.clear();
    held.messages.clear();
  }
  const bool session_present = held.session && !connect.clean_session;
  held.session = !connect.clean_session;
  held.link = &transport;
  ++held.connects;
  const std::uint64_t link_number = held.link_number = ++last_link_;
  for (Queued& message : held.messages) {
    message.packet_id = 0;
  }
  const Fate what = fate(Kind::kConnack, held);
  if (!what.lost) {
    transport.accept(session_present, what.delay);
    if (what.delay == Duration::zero()) {
      hand_over_messages(held);
    }
  }
  if (what.then_cut) {
    transport.cut();
    return;
  }
  const std::string identity = held.id;
  world_.in(std::max(Duration::zero(), Duration(expiry + kExpiryGrace - utc())),
            [this, identity, link_number] {
              const auto found = records_.find(identity);
              if (found != records_.end() && found->second.link_number == link_number) {
                drop(found->second, Error::kLinkLost);
              }
            });
}

void ModelHub::on_subscribe(ScriptedTransport& transport,
                            const ScriptedTransport::Subscribe& subscribe) {
  Record* const held = record_of(transport);
  if (held == nullptr) {
    return;
  }
  const std::string own = held->is_module() ? held->topic_root() + "/inputs/#"
                                            : held->topic_root() + "/messages/devicebound/#";
  for (const ScriptedTransport::Filter& wanted : subscribe.filters) {
    const bool any_device = !held->is_module() && wanted.filter == kAnyDevicebound;
    const std::string& filter = any_device ? own : wanted.filter;
    if (filter != kResponses && filter != kNotifications && filter != kMethods && filter != own) {
      drop(*held, Error::kLinkLost);  // an undocumented filter closes the connection
      return;
    }
    held->filters[filter] = wanted.qos;
  }
  const Fate what = fate(Kind::kSuback, *held);
  if (!what.lost) {
    transport.suback(subscribe.packet_id, true, what.delay);
  }
  if (what.then_cut) {
    transport.cut();
    return;
  }
  hand_over_messages(*held);
}

void ModelHub::on_publish(ScriptedTransport& transport, const ScriptedTransport::Publish& publish) {
  Record* const held = record_of(transport);
  if (held == nullptr) {
    return;
  }
  const std::string& topic = publish.topic;
  if (begins_with(topic, kGet)) {
    answer_get(*held, parameter(topic, "$rid"));
  } else if (begins_with(topic, kReport)) {
    take_report(*held, parameter(topic, "$rid"), publish.payload);
  } else if (begins_with(topic, kMethodAnswer)) {
    take_method_answer(*held, topic, publish.payload);
  } else if (begins_with(topic, held->topic_root() + "/messages/events/")) {
    take_telemetry(*held, publish);
    return;
  } else {
    drop(*held, Error::kLinkLost);  // an undocumented topic closes the connection
    return;
  }
  if (publish.qos == Qos::kAtLeastOnce && held->link != nullptr) {
    transport.acknowledge_publish(publish.packet_id);
  }
}

void ModelHub::on_acknowledged(ScriptedTransport& transport, std::uint16_t packet_id) {
  Record* const held = record_of(transport);
  if (held == nullptr) {
    return;
  }
  const auto found =
      std::find_if(held->messages.begin(), held->messages.end(),
                   [&](const Queued& message) { return message.packet_id == packet_id; });
  if (found != held->messages.end()) {
    held->messages.erase(found);
  }
}

void ModelHub::on_gone(ScriptedTransport& transport, bool orderly) {
  static_cast<void>(orderly);
  Record* const held = record_of(transport);
  if (held == nullptr) {
    return;
  }
  held->link = nullptr;
  for (Queued& message : held->messages) {
    message.packet_id = 0;
  }
}

// Twins.

void ModelHub::notify(Record& held, const Json& patch) {
  const Qos* const qos = held.subscribed(kNotifications);
  if (held.link == nullptr || qos == nullptr) {
    return;  // the hub keeps no notification for an absent device
  }
  send(held, Kind::kNotification,
       "$iothub/twin/PATCH/properties/desired/?$version=" + std::to_string(held.desired.version()),
       held.desired.with_version(patch).dump(), *qos);
}

void ModelHub::answer_get(Record& held, const std::string& request_id) {
  ++held.gets;
  const Verdict verdict = next_verdict(held.get_verdicts);
  if (verdict.cut) {
    drop(held, Error::kLinkLost);
  }
  if (verdict.cut || verdict.silent || held.subscribed(kResponses) == nullptr) {
    return;
  }
  if (verdict.status != 0) {
    answer_error(held, Kind::kGetAnswer, request_id, verdict.status, verdict.body);
    return;
  }
  const Json twin = {{"desired", held.desired.with_version()},
                     {"reported", held.reported.with_version()}};
  send(held, Kind::kGetAnswer, "$iothub/twin/res/200/?$rid=" + request_id,
       verdict.body.empty() ? twin.dump() : verdict.body);
}

void ModelHub::take_report(Record& held, const std::string& request_id, const std::string& body) {
  ++held.reports;
  const Verdict verdict = next_verdict(held.report_verdicts);
  const Json patch = Json::parse(body, nullptr, false);
  std::string why = patch.is_discarded() ? "malformed JSON" : "";
  if (why.empty()) {
    ModelSection trial = held.reported;
    trial.merge(patch);
    why = refusal_of(patch, trial.document());
  }
  if (why.empty() && verdict.effect.value_or(verdict.status == 0)) {
    held.reported.merge(patch);
  }
  if (verdict.cut) {
    drop(held, Error::kLinkLost);
  }
  if (verdict.cut || verdict.silent || held.subscribed(kResponses) == nullptr) {
    return;
  }
  if (verdict.status != 0 || !why.empty()) {
    answer_error(held, Kind::kReportAnswer, request_id, verdict.status != 0 ? verdict.status : 400,
                 verdict.body);
    return;
  }
  send(held, Kind::kReportAnswer,
       "$iothub/twin/res/204/?$rid=" + request_id +
           "&$version=" + std::to_string(held.reported.version()),
       "");
}

void ModelHub::answer_error(Record& held, Kind kind, const std::string& request_id, int status,
                            const std::string& body) {
  const Json usual = {{"errorCode", status * 1000 + 1},
                      {"trackingId", "E8A1D62DF1FB4F2F908B2F1492620D6B-G:10"},
                      {"message", "refused by the model hub"},
                      {"timestampUtc", "2026-11-01T00:00:00.0000000Z"}};
  send(held, kind, "$iothub/twin/res/" + std::to_string(status) + "/?$rid=" + request_id,
       body.empty() ? usual.dump() : body);
}

// Methods and messages.

void ModelHub::take_method_answer(Record& held, const std::string& topic, const std::string& body) {
  const auto found = held.methods.find(parameter(topic, "$rid"));
  if (found == held.methods.end()) {
    return;  // too late: the caller has had its 504
  }
  const char* const first = topic.data() + kMethodAnswer.size();
  found->second.result->done = true;
  std::from_chars(first, topic.data() + topic.size(), found->second.result->status);
  found->second.result->payload = body;
  held.methods.erase(found);
}

void ModelHub::take_telemetry(Record& held, const ScriptedTransport::Publish& publish) {
  const std::string root = held.topic_root() + "/messages/events/";
  const auto properties = properties_of(std::string_view(publish.topic).substr(root.size()));
  if (!properties) {
    drop(held, Error::kLinkLost);  // a malformed property bag closes the connection
    return;
  }
  held.telemetry.push_back({publish.payload, *properties});
  if (publish.qos == Qos::kAtLeastOnce) {
    const Fate what = fate(Kind::kPuback, held);
    if (!what.lost) {
      held.link->acknowledge_publish(publish.packet_id, what.delay);
    }
    if (what.then_cut) {
      held.link->cut();
    }
  }
}

void ModelHub::hand_over_messages(Record& held) {
  const Qos* const qos = held.subscribed(
      held.topic_root() + (held.is_module() ? "/inputs/" : "/messages/devicebound/"));
  if (held.link == nullptr || qos == nullptr) {
    return;
  }
  for (std::size_t i = 0; i < held.messages.size(); ++i) {
    Queued& message = held.messages[i];
    if (message.packet_id == 0) {
      send(held, Kind::kMessage, message.topic, message.body, *qos, &message);
      message.handed_over = true;
    }
  }
  if (*qos == Qos::kAtMostOnce) {
    held.messages.clear();
  }
}

}  // namespace hubtwin::test
