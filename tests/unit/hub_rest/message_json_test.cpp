// SPDX-License-Identifier: MIT
#include "tools/hub/rest/message_json.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::hub::rest {
namespace {

const TimePoint kNow{std::chrono::seconds{1700000000}};

TEST_CASE("a message is read with all its members") {
  const auto message = message_from_json(Json{{"payload", "hello"},
                                              {"messageId", "m1"},
                                              {"correlationId", "c1"},
                                              {"contentType", "text/plain"},
                                              {"ack", "full"},
                                              {"expirySeconds", 60},
                                              {"properties", {{"colour", "red"}}}},
                                         kNow);
  REQUIRE(message.ok());
  CHECK(message.value().payload == "hello");
  CHECK(message.value().message_id == "m1");
  CHECK(message.value().correlation_id == "c1");
  CHECK_FALSE(message.value().user_id);
  CHECK(message.value().content_type == "text/plain");
  CHECK(message.value().ack == "full");
  CHECK(message.value().expiry == kNow + std::chrono::seconds{60});
  CHECK(message.value().properties.at("colour") == "red");
}

TEST_CASE("bytes that aren't text travel as base64, both ways") {
  const std::string bytes("\xFF\x00\x80", 3);
  const auto message = message_from_json(Json{{"payloadBase64", "/wCA"}}, kNow);
  REQUIRE(message.ok());
  CHECK(message.value().payload == bytes);

  TelemetryEvent event{7, kNow, {"d", "m"}, bytes, 1, {{"$.on", "out"}}};
  Json json = telemetry_to_json(event);
  CHECK(json["payloadBase64"] == "/wCA");
  CHECK_FALSE(json.contains("payload"));
  CHECK(json["moduleId"] == "m");
  CHECK(json["properties"]["$.on"] == "out");
  event.payload = "text";
  event.from.module.clear();
  json = telemetry_to_json(event);
  CHECK(json["payload"] == "text");
  CHECK_FALSE(json.contains("moduleId"));
  CHECK(json["sequence"] == 7);
}

TEST_CASE("a message's fault is named") {
  const std::vector<std::pair<Json, std::string>> cases = {
      {Json::array(), "object"},
      {{{"payload", 1}}, "'payload'"},
      {{{"payloadBase64", "*"}}, "'payloadBase64'"},
      {{{"payload", ""}, {"payloadBase64", ""}}, "exclude"},
      {{{"messageId", 1}}, "'messageId'"},
      {{{"expirySeconds", 0}}, "'expirySeconds'"},
      {{{"expirySeconds", 172801}}, "'expirySeconds'"},
      {{{"expirySeconds", 1.5}}, "'expirySeconds'"},
      {{{"properties", Json::array()}}, "'properties'"},
      {{{"properties", {{"k", 1}}}}, "'k'"},
      {{{"text", "x"}}, "'text'"},
  };
  for (const auto& [body, words] : cases) {
    INFO(body.dump());
    const auto message = message_from_json(body, kNow);
    REQUIRE_FALSE(message.ok());
    CHECK(message.error().http_status == 400);
    CHECK_THAT(message.error().message, Catch::Contains(words));
  }
}

}  // namespace
}  // namespace hubtwin::hub::rest
