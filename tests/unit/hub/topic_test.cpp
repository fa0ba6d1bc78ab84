// SPDX-License-Identifier: MIT
#include "tools/hub/core/topic.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin::hub;

namespace {

const IdentityId kDevice{"d", ""};
const IdentityId kModule{"d", "m"};

std::optional<PublishTopic> parse(const IdentityId& sender, const std::string& topic) {
  std::string why;
  auto parsed = parse_publish_topic(sender, topic, &why);
  CHECK(parsed.has_value() == why.empty());
  return parsed;
}

using Properties = std::map<std::string, std::string>;

Properties telemetry(const IdentityId& sender, const std::string& topic) {
  INFO(topic);
  const auto parsed = parse(sender, topic);
  REQUIRE(parsed);
  return std::get<TelemetryTopic>(*parsed).properties;
}

}  // namespace

TEST_CASE("telemetry topics carry a property bag, with the variants seen in the field") {
  CHECK(telemetry(kDevice, "devices/d/messages/events/").empty());
  CHECK(telemetry(kDevice, "devices/d/messages/events").empty());
  CHECK(telemetry(kDevice, "devices/d/messages/events/a=1&b=x%20y") ==
        Properties{{"a", "1"}, {"b", "x y"}});
  CHECK(telemetry(kDevice, "devices/d/messages/events/?a=1") == Properties{{"a", "1"}});
  CHECK(telemetry(kDevice, "devices/d/messages/events/%24.mid=7&$.ct=application%2Fjson") ==
        Properties{{"$.mid", "7"}, {"$.ct", "application/json"}});
  CHECK(telemetry(kModule, "devices/d/modules/m/messages/events/%24.on=alert/") ==
        Properties{{"$.on", "alert"}});
  CHECK(telemetry(kDevice, "devices/d/messages/events/key&empty=&x==y") ==
        Properties{{"empty", ""}, {"key", ""}, {"x", "=y"}});
  CHECK(telemetry({"a b", ""}, "devices/a%20b/messages/events/").empty());
}

TEST_CASE("what is unencoded or malformed in a bag is refused") {
  for (const char* bag :
       {"a b=1", "a=1:2", "a/b=1", "a=#", "=1", "a=%", "a=%4", "a=%zz", "%g0=1"}) {
    INFO(bag);
    CHECK_FALSE(parse_property_bag(bag));
    CHECK_FALSE(parse(kDevice, std::string("devices/d/messages/events/") + bag));
  }
}

TEST_CASE("an identity publishes in its own name only") {
  CHECK_FALSE(parse(kDevice, "devices/e/messages/events/"));
  CHECK_FALSE(parse(kDevice, "devices/d/modules/m/messages/events/"));
  CHECK_FALSE(parse(kModule, "devices/d/messages/events/"));
  CHECK_FALSE(parse(kModule, "devices/d/modules/n/messages/events/"));
}

TEST_CASE("foreign topics are refused") {
  for (const char* topic : {"",
                            "a",
                            "devices",
                            "devices/",
                            "devices/d",
                            "devices/d/messages/eventsX",
                            "devices/d/messages/devicebound/",
                            "$iothub/",
                            "$iothub/twin/GET",
                            "$iothub/twin/get/?$rid=1",
                            "$iothub/twin/GET/",
                            "$iothub/twin/GET/?rid=1",
                            "$iothub/twin/GET/?$rid=",
                            "$iothub/twin/GET/?%=1&$rid=1",
                            "$iothub/twin/PATCH/properties/desired/?$rid=1",
                            "$iothub/twin/PATCH/properties/reported/",
                            "$iothub/methods/res/200",
                            "$iothub/methods/res/",
                            "$iothub/methods/res/200/?x=1",
                            "$iothub/methods/POST/m/?$rid=1",
                            "$iothub/twin/res/200/?$rid=1"}) {
    INFO(topic);
    CHECK_FALSE(parse(kDevice, topic));
    CHECK_FALSE(parse(kModule, topic));
  }
}

