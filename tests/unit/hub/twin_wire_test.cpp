// SPDX-License-Identifier: MIT
#include "hub_fixture.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin::hub;

namespace {

constexpr char kResponses[] = "$iothub/twin/res/#";
constexpr char kDesired[] = "$iothub/twin/PATCH/properties/desired/#";
constexpr char kReport[] = "$iothub/twin/PATCH/properties/reported/?$rid=r";

struct TwinFixture : HubFixture {
  /// Reports and answers the one response's topic; its body is left in `body`.
  std::string report(const std::string& payload, const std::string& topic = kReport) {
    outbound.take();
    REQUIRE(publish("d", topic, payload));
    REQUIRE(outbound.sent.size() == 1);
    body = outbound.sent[0].payload;
    return outbound.sent[0].topic;
  }

  Json desired(const std::string& text) {
    return {{"properties", {{"desired", *parse_json(text)}}}};
  }

  std::string body;
};

}  // namespace

TEST_CASE_METHOD(TwinFixture,
                 "device and module each have a twin of their own on the same topics") {
  REQUIRE(hub.patch_twin({"d", ""}, desired(R"({"who":"device"})"), std::nullopt));
  REQUIRE(hub.patch_twin({"d", "m"}, desired(R"({"who":"module"})"), std::nullopt));
  for (const std::string client : {"d", "d/m"}) {
    connect(client);
    REQUIRE(subscribe(client, kResponses));
    REQUIRE(publish(client, "$iothub/twin/GET/?$rid=7", " "));
  }
  CHECK(outbound.sent ==
        std::vector<Sent>{
            {"d", "$iothub/twin/res/200/?$rid=7",
             R"({"desired":{"who":"device","$version":2},"reported":{"$version":1}})", 0},
            {"d/m", "$iothub/twin/res/200/?$rid=7",
             R"({"desired":{"who":"module","$version":2},"reported":{"$version":1}})", 0}});
}

TEST_CASE_METHOD(TwinFixture, "answers and notifications go out at the QoS that was granted") {
  connect("d");
  REQUIRE(subscribe("d", kResponses, 2));
  REQUIRE(subscribe("d", kDesired, 1));
  REQUIRE(publish("d", "$iothub/twin/GET/?$rid=1", ""));
  REQUIRE(hub.patch_twin({"d", ""}, desired("{}"), std::nullopt));
  REQUIRE(outbound.sent.size() == 2);
  CHECK(outbound.sent[0].qos == 1);
  CHECK(outbound.sent[1].qos == 1);
}

TEST_CASE_METHOD(TwinFixture, "nothing is sent to who didn't subscribe, or left") {
  const auto connection = connect("d");
  REQUIRE(publish("d", "$iothub/twin/GET/?$rid=1", ""));
  REQUIRE(hub.patch_twin({"d", ""}, desired("{}"), std::nullopt));
  CHECK(outbound.sent.empty());
  REQUIRE(subscribe("d", kDesired));
  hub.unsubscribe("d", kDesired);
  REQUIRE(hub.patch_twin({"d", ""}, desired("{}"), std::nullopt));
  CHECK(outbound.sent.empty());
  REQUIRE(subscribe("d", kDesired));
  hub.disconnected("d", connection);
  REQUIRE(hub.patch_twin({"d", ""}, desired("{}"), std::nullopt));
  CHECK(outbound.sent.empty());
}

TEST_CASE_METHOD(TwinFixture, "a report is merged and answered 204 with the new version") {
  connect("d");
  REQUIRE(subscribe("d", kResponses));
  CHECK(report(R"({"a":{"b":1}})") == "$iothub/twin/res/204/?$rid=r&$version=2");
  CHECK(body.empty());
  CHECK(report(R"({"a":{"c":2,"b":null}})") == "$iothub/twin/res/204/?$rid=r&$version=3");
  const Json reported = hub.get_twin({"d", ""}).value()["properties"]["reported"];
  CHECK(reported["a"] == Json{{"c", 2}});
  CHECK(reported["$version"] == 3);
}

