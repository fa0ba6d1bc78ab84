// SPDX-License-Identifier: MIT
#include "tools/hub/rest/url.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::hub::rest {
namespace {

using Segments = std::vector<std::string>;

TEST_CASE("a target is split before it is decoded") {
  const auto target = parse_target("/devices/a%2Fb%20%C3%BC/modules?api-version=1&x=%26%3D&y");
  REQUIRE(target);
  CHECK(target->segments == Segments{"devices", "a/b \xC3\xBC", "modules"});
  CHECK(target->query.at("api-version") == "1");
  CHECK(target->query.at("x") == "&=");
  CHECK(target->query.at("y").empty());
}

TEST_CASE("a plus sign stays one") {
  const auto target = parse_target("/a+b?c=d+e");
  REQUIRE(target);
  CHECK(target->segments == Segments{"a+b"});
  CHECK(target->query.at("c") == "d+e");
}

TEST_CASE("a slash at a target's end makes no segment") {
  CHECK(parse_target("/devices/")->segments == Segments{"devices"});
  CHECK(parse_target("/")->segments.empty());
  CHECK(parse_target("/a//b")->segments == Segments{"a", "", "b"});
}

TEST_CASE("a malformed target is refused") {
  for (const char* text :
       {"", "devices", "/a%", "/a%2", "/a%zz", "/a%+1", "/a?b=%", "?a=b", "http://host/devices"}) {
    INFO(text);
    CHECK_FALSE(parse_target(text));
  }
}

TEST_CASE("a path matches word by word, and stars take what they stand for") {
  const Segments pattern = {"twins", "*", "modules", "*"};
  CHECK(match_path({"twins", "d", "modules", "m"}, pattern) == Segments{"d", "m"});
  CHECK_FALSE(match_path({"twins", "d", "methods", "m"}, pattern));
  CHECK_FALSE(match_path({"twins", "d", "modules"}, pattern));
  CHECK_FALSE(match_path({"twins", "d", "modules", "m", "methods"}, pattern));
}

}  // namespace
}  // namespace hubtwin::hub::rest
