// SPDX-License-Identifier: MIT
#include "tools/hub/core/twin.hpp"

#include <random>

#include <catch2/catch.hpp>

using namespace hubtwin::hub;

namespace {

const TimePoint kCreated{std::chrono::seconds{1700000000}};
const TimePoint kLater = kCreated + std::chrono::seconds{60};
const std::string kCreatedText = "2023-11-14T22:13:20.0000000Z";
const std::string kLaterText = "2023-11-14T22:14:20.0000000Z";

Json json(const std::string& text) {
  std::string why;
  auto parsed = parse_json(text, &why);
  INFO(text << ": " << why);
  REQUIRE(parsed);
  return *parsed;
}

Json desired_body(const Json& desired) {
  return {{"properties", {{"desired", desired}}}};
}

Twin twin_with_reported(const std::string& text) {
  Twin twin(kCreated);
  REQUIRE_FALSE(twin.patch_reported(json(text), kCreated));
  return twin;
}

std::string refusal_of(const Json& patch) {
  Twin twin(kCreated);
  const auto refusal = twin.patch_reported(patch, kLater);
  if (refusal) {
    CHECK(twin.reported().version() == 1);
    CHECK(twin.reported().value().empty());
    CHECK(twin.version() == 1);
  }
  return refusal.value_or("");
}

/// Containers within the section's root, around a leaf.
Json nested(std::size_t levels, bool arrays) {
  Json value = "leaf";
  for (std::size_t i = 0; i < levels; ++i) {
    value = arrays ? Json::array({value}) : Json{{"k", value}};
  }
  return {{"k", value}};
}

/// A random object; `nulls` as in a patch.
Json random_object(std::mt19937& random, int depth, bool nulls) {
  Json object = Json::object();
  for (auto count = random() % 5; count > 0; --count) {
    const std::string key(1, static_cast<char>('a' + random() % 5));
    switch (random() % (depth > 0 ? 6u : 4u)) {
      case 0:
        object[key] = nulls ? Json(nullptr) : Json(true);
        break;
      case 1:
        object[key] = random() % 3;
        break;
      case 2:
        object[key] = "text";
        break;
      case 3:
        object[key] = Json::array({random() % 3, Json{{"in", "array"}}});
        break;
      default:
        object[key] = random_object(random, depth - 1, nulls);
    }
  }
  return object;
}

/// RFC 7386 word for word, to compare with.
Json reference_merge(Json target, const Json& patch) {
  if (!patch.is_object()) {
    return patch;
  }
  if (!target.is_object()) {
    target = Json::object();
  }
  for (const auto& member : patch.items()) {
    if (member.value().is_null()) {
      target.erase(member.key());
    } else {
      const Json old = target.contains(member.key()) ? target[member.key()] : Json(nullptr);
      target[member.key()] = reference_merge(old, member.value());
    }
  }
  return target;
}

/// Whether metadata has a node with the two stamps for each key of the value, and no other.
bool mirrors(const Json& metadata, const Json& value) {
  if (!metadata.contains("$lastUpdated") || !metadata.contains("$lastUpdatedVersion")) {
    return false;
  }
  if (!value.is_object()) {
    return metadata.size() == 2;
  }
  for (const auto& member : value.items()) {
    if (!metadata.contains(member.key()) || !mirrors(metadata[member.key()], member.value())) {
      return false;
    }
  }
  return metadata.size() == value.size() + 2;
}

}  // namespace

TEST_CASE("patches merge as RFC 7386 says") {
  struct {
    std::string before, patch, after;
  } const cases[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"({"e":1})", R"({"a":1})", R"({"e":1,"a":1})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
      {R"({"a":1})", R"({"a":{"b":2}})", R"({"a":{"b":2}})"},
      {R"({"a":{"b":2}})", R"({"a":1})", R"({"a":1})"},
      {R"({"a":{"b":2}})", R"({"a":{}})", R"({"a":{"b":2}})"},
      {R"({"a":{"b":2}})", R"({"a":{"b":null}})", R"({"a":{}})"},
      {R"({"a":1})", R"({})", R"({"a":1})"},
      {R"({"a":1})", R"({"b":null})", R"({"a":1})"},
      {R"({"a":[1,2,3]})", R"({"a":[9]})", R"({"a":[9]})"},
  };
  for (const auto& row : cases) {
    INFO(row.before << " + " << row.patch);
    Twin twin = twin_with_reported(row.before);
    REQUIRE_FALSE(twin.patch_reported(json(row.patch), kLater));
    CHECK(same_value(twin.reported().value(), json(row.after)));
    CHECK(twin.reported().version() == 3);
    CHECK(mirrors(twin.reported().service_view()["$metadata"], twin.reported().value()));
  }
}

