// SPDX-License-Identifier: MIT
#include "device.hpp"

namespace hubtwin::conformance {

TelemetryMessage telemetry_of(std::string_view body, Qos qos) {
  TelemetryMessage message;
  message.payload = as_bytes(body);
  message.qos = qos;
  return message;
}

Json json_of(PropertyView place) {
  switch (place.type()) {
    case PropertyType::kNone:
    case PropertyType::kNull:
      return nullptr;
    case PropertyType::kBool:
      return place.as_bool().value();
    case PropertyType::kInteger:
      return place.as_integer().value();
    case PropertyType::kDouble:
      return place.as_double().value();
    case PropertyType::kString:
      return std::string(place.as_string().value());
    case PropertyType::kObject: {
      Json object = Json::object();
      for (const PropertyView member : place) {
        object[std::string(member.key())] = json_of(member);
      }
      return object;
    }
    case PropertyType::kArray: {
      Json array = Json::array();
      for (const PropertyView element : place) {
        array.push_back(json_of(element));
      }
      return array;
    }
  }
  return nullptr;
}

}  // namespace hubtwin::conformance
