// SPDX-License-Identifier: MIT
#include "support/view_json.hpp"

#include <string>

namespace hubtwin::test {

nlohmann::json json_of(PropertyView place) {
  switch (place.type()) {
    case PropertyType::kNone:
    case PropertyType::kNull:
      return nullptr;
    case PropertyType::kBool:
      return place.as_bool().value();
    case PropertyType::kInteger:
      return place.as_integer().value();
    case PropertyType::kDouble:
#if HUBTWIN_FLOAT
      return place.as_double().value();
#else
      break;
#endif
    case PropertyType::kString:
      return std::string(place.as_string().value());
    case PropertyType::kObject: {
      nlohmann::json object = nlohmann::json::object();
      for (const PropertyView member : place) {
        object[std::string(member.key())] = json_of(member);
      }
      return object;
    }
    case PropertyType::kArray: {
      nlohmann::json array = nlohmann::json::array();
      for (const PropertyView element : place) {
        array.push_back(json_of(element));
      }
      return array;
    }
  }
  return nullptr;
}

}  // namespace hubtwin::test