TEST_CASE("a new twin is empty, at version 1 in all its parts, stamped with its creation") {
  const Twin twin(kCreated);
  const Json section = {{"$metadata", {{"$lastUpdated", kCreatedText}, {"$lastUpdatedVersion", 1}}},
                        {"$version", 1}};
  CHECK(twin.desired().service_view() == section);
  CHECK(twin.reported().service_view() == section);
  CHECK(twin.tags() == Json::object());
  CHECK(twin.version() == 1);
}

TEST_CASE("metadata stamps the path that a patch touched, and nothing beside it") {
  Twin twin = twin_with_reported(R"({"a":{"b":1,"c":2},"d":3})");
  REQUIRE_FALSE(twin.patch_reported(json(R"({"a":{"b":9}})"), kLater));
  const Json view = twin.reported().service_view();
  const Json old_stamp = {{"$lastUpdated", kCreatedText}, {"$lastUpdatedVersion", 2}};
  const Json new_stamp = {{"$lastUpdated", kLaterText}, {"$lastUpdatedVersion", 3}};
  Json expected = new_stamp;
  expected["a"] = new_stamp;
  expected["a"]["b"] = new_stamp;
  expected["a"]["c"] = old_stamp;
  expected["d"] = old_stamp;
  CHECK(same_value(view["$metadata"], expected));
  CHECK(view["$version"] == 3);
}

TEST_CASE(
    "merging agrees with a reading of RFC 7386, and metadata follows, over random histories") {
  std::mt19937 random(7386);
  for (int history = 0; history < 300; ++history) {
    Twin twin(kCreated);
    Json expected = Json::object();
    for (std::uint64_t step = 1; step <= 12; ++step) {
      const Json patch = random_object(random, 3, true);
      INFO(expected << " + " << patch);
      REQUIRE_FALSE(twin.patch_reported(patch, kLater));
      expected = reference_merge(expected, patch);
      REQUIRE(same_value(twin.reported().value(), expected));
      REQUIRE(twin.reported().version() == 1 + step);
      REQUIRE(mirrors(twin.reported().service_view()["$metadata"], expected));
    }
  }
}

TEST_CASE("a replacement is announced as all of the new with null for what is gone") {
  CHECK(replacement_patch(json(R"({"a":1,"b":2})"), json(R"({"a":1,"c":100})")).dump() ==
        R"({"a":1,"b":null,"c":100})");
  CHECK(replacement_patch(json(R"({"a":{"x":1,"y":2}})"), json(R"({"a":{"y":3}})")).dump() ==
        R"({"a":{"x":null,"y":3}})");
  CHECK(replacement_patch(json(R"({"a":{"x":1}})"), json(R"({"a":5})")).dump() == R"({"a":5})");
  CHECK(replacement_patch(json(R"({"a":5})"), json(R"({"a":{"x":1}})")).dump() ==
        R"({"a":{"x":1}})");
  CHECK(replacement_patch(json(R"({"a":[1,2]})"), json(R"({"a":[2]})")).dump() == R"({"a":[2]})");
}

TEST_CASE("merging the announcement of a replacement gives the replacement, for random documents") {
  std::mt19937 random(954);
  for (int i = 0; i < 2000; ++i) {
    const Json before = random_object(random, 3, false);
    const Json after = random_object(random, 3, false);
    const Json patch = replacement_patch(before, after);
    INFO(before << " -> " << after << " by " << patch);
    REQUIRE(same_value(reference_merge(before, patch), after));
  }
}

TEST_CASE("PUT replaces tags and desired properties and tells the device the difference") {
  Twin twin(kCreated);
  REQUIRE_FALSE(
      twin.patch(json(R"({"tags":{"t":1},"properties":{"desired":{"a":1,"b":2}}})"), kCreated)
          .refusal);
  const auto write =
      twin.replace(json(R"({"tags":{"u":2},"properties":{"desired":{"a":1,"c":100}}})"), kLater);
  REQUIRE_FALSE(write.refusal);
  CHECK(write.notification->dump() == R"({"a":1,"b":null,"c":100})");
  CHECK(twin.tags().dump() == R"({"u":2})");
  CHECK(twin.desired().device_view().dump() == R"({"a":1,"c":100,"$version":3})");
  CHECK(mirrors(twin.desired().service_view()["$metadata"], twin.desired().value()));

  SECTION("a section that the body lacks becomes empty") {
    const auto second = twin.replace(Json::object(), kLater);
    REQUIRE_FALSE(second.refusal);
    CHECK(second.notification->dump() == R"({"a":null,"c":null})");
    CHECK(twin.tags().empty());
    CHECK(twin.desired().device_view().dump() == R"({"$version":4})");
  }
  SECTION("null is refused, whole") {
    const auto second =
        twin.replace(json(R"({"tags":{},"properties":{"desired":{"a":{"b":null}}}})"), kLater);
    CHECK(second.refusal == "properties.desired.a.b is null in a replacement");
    CHECK(twin.tags().dump() == R"({"u":2})");
    CHECK(twin.desired().version() == 3);
  }
}

