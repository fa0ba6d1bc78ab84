// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/wire/topic.hpp.

#include <hubtwin/wire/decimal.hpp>
#include <hubtwin/wire/topic.hpp>

#include <limits>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_topic {

// Takes `prefix` off `text`, or leaves it and answers false.
static bool strip(std::string_view& text, std::string_view prefix) {
  if (!has_prefix(text, prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

// Takes what stands before the first `separator`, and the separator, off `text`; all of it where
// there is none.
static std::string_view take_until(std::string_view& text, char separator) {
  const std::string_view taken = text.substr(0, text.find(separator));
  text.remove_prefix(taken.size() < text.size() ? taken.size() + 1 : taken.size());
  return taken;
}

// Reads the parameter `name` of `a=b&c=d`. False when it stands there twice; a parameter that is
// missing leaves `value` without one.
static bool read_parameter(std::string_view parameters, std::string_view name,
                           std::optional<std::string_view>& value) {
  value.reset();
  while (!parameters.empty()) {
    std::string_view item = take_until(parameters, '&');
    if (take_until(item, '=') != name) {
      continue;
    }
    if (value) {
      return false;
    }
    value = item;
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
        std::string_view("$()<>@,;:\\\"/[]?={}").find(character) != std::string_view::npos) {
      return false;
    }
  }
  return true;
}

std::optional<MethodRequestTopic> parse_method_request(std::string_view topic) {
  if (!detail_topic::strip(topic, kMethodPrefix)) {
    return std::nullopt;
  }
  const std::string_view name = detail_topic::take_until(topic, '/');
  if (name.empty() || !detail_topic::strip(topic, "?")) {
    return std::nullopt;
  }
  const std::optional<std::string_view> request_id = detail_topic::read_request_id(topic);
  if (!request_id) {
    return std::nullopt;
  }
  return MethodRequestTopic{name, *request_id};
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
  if (!detail_topic::strip(topic, kTwinResponsePrefix)) {
    return std::nullopt;
  }
  const std::string_view status_text = detail_topic::take_until(topic, '/');
  const std::optional<std::uint64_t> status = from_decimal(status_text);
  if (status_text.size() != 3 || !status || *status < 100 || *status > 599 ||
      !detail_topic::strip(topic, "?")) {
    return std::nullopt;
  }
  const std::optional<std::string_view> request_id = detail_topic::read_request_id(topic);
  TwinResponseTopic response;
  if (!request_id || !detail_topic::read_version(topic, response.version)) {
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
  if (!detail_topic::strip(topic, kDesiredPrefix) || !detail_topic::strip(topic, "?") ||
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
  if (!detail_topic::strip(topic, "devices/") || !detail_topic::strip(topic, device_id) ||
      !detail_topic::strip(topic, "/messages/devicebound/")) {
    return std::nullopt;
  }
  return topic;
}

void write_devicebound_filter(TextWriter& filter, std::string_view device_id) {
  filter.text("devices/").text(device_id).text("/messages/devicebound/#");
}

std::optional<InputTopic> parse_input(std::string_view topic, std::string_view device_id,
                                      std::string_view module_id) {
  if (!detail_topic::strip(topic, "devices/") || !detail_topic::strip(topic, device_id) ||
      !detail_topic::strip(topic, "/modules/") || !detail_topic::strip(topic, module_id) ||
      !detail_topic::strip(topic, "/inputs/")) {
    return std::nullopt;
  }
  const std::string_view input = detail_topic::take_until(topic, '/');
  if (input.empty()) {
    return std::nullopt;
  }
  return InputTopic{input, topic};
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
