// SPDX-License-Identifier: MIT
#include "tools/hub/core/json.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace hubtwin::hub {
namespace {

/// Looks at the shape of a text before it becomes a value: the library's parser keeps its own stack
/// and takes any number of members, but what is done with a value recurses and searches.
std::optional<std::string> refuse_shape(std::string_view text) {
  std::vector<std::size_t> members;  // of each object or array around the place that is looked at
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (members.size() == kMaxJsonDepth) {
        return "JSON nests deeper than " + std::to_string(kMaxJsonDepth) + " levels";
      }
      members.push_back(0);
    } else if ((c == '}' || c == ']') && !members.empty()) {
      members.pop_back();
    } else if (c == ':' && !members.empty() && ++members.back() > kMaxJsonMembers) {
      return "JSON has an object with more than " + std::to_string(kMaxJsonMembers) + " members";
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Json> parse_json(std::string_view text, std::string* why) {
  const auto refuse = [why](std::string reason) {
    if (why != nullptr) {
      *why = std::move(reason);
    }
    return std::nullopt;
  };
  if (auto reason = refuse_shape(text)) {
    return refuse(std::move(*reason));
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return refuse("malformed JSON at byte " + std::to_string(error.byte));
  } catch (const Json::exception&) {
    return refuse("JSON holds a number that is out of range");
  }
}

bool same_value(const Json& left, const Json& right) {
  if (left.is_object() && right.is_object()) {
    return left.size() == right.size() &&
           std::all_of(left.items().begin(), left.items().end(), [&right](const auto& member) {
             const auto other = right.find(member.key());
             return other != right.end() && same_value(member.value(), *other);
           });
  }
  if (left.is_array() && right.is_array()) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(), same_value);
  }
  return left == right;
}

}  // namespace hubtwin::hub