TEST_CASE("request ids are any text, echoed as they stand") {
  const auto get = parse(kDevice, "$iothub/twin/GET/?$rid=0%2Fa-B_9");
  REQUIRE(get);
  CHECK(std::get<TwinGetTopic>(*get).rid == "0%2Fa-B_9");
  CHECK(twin_response_topic(200, "0%2Fa-B_9") == "$iothub/twin/res/200/?$rid=0%2Fa-B_9");
}

TEST_CASE("parameters are found by name, in any order") {
  const auto patch =
      parse(kDevice, "$iothub/twin/PATCH/properties/reported/?$version=7&x=y&$rid=a");
  REQUIRE(patch);
  CHECK(std::get<ReportedPatchTopic>(*patch).rid == "a");
  CHECK(std::get<ReportedPatchTopic>(*patch).base_version == "7");
  const auto plain = parse(kDevice, "$iothub/twin/PATCH/properties/reported/?$rid=a");
  CHECK_FALSE(std::get<ReportedPatchTopic>(*plain).base_version);
  const auto answer = parse(kModule, "$iothub/methods/res/-5/?$rid=1f");
  CHECK(std::get<MethodResponseTopic>(*answer).status == "-5");
  CHECK(std::get<MethodResponseTopic>(*answer).rid == "1f");
}

TEST_CASE("only the documented filters are known") {
  CHECK(classify_filter(kDevice, "devices/d/messages/devicebound/#") == Subscription::kMessages);
  CHECK(classify_filter(kDevice, "devices/+/messages/devicebound/#") == Subscription::kMessages);
  CHECK(classify_filter(kModule, "devices/d/modules/m/inputs/#") == Subscription::kInputs);
  CHECK(classify_filter(kModule, "devices/d/modules/m/#") == Subscription::kInputs);
  for (const auto& id : {kDevice, kModule}) {
    CHECK(classify_filter(id, "$iothub/methods/POST/#") == Subscription::kMethods);
    CHECK(classify_filter(id, "$iothub/twin/res/#") == Subscription::kTwinResponses);
    CHECK(classify_filter(id, "$iothub/twin/PATCH/properties/desired/#") == Subscription::kDesired);
    for (const char* filter : {"#", "+/#", "$iothub/#", "$iothub/twin/res/+", "devices/#",
                               "devices/e/messages/devicebound/#", "devices/d/messages/events/#",
                               "$SYS/#", "$share/g/$iothub/twin/res/#", ""}) {
      INFO(filter);
      CHECK_FALSE(classify_filter(id, filter));
    }
  }
  CHECK_FALSE(classify_filter(kModule, "devices/d/messages/devicebound/#"));
  CHECK_FALSE(classify_filter(kModule, "devices/+/messages/devicebound/#"));
  CHECK_FALSE(classify_filter(kDevice, "devices/d/modules/m/inputs/#"));
  CHECK_FALSE(classify_filter(kModule, "devices/d/modules/n/#"));
}

TEST_CASE("the hub's own topics") {
  CHECK(twin_response_topic(204, "1", 5) == "$iothub/twin/res/204/?$rid=1&$version=5");
  CHECK(desired_topic(6) == "$iothub/twin/PATCH/properties/desired/?$version=6");
  CHECK(method_request_topic("a*b", "1f") == "$iothub/methods/POST/a*b/?$rid=1f");

  DownstreamMessage message;
  message.message_id = "m 1";
  message.properties = {{"k&", "v="}};
  CHECK(
      device_bound_topic("d", message) ==
      "devices/d/messages/devicebound/%24.mid=m%201&%24.to=%2Fdevices%2Fd%2Fmessages%2FdeviceBound"
      "&k%26=v%3D");
  message.expiry = TimePoint{std::chrono::milliseconds{1700000000500}};
  CHECK(input_topic(kModule, "in", message, IdentityId{"d", "n"}) ==
        "devices/d/modules/m/inputs/in/%24.cdid=d&%24.cmid=n"
        "&%24.exp=2023-11-14T22%3A13%3A20.5000000Z&%24.mid=m%201&k%26=v%3D");
}