TEST_CASE("a service PATCH goes to the device as it was written") {
  Twin twin(kCreated);
  const auto write = twin.patch(desired_body(json(R"({"a":1,"gone":null,"b":{"c":2}})")), kLater);
  CHECK(write.notification->dump() == R"({"a":1,"gone":null,"b":{"c":2}})");
  const auto same = twin.patch(desired_body(json(R"({"a":1})")), kLater);
  CHECK(same.notification->dump() == R"({"a":1})");
  CHECK(twin.desired().version() == 3);

  SECTION("tags alone don't concern the device") {
    const auto tags = twin.patch(json(R"({"tags":{"t":1}})"), kLater);
    CHECK_FALSE(tags.refusal);
    CHECK_FALSE(tags.notification);
    CHECK(twin.desired().version() == 3);
    CHECK(twin.version() == 4);
  }
  SECTION("what the service reads it may send back") {
    const Json echo = desired_body(twin.desired().service_view());
    CHECK_FALSE(twin.patch(echo, kLater).refusal);
    CHECK(twin.desired().value().dump() == R"({"a":1,"b":{"c":2}})");
  }
  SECTION("a refused section keeps the other from being written") {
    const auto refused =
        twin.patch(json(R"({"tags":{"t":1},"properties":{"desired":{"$x":1}}})"), kLater);
    CHECK(refused.refusal ==
          "properties.desired has the key '$x' with one of '.', '$', space or a control character");
    CHECK(twin.tags().empty());
    CHECK(twin.version() == 3);
  }
  SECTION("bodies of the wrong shape") {
    CHECK(twin.patch(json("[]"), kLater).refusal == "the body isn't an object");
    CHECK(twin.patch(json(R"({"properties":1})"), kLater).refusal == "properties isn't an object");
    CHECK(twin.patch(json(R"({"tags":null})"), kLater).refusal == "tags isn't an object");
    CHECK(twin.patch(desired_body(json("[1]")), kLater).refusal ==
          "properties.desired isn't an object");
    CHECK(twin.version() == 3);
  }
  SECTION("a body that names no section writes nothing") {
    CHECK_FALSE(twin.patch(json(R"({"deviceId":"d"})"), kLater).refusal);
    CHECK(twin.version() == 3);
  }
}

TEST_CASE("keys, values and depth have limits") {
  CHECK(refusal_of(json("[1]")) == "properties.reported isn't an object");
  CHECK(refusal_of(json("5")) == "properties.reported isn't an object");
  for (const char* key : {"$version", "a.b", "a b", "a\tb", "a\u0085b", "$"}) {
    INFO(key);
    CHECK(refusal_of({{"p", {{key, 1}}}}) ==
          std::string("properties.reported.p has the key '") + key +
              "' with one of '.', '$', space or a control character");
  }
  CHECK(refusal_of({{"", 1}}) == "properties.reported has an empty key");
  CHECK(refusal_of({{"caf\xC3\xA9-#/", 1}}).empty());
  CHECK(refusal_of({{std::string(1024, 'k'), 1}}).empty());
  CHECK(refusal_of({{std::string(1025, 'k'), 1}}) ==
        "properties.reported has a key longer than 1 KB");
  CHECK(refusal_of({{"s", std::string(4096, 'v')}}).empty());
  CHECK(refusal_of({{"s", std::string(4097, 'v')}}) ==
        "properties.reported.s is a string longer than 4 KB");

  SECTION("integers keep to 52 bits") {
    const std::string why =
        "properties.reported.n is an integer outside -4503599627370496 to 4503599627370495";
    CHECK(refusal_of(json(R"({"n":4503599627370495})")).empty());
    CHECK(refusal_of(json(R"({"n":4503599627370496})")) == why);
    CHECK(refusal_of(json(R"({"n":-4503599627370496})")).empty());
    CHECK(refusal_of(json(R"({"n":-4503599627370497})")) == why);
    CHECK(refusal_of(json(R"({"n":18446744073709551615})")) == why);
    CHECK(refusal_of(json(R"({"n":1e30})")).empty());
  }
  SECTION("ten levels of objects or arrays, with a leaf in the tenth") {
    CHECK(refusal_of(nested(10, false)).empty());
    CHECK(refusal_of(nested(11, false)).find("is nested deeper than 10 levels") !=
          std::string::npos);
    CHECK(refusal_of(nested(10, true)).empty());
    CHECK(refusal_of(nested(11, true)).find("is nested deeper than 10 levels") !=
          std::string::npos);
  }
  SECTION("null has no place within an array, at any depth") {
    CHECK(refusal_of(json(R"({"a":[1,null]})")) ==
          "properties.reported.a[1] is null within an array");
    CHECK(refusal_of(json(R"({"a":[{"b":{"c":null}}]})")) ==
          "properties.reported.a[0].b.c is null within an array");
    CHECK(refusal_of(json(R"({"a":[[],{},[""]]})")).empty());
  }
}

