// SPDX-License-Identifier: MIT
#include "tools/hub/core/topic.hpp"

#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/time_text.hpp"

#include <algorithm>
#include <array>

namespace hubtwin::hub {
namespace {

using Properties = std::map<std::string, std::string>;

constexpr std::string_view kTwinGet = "$iothub/twin/GET/";
constexpr std::string_view kReportedPatch = "$iothub/twin/PATCH/properties/reported/";
constexpr std::string_view kMethodResponse = "$iothub/methods/res/";
/// The service closes on these when they stand unencoded in a bag.
constexpr std::string_view kForbiddenInBag = " :/#";

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t length = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return taken;
}

/// Ids stand raw in topics by most clients, percent-encoded by some.
bool is_id(std::string_view segment, const std::string& id) {
  return segment == id || percent_decode(segment) == id;
}

/// Takes "devices/{d}/" or "devices/{d}/modules/{m}/" if it names `id`.
bool take_identity(std::string_view& text, const IdentityId& id) {
  if (!take_prefix(text, "devices/") || !is_id(take_until(text, '/'), id.device)) {
    return false;
  }
  return !id.is_module() ||
         (take_prefix(text, "modules/") && is_id(take_until(text, '/'), id.module));
}

/// "?$rid=..&$version=..": by name, values as they stand.
std::optional<Properties> parse_parameters(std::string_view text) {
  if (!take_prefix(text, "?")) {
    return std::nullopt;
  }
  Properties parameters;
  while (!text.empty()) {
    std::string_view value = take_until(text, '&');
    const auto name = percent_decode(take_until(value, '='));
    if (!name) {
      return std::nullopt;
    }
    parameters.emplace(*name, value);
  }
  const auto rid = parameters.find("$rid");
  if (rid == parameters.end() || rid->second.empty()) {
    return std::nullopt;
  }
  return parameters;
}

std::string write_property_bag(const Properties& properties) {
  std::string bag;
  for (const auto& [key, value] : properties) {
    bag += (bag.empty() ? "" : "&") + percent_encode(key) + '=' + percent_encode(value);
  }
  return bag;
}

Properties wire_properties(const DownstreamMessage& message) {
  Properties properties = message.properties;
  const auto add = [&properties](const char* key, const std::optional<std::string>& value) {
    if (value) {
      properties[key] = *value;
    }
  };
  add("$.mid", message.message_id);
  add("$.cid", message.correlation_id);
  add("$.uid", message.user_id);
  add("$.ct", message.content_type);
  add("$.ce", message.content_encoding);
  add("iothub-ack", message.ack);
  if (message.expiry) {
    properties["$.exp"] = to_iso8601(*message.expiry);
  }
  return properties;
}

}  // namespace

std::optional<std::map<std::string, std::string>> parse_property_bag(std::string_view bag) {
  if (bag.find_first_of(kForbiddenInBag) != std::string_view::npos) {
    return std::nullopt;
  }
  Properties properties;
  while (!bag.empty()) {
    std::string_view value = take_until(bag, '&');
    const auto key = percent_decode(take_until(value, '='));
    const auto decoded = percent_decode(value);
    if (!key || !decoded || key->empty()) {
      return std::nullopt;
    }
    properties[*key] = *decoded;
  }
  return properties;
}

std::optional<PublishTopic> parse_publish_topic(const IdentityId& sender, std::string_view topic,
                                                std::string* why) {
  const auto refuse = [why](const char* reason) {
    *why = reason;
    return std::nullopt;
  };
  std::string_view rest = topic;
  if (take_prefix(rest, kTwinGet)) {
    const auto parameters = parse_parameters(rest);
    if (!parameters) {
      return refuse("a twin GET needs ?$rid=");
    }
    return TwinGetTopic{parameters->at("$rid")};
  }
  if (take_prefix(rest, kReportedPatch)) {
    const auto parameters = parse_parameters(rest);
    if (!parameters) {
      return refuse("a reported PATCH needs ?$rid=");
    }
    ReportedPatchTopic patch{parameters->at("$rid"), std::nullopt};
    if (const auto version = parameters->find("$version"); version != parameters->end()) {
      patch.base_version = version->second;
    }
    return patch;
  }
  if (take_prefix(rest, kMethodResponse)) {
    const std::string_view status = take_until(rest, '/');
    const auto parameters = parse_parameters(rest);
    if (!parameters) {
      return refuse("a method response needs /?$rid=");
    }
    return MethodResponseTopic{std::string(status), parameters->at("$rid")};
  }
  if (take_identity(rest, sender) && take_prefix(rest, "messages/events") &&
      (rest.empty() || take_prefix(rest, "/"))) {
    take_prefix(rest, "?");
    if (!rest.empty() && rest.back() == '/') {
      rest.remove_suffix(1);
    }
    auto properties = parse_property_bag(rest);
    if (!properties) {
      return refuse("the telemetry topic's property bag is malformed or not percent-encoded");
    }
    return TelemetryTopic{std::move(*properties)};
  }
  return refuse("the topic isn't one that this identity may publish to");
}

std::optional<Subscription> classify_filter(const IdentityId& subscriber, std::string_view filter) {
  if (filter == "$iothub/methods/POST/#") {
    return Subscription::kMethods;
  }
  if (filter == "$iothub/twin/res/#") {
    return Subscription::kTwinResponses;
  }
  if (filter == "$iothub/twin/PATCH/properties/desired/#") {
    return Subscription::kDesired;
  }
  std::string_view rest = filter;
  if (subscriber.is_module()) {
    if (take_identity(rest, subscriber) && (rest == "inputs/#" || rest == "#")) {
      return Subscription::kInputs;
    }
  } else if (filter == "devices/+/messages/devicebound/#" ||
             (take_identity(rest, subscriber) && rest == "messages/devicebound/#")) {
    return Subscription::kMessages;
  }
  return std::nullopt;
}

std::string twin_response_topic(int status, const std::string& rid,
                                std::optional<std::uint64_t> version) {
  return "$iothub/twin/res/" + std::to_string(status) + "/?$rid=" + rid +
         (version ? "&$version=" + std::to_string(*version) : "");
}

std::string desired_topic(std::uint64_t version) {
  return "$iothub/twin/PATCH/properties/desired/?$version=" + std::to_string(version);
}

std::string method_request_topic(const std::string& method, const std::string& rid) {
  return "$iothub/methods/POST/" + method + "/?$rid=" + rid;
}

std::string device_bound_topic(const std::string& device, const DownstreamMessage& message) {
  Properties properties = wire_properties(message);
  properties["$.to"] = "/devices/" + device + "/messages/deviceBound";
  return "devices/" + device + "/messages/devicebound/" + write_property_bag(properties);
}

std::string input_topic(const IdentityId& module, const std::string& input,
                        const DownstreamMessage& message, const std::optional<IdentityId>& from) {
  Properties properties = wire_properties(message);
  if (from) {
    properties["$.cdid"] = from->device;
    if (from->is_module()) {
      properties["$.cmid"] = from->module;
    }
  }
  return "devices/" + module.device + "/modules/" + module.module + "/inputs/" + input + '/' +
         write_property_bag(properties);
}

bool is_input(const IdentityId& module, std::string_view topic) {
  return module.is_module() && take_identity(topic, module) && take_prefix(topic, "inputs/");
}

}  // namespace hubtwin::hub