TEST_CASE_METHOD(TwinFixture,
                 "a bad report is answered 400 with an error body and changes nothing") {
  connect("d");
  REQUIRE(subscribe("d", kResponses));
  const auto [payload, message] = GENERATE(table<std::string, std::string>({
      {"", "properties.reported: malformed JSON at byte 1"},
      {"{\"a\":", "properties.reported: malformed JSON at byte 6"},
      {"[]", "properties.reported isn't an object"},
      {R"({"a":[null]})", "properties.reported.a[0] is null within an array"},
      {R"({"$version":3})",
       "properties.reported has the key '$version' with one of '.', '$', space or a control "
       "character"},
      {std::string(128 * 1024 + 1, ' '), "the patch is longer than any that keeps the 32 KB limit"},
  }));
  INFO(payload.substr(0, 100));
  CHECK(report(payload) == "$iothub/twin/res/400/?$rid=r");
  const Json error = parse_json(body).value();
  CHECK(error["errorCode"] == 400004);
  CHECK(error["message"] == message);
  CHECK(error["trackingId"].get<std::string>().size() > 10);
  CHECK(error["timestampUtc"] == "2023-11-14T22:13:20.0000000Z");
  CHECK(error.size() == 4);
  CHECK(hub.get_twin({"d", ""}).value()["properties"]["reported"]["$version"] == 1);
}

TEST_CASE_METHOD(TwinFixture, "a report may name the version that it is based on") {
  connect("d");
  REQUIRE(subscribe("d", kResponses));
  const std::string topic = std::string(kReport) + "&$version=";
  CHECK(report(R"({"a":1})", topic + "1") == "$iothub/twin/res/204/?$rid=r&$version=2");
  CHECK(report(R"({"a":2})", topic + "1") == "$iothub/twin/res/412/?$rid=r");
  CHECK(parse_json(body).value()["errorCode"] == 412001);
  CHECK(report(R"({"a":2})", topic + "x") == "$iothub/twin/res/400/?$rid=r");
  CHECK(hub.get_twin({"d", ""}).value()["properties"]["reported"]["a"] == 1);
}

TEST_CASE_METHOD(TwinFixture, "service writes notify with the version in topic and body") {
  connect("d");
  REQUIRE(subscribe("d", kDesired));
  REQUIRE(hub.patch_twin({"d", ""}, desired(R"({"a":1,"b":2,"x":null})"), std::nullopt));
  REQUIRE(hub.patch_twin({"d", ""}, desired(R"({"a":1})"), std::nullopt));
  REQUIRE(hub.patch_twin({"d", ""}, {{"tags", {{"t", 1}}}}, std::nullopt));
  REQUIRE(hub.replace_twin({"d", ""}, desired(R"({"a":1,"c":100})"), std::nullopt));
  const std::string topic = "$iothub/twin/PATCH/properties/desired/?$version=";
  CHECK(outbound.sent ==
        std::vector<Sent>{{"d", topic + "2", R"({"a":1,"b":2,"x":null,"$version":2})", 0},
                          {"d", topic + "3", R"({"a":1,"$version":3})", 0},
                          {"d", topic + "4", R"({"a":1,"b":null,"c":100,"$version":4})", 0}});
}

TEST_CASE_METHOD(TwinFixture, "a refused service write is 400004 and notifies nobody") {
  connect("d");
  REQUIRE(subscribe("d", kDesired));
  const auto refused = hub.patch_twin({"d", ""}, desired(R"({"a":[null]})"), std::nullopt);
  CHECK(refused.error().code == 400004);
  CHECK(refused.error().message == "properties.desired.a[0] is null within an array");
  CHECK(outbound.sent.empty());
}

TEST_CASE_METHOD(TwinFixture, "If-Match guards a twin") {
  const std::string etag = hub.get_twin({"d", ""}).value()["etag"];
  CHECK(hub.patch_twin({"d", ""}, desired("{}"), "\"" + etag + "\""));
  const auto late = hub.replace_twin({"d", ""}, desired("{}"), "\"" + etag + "\"");
  CHECK(late.error().code == 412001);
  CHECK(late.error().http_status == 412);
  CHECK(hub.patch_twin({"d", ""}, desired("{}"), "\"*\""));
  CHECK(hub.patch_twin({"d", ""}, desired("{}"), "*"));
  CHECK(hub.get_twin({"d", ""}).value()["properties"]["desired"]["$version"] == 4);
}

