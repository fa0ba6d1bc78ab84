// SPDX-License-Identifier: MIT
#include "support/model_hub.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace hubtwin::test {
namespace {

// The key and the token that go with 1700000000 are published test vectors of the token format.
constexpr const char* kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr const char* kToken =
    "SharedAccessSignature sr=contoso.azure-devices.net%2Fdevices%2Fdev1"
    "&sig=udHyfg%2F8lpbpIAsU5yRStGD3eVnZQq9%2BbzttstD811g%3D&se=1700000000";

ScriptedTransport::Connect good_connect() {
  ScriptedTransport::Connect connect;
  connect.client_id = "dev1";
  connect.user_name = "contoso.azure-devices.net/dev1/?api-version=2021-04-12";
  connect.password = kToken;
  return connect;
}

TEST_CASE("model hub: a CONNECT -> accepted only with everything right") {
  World world;
  ModelHub hub(world);
  hub.create("dev1");
  hub.create("dev2");
  hub.set_key("dev1", kKey);
  // One minute before the vector's token expires.
  hub.set_clock_offset(UtcTime(std::chrono::seconds(1700000000 - 60)) - FakeClock::kStartUtc);
  ScriptedTransport transport(world.clock);
  ScriptedTransport::Connect connect = good_connect();
  bool good = false;
  SECTION("as published") {
    good = true;
  }
  SECTION("another key") {
    hub.set_key("dev1", hub.key("dev2"));
  }
  SECTION("long expired") {
    hub.set_clock_offset(std::chrono::seconds(0));
  }
  SECTION("another device's token") {
    connect.client_id = "dev2";
    connect.user_name = "contoso.azure-devices.net/dev2/?api-version=2021-04-12";
  }
  SECTION("no api-version") {
    connect.user_name = "contoso.azure-devices.net/dev1/?x=1";
  }
  SECTION("unknown device") {
    connect.client_id = "dev3";
  }
  SECTION("a module's user name") {
    connect.user_name = "contoso.azure-devices.net/dev1/mod/?api-version=2021-04-12";
  }
  SECTION("no token") {
    connect.password.clear();
  }
  SECTION("a touched token") {
    connect.password.back() = '1';
  }
  hub.on_connect(transport, connect);
  CHECK(hub.connected("dev1") == good);
  CHECK(hub.refusals() == (good ? 0u : 1u));
}

TEST_CASE("model twin: merging -> null deletes, arrays are replaced, objects merge") {
  ModelSection section;
  section.merge(Json::parse(R"({"a":{"b":1,"c":[1,2,3]},"d":true})"));
  section.merge(Json::parse(R"({"a":{"b":null,"c":[9]},"d":{"x":{"y":null}},"gone":null})"));
  CHECK(section.document() == Json::parse(R"({"a":{"c":[9]},"d":{"x":{}}})"));
  CHECK(section.version() == 3);
}

TEST_CASE("model twin: replacing -> the notification names what went") {
  ModelSection section;
  section.merge(Json::parse(R"({"a":1,"b":2,"n":{"x":1,"y":2}})"));
  const Json patch = section.replace(Json::parse(R"({"a":1,"c":100,"n":{"x":1}})"));
  CHECK(patch == Json::parse(R"({"a":1,"b":null,"c":100,"n":{"x":1,"y":null}})"));
  CHECK(section.document() == Json::parse(R"({"a":1,"c":100,"n":{"x":1}})"));
}

TEST_CASE("model twin: what the hub refuses -> is refused") {
  const auto refused = [](const std::string& text) {
    const Json patch = Json::parse(text);
    return !refusal_of(patch, patch).empty();
  };
  CHECK_FALSE(refused(R"({"a":{"b":[1,{"c":true}]},"n":null})"));
  CHECK(refused("[1]"));
  CHECK(refused(R"({"$version":1})"));
  CHECK(refused(R"({"a.b":1})"));
  CHECK(refused(R"({"a b":1})"));
  CHECK(refused(R"({"a":[null]})"));
  CHECK(refused(R"({"a":[{"b":null}]})"));
  CHECK_FALSE(refused(R"({"a":4503599627370495,"b":-4503599627370496})"));
  CHECK(refused(R"({"a":4503599627370496})"));
  CHECK(refused(R"({"a":-4503599627370497})"));
  CHECK(refused(Json({{"a", std::string(4097, 'x')}}).dump()));
  Json large = Json::object();
  for (int i = 0; i < 9; ++i) {
    large["k" + std::to_string(i)] = std::string(4000, 'x');
  }
  CHECK(refused(large.dump()));
  std::string nested = "1";
  for (int depth = 0; depth < 10; ++depth) {
    nested = R"({"o":)" + nested + "}";
  }
  CHECK_FALSE(refused(R"({"r":)" + nested + "}"));
  CHECK(refused(R"({"r":{"o":)" + nested + "}}"));
}

}  // namespace
}  // namespace hubtwin::test
