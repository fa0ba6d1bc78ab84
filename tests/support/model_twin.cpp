// SPDX-License-Identifier: MIT
#include "support/model_twin.hpp"

#include <cctype>

namespace hubtwin::test {

namespace {

constexpr std::size_t kLargestSection = 32 * 1024;
constexpr std::size_t kLongestKey = 1024;
constexpr std::size_t kLongestString = 4 * 1024;
constexpr std::size_t kDeepest = 10;
constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 52) - 1;
constexpr std::int64_t kSmallestInteger = -(std::int64_t{1} << 52);

Json difference(const Json& before, const Json& after) {
  Json patch = after;
  for (const auto& [key, value] : before.items()) {
    if (!after.contains(key)) {
      patch[key] = nullptr;
    } else if (value.is_object() && after[key].is_object()) {
      patch[key] = difference(value, after[key]);
    }
  }
  return patch;
}

std::size_t size_of(const Json& value) {
  std::size_t size = 0;
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      size += key.size() + size_of(member);
    }
  } else if (value.is_array()) {
    for (const Json& element : value) {
      size += size_of(element);
    }
  } else if (value.is_string()) {
    size = value.get_ref<const std::string&>().size();
  } else if (value.is_boolean()) {
    size = 4;
  } else if (value.is_number()) {
    size = 8;
  }
  return size;
}

bool key_allowed(const std::string& key) {
  if (key.empty() || key.size() > kLongestKey) {
    return false;
  }
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F || c == '.' || c == '$' || c == '#') {
      return false;
    }
  }
  return true;
}

std::string check(const Json& value, std::size_t depth, bool in_array) {
  if (value.is_object() || value.is_array()) {
    if (depth > kDeepest) {
      return "nested too deeply";
    }
    for (const auto& [key, member] : value.items()) {
      if (value.is_object() && !key_allowed(key)) {
        return "bad key '" + key + "'";
      }
      std::string why = check(member, depth + 1, in_array || value.is_array());
      if (!why.empty()) {
        return why;
      }
    }
  } else if (value.is_null() && in_array) {
    return "null within an array";
  } else if (value.is_string() && value.get_ref<const std::string&>().size() > kLongestString) {
    return "string too long";
  } else if (value.is_number_unsigned() &&
             value.get<std::uint64_t>() > static_cast<std::uint64_t>(kLargestInteger)) {
    return "integer too large";
  } else if (value.is_number_integer() && !value.is_number_unsigned() &&
             value.get<std::int64_t>() < kSmallestInteger) {
    return "integer too small";
  }
  return {};
}

}  // namespace

void ModelSection::merge(const Json& patch) {
  document_.merge_patch(patch);
  ++version_;
}

Json ModelSection::replace(const Json& document) {
  Json patch = difference(document_, document);
  document_ = document;
  ++version_;
  return patch;
}

Json ModelSection::with_version(Json content) const {
  content["$version"] = version_;
  return content;
}

void ModelSection::reset() {
  document_ = Json::object();
  version_ = 1;
}

std::string refusal_of(const Json& patch, const Json& resulting) {
  if (!patch.is_object()) {
    return "the root is not an object";
  }
  for (const auto& [key, value] : patch.items()) {
    std::string why = key_allowed(key) ? check(value, 1, false) : "bad key '" + key + "'";
    if (!why.empty()) {
      return why;
    }
  }
  return size_of(resulting) > kLargestSection ? "section too large" : "";
}

}  // namespace hubtwin::test
