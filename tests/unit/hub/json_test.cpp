// SPDX-License-Identifier: MIT
#include "tools/hub/core/json.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin::hub;

TEST_CASE("JSON keeps the order of members") {
  CHECK(parse_json(R"({"b":1,"a":2})")->dump() == R"({"b":1,"a":2})");
}

TEST_CASE("equality of values doesn't look at the order of members") {
  CHECK(same_value(*parse_json(R"({"b":[{"x":1,"y":2}],"a":2})"),
                   *parse_json(R"({"a":2,"b":[{"y":2,"x":1}]})")));
  CHECK_FALSE(same_value(*parse_json(R"({"a":1})"), *parse_json(R"({"a":1,"b":2})")));
  CHECK_FALSE(same_value(*parse_json(R"({"a":1,"c":2})"), *parse_json(R"({"a":1,"b":2})")));
  CHECK_FALSE(same_value(*parse_json("[1,2]"), *parse_json("[2,1]")));
  CHECK_FALSE(same_value(*parse_json("[1,2]"), *parse_json("[1]")));
}

TEST_CASE("text that isn't JSON is refused with its place and without its content") {
  std::string why;
  CHECK_FALSE(parse_json(R"({"secret":)", &why));
  CHECK(why == "malformed JSON at byte 11");
  CHECK_FALSE(parse_json("", &why));
  CHECK_FALSE(parse_json("{} {}", &why));
  CHECK_FALSE(parse_json("[1,]", &why));
  CHECK_FALSE(parse_json("NaN", &why));
  CHECK_FALSE(parse_json("\"\xC3\"", &why));
  CHECK_FALSE(parse_json("1e999", &why));
  CHECK(why == "JSON holds a number that is out of range");
}

TEST_CASE("nesting is bounded before anything recurses") {
  CHECK(parse_json(std::string(64, '[') + std::string(64, ']')));
  std::string why;
  CHECK_FALSE(parse_json(std::string(65, '[') + std::string(65, ']'), &why));
  CHECK(why == "JSON nests deeper than 64 levels");
  CHECK_FALSE(parse_json(std::string(1000000, '['), &why));
  CHECK(parse_json('"' + std::string(1000, '[') + R"(\"[[")"));
}

TEST_CASE("an object has a bounded number of members, wherever it stands") {
  const auto object = [](std::size_t members) {
    std::string text = "{";
    for (std::size_t i = 0; i < members; ++i) {
      text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":\":\"";
    }
    return text + '}';
  };
  CHECK(parse_json("[" + object(4096) + ",{\"more\":[" + object(4096) + "]}]"));
  std::string why;
  CHECK_FALSE(parse_json("[" + object(4097) + "]", &why));
  CHECK(why == "JSON has an object with more than 4096 members");
}
