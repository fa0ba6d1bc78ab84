// SPDX-License-Identifier: MIT
#include "tools/hub/cli/arguments.hpp"

#include "tools/hub/cli/errors.hpp"

#include <catch2/catch.hpp>

namespace hubtwin::hub::cli {
namespace {

TEST_CASE("an identity is a device or a module") {
  CHECK(parse_identity("d") == IdentityId{"d", ""});
  CHECK(parse_identity("d/m") == IdentityId{"d", "m"});
  for (const char* text : {"", "/", "d/", "/m", "d/m/x", "a b"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_identity(text), UsageError);
  }
  CHECK_THROWS_AS(parse_device("d/m"), UsageError);
  CHECK_THROWS_AS(parse_module("d"), UsageError);
}

TEST_CASE("a JSON argument must be JSON, and an object where one is meant") {
  CHECK(read_json_argument("[1]") == Json::array({1}));
  CHECK(read_object_argument("{\"a\":1}").at("a") == 1);
  CHECK_THROWS_WITH(read_json_argument("{"), Catch::Contains("isn't JSON"));
  CHECK_THROWS_WITH(read_object_argument("[1]"), Catch::Contains("array"));
  CHECK_THROWS_WITH(read_json_argument("@/no/such/file"), Catch::Contains("/no/such/file"));
}

TEST_CASE("properties are pairs, each once") {
  const auto properties = parse_properties({"a=1", "b=x=y", "c="});
  CHECK(properties.at("a") == "1");
  CHECK(properties.at("b") == "x=y");
  CHECK(properties.at("c").empty());
  CHECK_THROWS_AS(parse_properties({"a"}), UsageError);
  CHECK_THROWS_AS(parse_properties({"=1"}), UsageError);
  CHECK_THROWS_AS(parse_properties({"a=1", "a=2"}), UsageError);
}

}  // namespace
}  // namespace hubtwin::hub::cli
