// SPDX-License-Identifier: MIT
#include "tools/hub/core/json.hpp"

#include <algorithm>

namespace hubtwin::hub {
namespace {

/// The library's parser keeps its own stack, but what is done with a value later recurses: hence
/// the look ahead of it.
std::size_t nesting(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
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
      deepest = std::max(deepest, ++depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

std::optional<Json> parse_json(std::string_view text, std::string* why, std::size_t max_depth) {
  const auto refuse = [why](std::string reason) {
    if (why != nullptr) {
      *why = std::move(reason);
    }
    return std::nullopt;
  };
  if (nesting(text) > max_depth) {
    return refuse("JSON nests deeper than " + std::to_string(max_depth) + " levels");
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