TEST_CASE("sizes are counted as the service counts them") {
  CHECK(twin_size(json(R"({})")) == 0);
  CHECK(twin_size(json(R"({"ab":"xyz"})")) == 5);
  CHECK(twin_size(json(R"({"n":1,"m":-2.5,"b":true})")) == 1 + 8 + 1 + 8 + 1 + 4);
  CHECK(twin_size(json(R"({"o":{"k":"v"},"a":["x",1,{"y":false}]})")) ==
        1 + (1 + 1) + 1 + (1 + 8 + (1 + 4)));
  CHECK(twin_size(json("{\"e\":\"\xC3\xA9\"}")) == 1 + 2);
  CHECK(twin_size(json(R"({"c":"a\n\u0085b"})")) == 1 + 2);
}

TEST_CASE("a section is bounded by the document that results, whole") {
  const auto filled = [](std::size_t size) {
    Json section = Json::object();
    for (int i = 0; size > 0; ++i) {
      const std::string key = "k" + std::to_string(i);
      const std::size_t length = std::min<std::size_t>(4096, size - key.size());
      section[key] = std::string(length, 'v');
      size -= key.size() + length;
    }
    return section;
  };
  Twin twin(kCreated);
  REQUIRE_FALSE(twin.patch_reported(filled(32768), kLater));
  CHECK(twin.patch_reported({{"a", ""}}, kLater) ==
        "properties.reported would have 32769 bytes, more than the 32768 allowed");
  CHECK(twin.reported().version() == 2);
  CHECK_FALSE(twin.patch_reported({{"a", ""}, {"k0", "shorter"}}, kLater));

  CHECK_FALSE(twin.patch(desired_body(filled(32768)), kLater).refusal);
  CHECK(twin.patch({{"tags", filled(8193)}}, kLater).refusal ==
        "tags would have 8193 bytes, more than the 8192 allowed");
  CHECK_FALSE(twin.patch({{"tags", filled(8192)}}, kLater).refusal);
}

TEST_CASE("what a device reads has the versions last and nothing of the service's") {
  Twin twin = twin_with_reported(R"({"r":1})");
  REQUIRE_FALSE(
      twin.patch(json(R"({"tags":{"t":1},"properties":{"desired":{"b":1,"a":2}}})"), kLater)
          .refusal);
  CHECK(twin.device_document() ==
        R"({"desired":{"b":1,"a":2,"$version":2},"reported":{"r":1,"$version":2}})");
}

TEST_CASE("every write changes the etag") {
  Twin twin(kCreated);
  CHECK(twin.etag() == "AAAAAAAAAAE=");
  REQUIRE_FALSE(twin.patch_reported(json("{}"), kLater));
  CHECK(twin.etag() == "AAAAAAAAAAI=");
}

TEST_CASE("a twin survives being stored") {
  Twin twin = twin_with_reported(R"({"r":{"s":[1,{"t":2.5}]}})");
  REQUIRE_FALSE(
      twin.patch(json(R"({"tags":{"t":1},"properties":{"desired":{"a":{"b":1}}}})"), kLater)
          .refusal);
  const Twin again = Twin::from_json(json(twin.to_json().dump()));
  CHECK(again.to_json() == twin.to_json());
  CHECK(again.device_document() == twin.device_document());
  CHECK(again.etag() == twin.etag());
}
