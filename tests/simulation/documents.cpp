// SPDX-License-Identifier: MIT
#include "documents.hpp"

#include <hubtwin/config.hpp>

#include <algorithm>
#include <utility>

namespace hubtwin::simulation {

namespace {

constexpr const char* kTopKeys[] = {"a", "b", "c", "longer-key"};
constexpr const char* kInnerKeys[] = {"x", "y", "z"};
constexpr unsigned kDeepest = 3;

Json random_member(test::FakeRandom& random, unsigned depth, bool nulls);

Json random_object(test::FakeRandom& random, unsigned depth, bool nulls) {
  Json object = Json::object();
  for (const char* key : kInnerKeys) {
    if (random.chance(50)) {
      object[key] = random_member(random, depth + 1, nulls);
    }
  }
  return object;
}

Json random_member(test::FakeRandom& random, unsigned depth, bool nulls) {
  const std::uint32_t kind = random.below(100);
  if (nulls && kind < 25) {
    return nullptr;
  }
  if (depth < kDeepest && kind < 50) {
    return random_object(random, depth, nulls);
  }
  return kind < 60 ? random_array(random) : random_scalar(random);
}

Json random_section(test::FakeRandom& random, std::uint32_t percent, bool nulls) {
  Json section = Json::object();
  for (const char* key : kTopKeys) {
    if (random.chance(percent)) {
      section[key] = random_member(random, 1, nulls);
    }
  }
  return section;
}

}  // namespace

Json random_scalar(test::FakeRandom& random) {
  constexpr const char* kTexts[] = {"",
                                    "auto",
                                    "Grüße",
                                    "line\nbreak \"quoted\" \\ \t",
                                    "\xE2\x82\xAC \xF0\x9F\x98\x80",
                                    "a text of more than a few words, to fill an arena"};
  switch (random.below(8)) {
    case 0:
      return random.chance(50);
    case 1:
      return kTexts[random.below(6)];
    case 2:
#if HUBTWIN_FLOAT
      return static_cast<double>(random.below(1000)) / 8.0;
#else
      return static_cast<std::int64_t>(random.below(1000));
#endif
    case 3:
      return -4503599627370496 + static_cast<std::int64_t>(random.below(1000));
    default:
      return static_cast<std::int64_t>(random.below(6));  // often the value that is there already
  }
}

Json random_patch(test::FakeRandom& random) {
  return random_section(random, 40, true);
}

Json random_document(test::FakeRandom& random) {
  return random_section(random, 60, false);
}

Json random_array(test::FakeRandom& random) {
  Json array = Json::array();
  for (std::uint32_t i = random.below(4); i > 0; --i) {
    if (random.chance(20)) {
      array.push_back(Json{{"i", random_scalar(random)}});
    } else {
      array.push_back(random_scalar(random));
    }
  }
  return array;
}

Json random_reported_object(test::FakeRandom& random) {
  Json object = Json::object();
  for (const char* key : {"t", "x", "y"}) {
    if (random.chance(50)) {
      const bool nested = random.chance(30);
      object[key] = nested ? Json{{"u", random_scalar(random)}} : random_scalar(random);
    }
  }
  return object;
}

namespace {

// The key before the first dot, taken off the path with it.
std::string take_key(std::string& path) {
  const std::size_t dot = path.find('.');
  std::string key = path.substr(0, dot);
  path.erase(0, dot == std::string::npos ? dot : dot + 1);
  return key;
}

void collect_leaves(const Json& value, const std::string& path, Leaves& leaves) {
  if (!value.is_object() || value.empty()) {
    leaves.emplace(path, value);
    return;
  }
  for (const auto& [key, member] : value.items()) {
    collect_leaves(member, path.empty() ? key : path + "." + key, leaves);
  }
}

}  // namespace

Json value_at(const Json& document, const std::string& path) {
  const Json* place = &document;
  std::size_t begin = 0;
  while (begin <= path.size() && !path.empty()) {
    const std::size_t dot = std::min(path.find('.', begin), path.size());
    const std::string key = path.substr(begin, dot - begin);
    if (!place->is_object() || !place->contains(key)) {
      return Json(Json::value_t::discarded);
    }
    place = &(*place)[key];
    begin = dot + 1;
  }
  return *place;
}

void put_at(Json& document, const std::string& path, Json value) {
  Json* place = &document;
  for (std::string rest = path; !rest.empty();) {
    if (!place->is_object()) {
      *place = Json::object();
    }
    place = &(*place)[take_key(rest)];
  }
  *place = std::move(value);
}

void erase_at(Json& document, const std::string& path) {
  Json* place = &document;
  std::string rest = path;
  std::string key = take_key(rest);
  while (!rest.empty() && place->is_object() && place->contains(key)) {
    place = &(*place)[key];
    key = take_key(rest);
  }
  if (rest.empty() && place->is_object()) {
    place->erase(key);
  }
}

Json without_empty_objects(const Json& document) {
  Json kept = Json::object();
  for (const auto& [key, member] : document.items()) {
    if (!member.is_object()) {
      kept[key] = member;
      continue;
    }
    Json inner = without_empty_objects(member);
    if (!inner.empty()) {
      kept[key] = std::move(inner);
    }
  }
  return kept;
}

std::string scalar_above(const std::string& path, const Json& section) {
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
    std::string above = path.substr(0, dot);
    const Json value = value_at(section, above);
    if (!value.is_discarded() && !value.is_object()) {
      return above;
    }
  }
  return "";
}

Leaves leaves_of(const Json& document) {
  Leaves leaves;
  if (!document.empty()) {
    collect_leaves(document, "", leaves);
  }
  return leaves;
}

bool related(const std::string& one, const std::string& other) {
  const std::string& outer = one.size() < other.size() ? one : other;
  const std::string& inner = one.size() < other.size() ? other : one;
  return inner.compare(0, outer.size(), outer) == 0 &&
         (inner.size() == outer.size() || outer.empty() || inner[outer.size()] == '.');
}

}  // namespace hubtwin::simulation
