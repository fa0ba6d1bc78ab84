// SPDX-License-Identifier: MIT
#include "hub_fixture.hpp"
#include "temporary_folder.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin::hub;
using std::chrono::hours;

namespace {

constexpr char kMessages[] = "devices/d/messages/devicebound/#";
constexpr char kResponses[] = "$iothub/twin/res/#";

DownstreamMessage text(const std::string& payload) {
  DownstreamMessage message;
  message.payload = payload;
  return message;
}

/// A second hub on the state that the fixture's left: what a restart would find.
struct RestartFixture : HubFixture {
  std::unique_ptr<Hub> restart() {
    outbound.take();
    return std::make_unique<Hub>(hub.options(), store, outbound, clock, log);
  }
};

}  // namespace

TEST_CASE_METHOD(RestartFixture, "identities and twins outlive the hub") {
  connect("d");
  REQUIRE(hub.put_identity({"d", ""},
                           {{"statusReason", "why"}, {"capabilities", {{"iotEdge", true}}}}, "*"));
  REQUIRE(hub.patch_twin({"d", "m"},
                         {{"tags", {{"t", 1}}}, {"properties", {{"desired", {{"a", {1, 2}}}}}}},
                         std::nullopt));
  Json device = hub.get_identity({"d", ""}).value();
  const Json module_twin = hub.get_twin({"d", "m"}).value();
  const auto again = restart();
  device["connectionState"] = "Disconnected";
  CHECK(again->get_identity({"d", ""}).value() == device);
  CHECK(again->get_twin({"d", "m"}).value() == module_twin);
  CHECK(again->client_ids() == std::vector<std::string>{"d", "d/m"});
}

TEST_CASE_METHOD(RestartFixture, "filters of lasting sessions outlive the hub, with their QoS") {
  connect("d");
  REQUIRE(subscribe("d", kResponses, 1));
  REQUIRE(subscribe("d", kMessages, 1));
  hub.unsubscribe("d", kMessages);
  connect("d/m", true);
  REQUIRE(subscribe("d/m", kResponses, 1));
  const auto again = restart();
  const auto answers = [&](const std::string& client) {
    REQUIRE(again->connect(request(client)).accepted());
    PublishedMessage get;
    get.topic = "$iothub/twin/GET/?$rid=1";
    REQUIRE(again->publish(client, get).accepted());
    return outbound.take();
  };
  SECTION("as remembered") {
    const auto sent = answers("d");
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].qos == 1);
    CHECK(answers("d/m").empty());
  }
  SECTION("as the broker has them") {
    again->restore_session("d", std::vector<std::string>{kResponses, kMessages, "foreign/#"});
    CHECK(answers("d").at(0).qos == 1);
    REQUIRE(again->send_message("d", text("x")));
    CHECK(outbound.sent.at(0).qos == 0);  // the broker doesn't tell the QoS
  }
  SECTION("none when the broker has no session") {
    again->restore_session("d", std::nullopt);
    CHECK(answers("d").empty());
  }
}

TEST_CASE_METHOD(RestartFixture, "messages outlive the hub, bytes and all") {
  const std::string payload("\0\xFF\x80", 3);
  REQUIRE(hub.send_message("d", text(payload)));
  REQUIRE(hub.send_message("d", text("2")));
  const auto again = restart();
  REQUIRE(again->connect(request("d")).accepted());
  REQUIRE(again->subscribe("d", kMessages, 1).accepted());
  REQUIRE(outbound.sent.size() == 2);
  CHECK(outbound.sent[0].payload == payload);

  SECTION("and expire on time") {
    clock.time += hours{1};
    again->tick();
    CHECK(again->get_identity({"d", ""}).value()["cloudToDeviceMessageCount"] == 0);
    CHECK(store.rows(Store::Table::kMessage).empty());
  }
}

TEST_CASE_METHOD(RestartFixture, "what was handed over before a restart") {
  connect("d");
  REQUIRE(subscribe("d", kMessages, 1));
  REQUIRE(hub.send_message("d", text("1")));
  const std::string topic = outbound.sent.at(0).topic;
  const auto again = restart();
  SECTION("stays with the broker that kept the session") {
    again->restore_session("d", std::vector<std::string>{kMessages});
    REQUIRE(again->connect(request("d")).accepted());
    CHECK(again->resume_delivery("d", topic, "1"));
    again->tick();
    CHECK(outbound.sent.empty());
    CHECK(again->get_identity({"d", ""}).value()["cloudToDeviceMessageCount"] == 1);
  }
  SECTION("is sent again if the broker lost the session") {
    again->restore_session("d", std::nullopt);
    const auto third = restart();
    REQUIRE(third->connect(request("d")).accepted());
    REQUIRE(third->subscribe("d", kMessages, 1).accepted());
    CHECK(outbound.sent.size() == 1);
  }
}

TEST_CASE("state that this hub can't read is refused, not guessed at") {
  HubFixture fixture;
  const auto table = GENERATE(Store::Table::kIdentity, Store::Table::kTwin, Store::Table::kMessage,
                              Store::Table::kSession);
  const std::string document = GENERATE("{", "{}x", "[]", "7");
  fixture.store.put(table, "d", 0, document);
  CHECK_THROWS_WITH(
      Hub(fixture.hub.options(), fixture.store, fixture.outbound, fixture.clock, fixture.log),
      "the state holds a document that this hub can't read");
}