TEST_CASE_METHOD(TwinFixture, "twins of who isn't there") {
  CHECK(hub.get_twin({"x", ""}).error().code == 404001);
  CHECK(hub.get_twin({"x", "m"}).error().code == 404001);
  CHECK(hub.get_twin({"d", "x"}).error().code == 404010);
  CHECK(hub.patch_twin({"d", "x"}, {}, std::nullopt).error().code == 404010);
}

TEST_CASE_METHOD(TwinFixture, "the service's view of a twin has the documented members") {
  const auto names = [](const Json& object) {
    std::string text;
    for (const auto& member : object.items()) {
      text += member.key() + ' ';
    }
    return text;
  };
  const Json device = hub.get_twin({"d", ""}).value();
  CHECK(names(device) ==
        "deviceId etag deviceEtag status statusReason statusUpdateTime connectionState "
        "lastActivityTime cloudToDeviceMessageCount authenticationType x509Thumbprint modelId "
        "version tags properties capabilities ");
  CHECK(device["statusUpdateTime"] == "0001-01-01T00:00:00Z");
  CHECK(device["lastActivityTime"] == "0001-01-01T00:00:00Z");
  CHECK(device["x509Thumbprint"] ==
        Json{{"primaryThumbprint", nullptr}, {"secondaryThumbprint", nullptr}});
  CHECK(device["authenticationType"] == "sas");
  CHECK(device["tags"] == Json::object());
  CHECK(names(device["properties"]["desired"]) == "$metadata $version ");
  CHECK(hub.get_twin({"d", "m"}).value()["moduleId"] == "m");
}

TEST_CASE_METHOD(TwinFixture, "queries page through devices or modules") {
  add({"c", ""});
  add({"e", ""});
  add({"e", "n"});
  const auto ids = [](const QueryPage& page) {
    std::string text;
    for (const Json& item : page.items) {
      text += item["deviceId"].get<std::string>();
      text += item.contains("moduleId") ? "/" + item["moduleId"].get<std::string>() + " " : " ";
    }
    return text;
  };
  CHECK(ids(hub.query("SELECT * FROM devices", 100, std::nullopt).value()) == "c d e ");
  CHECK(ids(hub.query(" select *  from Devices.Modules ", 100, std::nullopt).value()) ==
        "d/m e/n ");
  CHECK(ids(hub.query("SELECT * FROM devices WHERE deviceId = 'd'", 9, std::nullopt).value()) ==
        "d ");

  auto page = hub.query("SELECT * FROM devices", 2, std::nullopt);
  CHECK(ids(page.value()) == "c d ");
  REQUIRE(page.value().continuation);
  SECTION("the next page goes on") {
    page = hub.query("SELECT * FROM devices", 2, page.value().continuation);
    CHECK(ids(page.value()) == "e ");
    CHECK_FALSE(page.value().continuation);
  }
  SECTION("also when the last identity of the page has gone meanwhile") {
    REQUIRE(hub.remove_identity({"d", ""}, std::nullopt));
    CHECK(ids(hub.query("SELECT * FROM devices", 2, page.value().continuation).value()) == "e ");
  }
  SECTION("a page that is just full is the last") {
    CHECK_FALSE(hub.query("SELECT * FROM devices", 3, std::nullopt).value().continuation);
  }
  SECTION("what this hub doesn't speak is 400004") {
    CHECK(hub.query("SELECT deviceId FROM devices", 1, std::nullopt).error().code == 400004);
    CHECK(hub.query("SELECT * FROM devices.jobs", 1, std::nullopt).error().code == 400004);
    CHECK(hub.query(std::string(5000, ' '), 1, std::nullopt).error().code == 400004);
    CHECK(hub.query("SELECT * FROM devices", 0, std::nullopt).error().code == 400004);
    CHECK(hub.query("SELECT * FROM devices", 1, "?").error().code == 400004);
  }
}
