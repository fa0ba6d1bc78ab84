// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/wire/topic.hpp.

#include <hubtwin/wire/decimal.hpp>
#include <hubtwin/wire/topic.hpp>

#include <limits>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_topic {

constexpr std::string_view kNotInNames = "$()<>@,;:\\\"/[]?={}";

// Reads the parameter `name` of `a=b&c=d`. False when it stands there twice; a parameter that is
// missing leaves `value` without one.
static bool read_parameter(std::string_view parameters, std::string_view name,
                           std::optional<std::string_view>& value) {
  value.reset();
  while (!parameters.empty()) {
    const Cut parameter = cut(parameters, '&');
    parameters = parameter.after;
    const Cut item = cut(parameter.before, '=');
    if (item.before != name) {
      continue;
    }
    if (value) {
      return false;
    }
    value = item.after;
  }
  return true;
}

// It is sent back in a topic, so it must not hold what is forbidden there.
static bool is_request_id(std::string_view text) {
  if (text.empty() || text.size() > kMaxRequestIdSize) {
    return false;
  }
  for (const char character : text) {
    if (character <= ' ' || character > '~' || character == '+' || character == '#') {
      return false;
    }
  }
  return true;
}

static std::optional<std::string_view> read_request_id(std::string_view parameters) {
  std::optional<std::string_view> request_id;
  if (!read_parameter(parameters, "$rid", request_id) || !request_id ||
      !is_request_id(*request_id)) {
    return std::nullopt;
  }
  return request_id;
}

// False for a version that stands there twice or isn't a number.
static bool read_version(std::string_view parameters, std::optional<std::uint64_t>& version) {
  std::optional<std::string_view> text;
  version.reset();
  if (!read_parameter(parameters, "$version", text)) {
    return false;
  }
  if (text) {
    version = from_decimal(*text);
    return version.has_value();
  }
  return true;
}

}  // namespace detail_topic

bool is_method_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxMethodNameSize) {
    return false;
  }
  for (const char character : name) {
    if (character <= ' ' || character > '~' ||
        detail_topic::kNotInNames.find(character) != std::string_view::npos) {
      return false;
    }
  }
  return true;
}

std::optional<MethodRequestTopic> parse_method_request(std::string_view topic) {
  if (!strip_prefix(topic, kMethodPrefix)) {
    return std::nullopt;
  }
  const Cut name = cut(topic, '/');
  std::string_view parameters = name.after;
  if (name.before.empty() || !strip_prefix(parameters, "?")) {
    return std::nullopt;
  }
  const std::optional<std::string_view> request_id = detail_topic::read_request_id(parameters);
  if (!request_id) {
    return std::nullopt;
  }
  return MethodRequestTopic{name.before, *request_id};
}

void write_method_response(TextWriter& topic, int status, std::string_view request_id) {
  topic.text("$iothub/methods/res/");
  if (status < 0) {
    topic.text("-");
  }
  topic.number(status < 0 ? 0U - static_cast<unsigned>(status) : static_cast<unsigned>(status));
  topic.text("/?$rid=").text(request_id);
}

std::optional<TwinResponseTopic> parse_twin_response(std::string_view topic) {
  if (!strip_prefix(topic, kTwinResponsePrefix)) {
    return std::nullopt;
  }
  const Cut status_text = cut(topic, '/');
  std::string_view parameters = status_text.after;
  const std::optional<std::uint64_t> status = from_decimal(status_text.before);
  if (status_text.before.size() != 3 || !status || *status < 100 || *status > 599 ||
      !strip_prefix(parameters, "?")) {
    return std::nullopt;
  }
  const std::optional<std::string_view> request_id = detail_topic::read_request_id(parameters);
  TwinResponseTopic response;
  if (!request_id || !detail_topic::read_version(parameters, response.version)) {
    return std::nullopt;
  }
  response.status = static_cast<int>(*status);
  response.request_id = *request_id;
  return response;
}

std::optional<std::uint32_t> TwinResponseTopic::request_number() const {
  const std::optional<std::uint64_t> number = from_decimal(request_id);
  const bool leading_zero = request_id.size() > 1 && request_id[0] == '0';
  if (!number || leading_zero || *number > std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*number);
}

std::optional<std::uint64_t> parse_desired_notification(std::string_view topic) {
  std::optional<std::uint64_t> version;
  if (!strip_prefix(topic, kDesiredPrefix) || !strip_prefix(topic, "?") ||
      !detail_topic::read_version(topic, version)) {
    return std::nullopt;
  }
  return version;
}

void write_twin_get(TextWriter& topic, std::uint32_t request_id) {
  topic.text("$iothub/twin/GET/?$rid=").number(request_id);
}

void write_reported_patch(TextWriter& topic, std::uint32_t request_id) {
  topic.text("$iothub/twin/PATCH/properties/reported/?$rid=").number(request_id);
}

std::optional<std::string_view> parse_devicebound(std::string_view topic,
                                                  std::string_view device_id) {
  if (!strip_prefix(topic, "devices/") || !strip_prefix(topic, device_id) ||
      !strip_prefix(topic, "/messages/devicebound/")) {
    return std::nullopt;
  }
  return topic;
}

std::optional<InputTopic> parse_input(std::string_view topic, std::string_view device_id,
                                      std::string_view module_id) {
  if (!strip_prefix(topic, "devices/") || !strip_prefix(topic, device_id) ||
      !strip_prefix(topic, "/modules/") || !strip_prefix(topic, module_id) ||
      !strip_prefix(topic, "/inputs/")) {
    return std::nullopt;
  }
  const Cut input = cut(topic, '/');
  if (input.before.empty()) {
    return std::nullopt;
  }
  return InputTopic{input.before, input.after};
}

void write_input_filter(TextWriter& filter, std::string_view device_id,
                        std::string_view module_id) {
  filter.text("devices/").text(device_id).text("/modules/").text(module_id).text("/inputs/#");
}

void write_telemetry(TextWriter& topic, std::string_view device_id, std::string_view module_id) {
  topic.text("devices/").text(device_id);
  if (!module_id.empty()) {
    topic.text("/modules/").text(module_id);
  }
  topic.text("/messages/events/");
}

HUBTWIN_NAMESPACE_END
