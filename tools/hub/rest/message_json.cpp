// SPDX-License-Identifier: MIT
#include "tools/hub/rest/message_json.hpp"

#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/time_text.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace hubtwin::hub::rest {
namespace {

constexpr std::int64_t kLongestExpiryS = 2 * 24 * 60 * 60;

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

}  // namespace

Result<DownstreamMessage> message_from_json(const Json& body, TimePoint now) {
  if (!body.is_object()) {
    return errors::argument_invalid("the body must be a JSON object");
  }
  DownstreamMessage message;
  const std::map<std::string, std::optional<std::string>*> texts = {
      {"messageId", &message.message_id},
      {"correlationId", &message.correlation_id},
      {"userId", &message.user_id},
      {"contentType", &message.content_type},
      {"contentEncoding", &message.content_encoding},
      {"ack", &message.ack},
  };
  if (body.contains("payload") && body.contains("payloadBase64")) {
    return errors::argument_invalid("'payload' and 'payloadBase64' exclude each other");
  }
  for (const auto& [name, value] : body.items()) {
    const auto text = texts.find(name);
    if (text != texts.end()) {
      if (!value.is_string()) {
        return errors::argument_invalid("'" + name + "' must be a string");
      }
      *text->second = value.get<std::string>();
    } else if (name == "payload") {
      if (!value.is_string()) {
        return errors::argument_invalid(
            "'payload' must be a string; other bytes go in 'payloadBase64'");
      }
      message.payload = value.get<std::string>();
    } else if (name == "payloadBase64") {
      const std::optional<std::string> bytes =
          value.is_string() ? base64_decode(value.get_ref<const std::string&>()) : std::nullopt;
      if (!bytes) {
        return errors::argument_invalid("'payloadBase64' must be a base64 string");
      }
      message.payload = *bytes;
    } else if (name == "expirySeconds") {
      if (!value.is_number_integer() || value < 1 || value > kLongestExpiryS) {
        return errors::argument_invalid("'expirySeconds' must be an integer from 1 to " +
                                        std::to_string(kLongestExpiryS));
      }
      message.expiry = now + std::chrono::seconds(value.get<std::int64_t>());
    } else if (name == "properties") {
      if (!value.is_object()) {
        return errors::argument_invalid("'properties' must be an object");
      }
      for (const auto& [key, text_value] : value.items()) {
        if (!text_value.is_string()) {
          return errors::argument_invalid("property '" + key + "' must be a string");
        }
        message.properties[key] = text_value.get<std::string>();
      }
    } else {
      return errors::argument_invalid("unknown member '" + name + "'");
    }
  }
  return message;
}

Json telemetry_to_json(const TelemetryEvent& event) {
  Json json = {{"sequence", event.sequence},
               {"enqueuedTime", to_iso8601(event.enqueued)},
               {"deviceId", event.from.device}};
  if (event.from.is_module()) {
    json["moduleId"] = event.from.module;
  }
  json["qos"] = event.qos;
  json["properties"] = Json::object();
  for (const auto& [key, value] : event.properties) {
    json["properties"][key] = value;
  }
  if (is_utf8(event.payload)) {
    json["payload"] = event.payload;
  } else {
    json["payloadBase64"] = base64_encode(event.payload);
  }
  return json;
}

}  // namespace hubtwin::hub::rest
