// SPDX-License-Identifier: MIT
#include "hub_fixture.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin::hub;
using std::chrono::hours;
using std::chrono::seconds;

TEST_CASE_METHOD(HubFixture, "a device and its module connect with tokens of their own keys") {
  CHECK(hub.connect(request("d")).accepted());
  CHECK(hub.connect(request("d/m")).accepted());
  CHECK(hub.get_identity({"d", ""}).value()["connectionState"] == "Connected");
  CHECK(hub.service_statistics()["connectedDeviceCount"] == 1);
}

TEST_CASE_METHOD(HubFixture, "the secondary key is as good as the primary") {
  auto connect_request = request("d");
  connect_request.password = make_sas_token(path({"d", ""}), kSecondaryKey, clock.time + hours{1});
  CHECK(hub.connect(connect_request).accepted());
}

TEST_CASE_METHOD(HubFixture, "user names in all the forms that clients send") {
  const std::string head = kHost + "/d";
  for (const std::string tail :
       {"/?api-version=2021-04-12", "/?api-version=2021-04-12&DeviceClientType=x%2F1",
        "/?model-id=dtmi:com:example:T;1&api-version=2020-09-30&DeviceClientType=",
        "?api-version=2021-04-12", "/api-version=2021-04-12", "/?api-version="}) {
    auto connect_request = request("d");
    connect_request.username = head + tail;
    INFO(connect_request.username);
    CHECK(hub.connect(connect_request).accepted());
  }
  auto connect_request = request("d");
  connect_request.username = "Contoso.EXAMPLE/d/?api-version=1&model-id=dtmi%3Aa%3BB%3B1";
  CHECK(hub.connect(connect_request).accepted());
  CHECK(hub.get_twin({"d", ""}).value()["modelId"] == "dtmi:a;B;1");
}

TEST_CASE_METHOD(HubFixture,
                 "whatever is wrong with a CONNECT is refused, with its reason in the log") {
  auto spoilt = request("d");
  std::string why;
  SECTION("another protocol") {
    spoilt.protocol_level = GENERATE(3, 5);
    why = "only MQTT 3.1.1 is spoken";
  }
  SECTION("an unknown device") {
    spoilt = request("other");
    why = "device other is not registered";
  }
  SECTION("an unknown module") {
    spoilt = request("d/n");
    why = "module d/n is not registered";
  }
  SECTION("an empty module id") {
    spoilt.client_id = "d/";
    spoilt.username = kHost + "/d//?api-version=1";
    why = "device d/ is not registered";
  }
  SECTION("a wrong host") {
    spoilt.username = "other.example/d/?api-version=1";
    why = "the user name doesn't begin with the hub's name contoso.example";
  }
  SECTION("no user name") {
    spoilt.username = "";
    why = "the user name doesn't begin with the hub's name contoso.example";
  }
  SECTION("another device in the user name") {
    spoilt.username = kHost + "/e/?api-version=1";
    why = "the user name doesn't name the client id";
  }
  SECTION("a longer id in the user name") {
    spoilt.username = kHost + "/dd/?api-version=1";
    why = "the user name doesn't go on with /?api-version= after the client id";
  }
  SECTION("a module in the user name of a device") {
    spoilt.username = kHost + "/d/m/?api-version=1";
    why = "the user name lacks api-version";
  }
  SECTION("no api-version") {
    spoilt.username = kHost + "/d/?DeviceClientType=x";
    why = "the user name lacks api-version";
  }
  SECTION("no password") {
    spoilt.password.reset();
    why = "there is no password";
  }
  SECTION("a password that isn't a token") {
    spoilt.password = "secret";
    why = "the token doesn't begin with \"SharedAccessSignature \"";
  }
  SECTION("a wrong key") {
    spoilt.password = make_sas_token(path({"d", ""}), "AAAAAAAAAAAAAAAAAAAAAA==", clock.time);
    why = "the token's signature is wrong";
  }
  SECTION("a token of the device's module") {
    spoilt.password = make_sas_token(path({"d", "m"}), kPrimaryKey, clock.time);
    why = "the token isn't for contoso.example/devices/d";
  }
  SECTION("a token for the hub as a whole") {
    spoilt.password = make_sas_token(kHost, kPrimaryKey, clock.time);
    why = "the token isn't for contoso.example/devices/d";
  }
  SECTION("a policy's token") {
    spoilt.password = make_sas_token(path({"d", ""}), kPrimaryKey, clock.time, "iothubowner");
    why = "the token is one of a policy, not of the identity's own key";
  }
  SECTION("an expired token") {
    spoilt.password = make_sas_token(path({"d", ""}), kPrimaryKey, clock.time - seconds{301});
    why = "the token has expired";
  }
  SECTION("a disabled device") {
    REQUIRE(hub.put_identity({"d", ""}, {{"status", "disabled"}}, "*"));
    why = "the device is disabled";
  }
  SECTION("an identity with a certificate") {
    REQUIRE(hub.put_identity({"d", ""}, {{"authentication", {{"type", "selfSigned"}}}}, "*"));
    why = "the identity authenticates by certificate, which this hub doesn't offer";
  }
  const auto verdict = hub.connect(spoilt);
  CHECK_FALSE(verdict.accepted());
  CHECK(verdict.why == why);
  CHECK(log.lines.find("connection refused: " + why + '\n') != std::string::npos);
  CHECK(hub.get_identity({"d", ""}).value()["connectionState"] == "Disconnected");
}

TEST_CASE_METHOD(HubFixture, "a disabled device's modules can't connect either") {
  REQUIRE(hub.put_identity({"d", ""}, {{"status", "disabled"}}, "*"));
  CHECK(hub.connect(request("d/m")).why == "the device is disabled");
}

TEST_CASE_METHOD(HubFixture, "the log holds no secret and no forged line") {
  auto spoilt = request("d");
  spoilt.password = "SharedAccessSignature sr=x&sig=c2VjcmV0&se=1";
  spoilt.username = kHost + "/d/?api-version=1\nhub: forged";
  CHECK_FALSE(hub.connect(spoilt).accepted());
  spoilt.client_id = "x\nforged";
  CHECK_FALSE(hub.connect(spoilt).accepted());
  connect("d");
  CHECK(log.lines.find("c2VjcmV0") == std::string::npos);
  CHECK(log.lines.find(kPrimaryKey) == std::string::npos);
  CHECK(log.lines.find("\nforged") == std::string::npos);
  CHECK(log.lines.find("'x?forged'") != std::string::npos);
}

TEST_CASE_METHOD(HubFixture,
                 "a newer connection takes over, and the older one's end means nothing") {
  const auto older = connect("d");
  const auto newer = connect("d");
  CHECK_FALSE(hub.is_current("d", older));
  CHECK(hub.is_current("d", newer));
  hub.disconnected("d", older);
  CHECK(hub.is_current("d", newer));
  hub.disconnected("d", newer);
  CHECK(hub.get_identity({"d", ""}).value()["connectionState"] == "Disconnected");
  hub.disconnected("d", newer);
  hub.disconnected("unknown", newer);
}

TEST_CASE_METHOD(HubFixture, "a refused newcomer doesn't disturb the older connection") {
  const auto older = connect("d");
  auto spoilt = request("d");
  spoilt.password = "wrong";
  CHECK_FALSE(hub.connect(spoilt).accepted());
  CHECK(hub.is_current("d", older));
}

TEST_CASE_METHOD(HubFixture,
                 "a connection is closed when its token has been expired for the skew") {
  const auto connection = connect("d");
  pass(hours{1} + seconds{300});
  CHECK(outbound.closed.empty());
  CHECK(hub.next_deadline() == clock.time + seconds{1});
  pass(seconds{1});
  REQUIRE(outbound.closed.size() == 1);
  CHECK(outbound.closed[0].first == "d");
  CHECK_FALSE(hub.is_current("d", connection));
  pass(hours{1});
  CHECK(outbound.closed.size() == 1);
  CHECK_FALSE(hub.next_deadline());
}

TEST_CASE_METHOD(HubFixture, "a token that never ends is no trouble") {
  auto connect_request = request("d");
  connect_request.password =
      make_sas_token(path({"d", ""}), kPrimaryKey, TimePoint{seconds{9000000000}});
  CHECK(hub.connect(connect_request).accepted());
  Store other(":memory:");
  std::string text = "SharedAccessSignature sr=" + kHost + "/devices/d&sig=AAAA&se=";
  connect_request.password = text + "9223372036854775807";
  CHECK(hub.connect(connect_request).why == "the token's signature is wrong");
  pass(hours{24});
  CHECK(outbound.closed.empty());
}

TEST_CASE_METHOD(HubFixture,
                 "disabling or removing a device closes its connection and its modules'") {
  const auto device = connect("d");
  const auto module = connect("d/m");
  SECTION("disabled") {
    REQUIRE(hub.put_identity({"d", ""}, {{"status", "disabled"}}, "*"));
  }
  SECTION("removed") {
    REQUIRE(hub.remove_identity({"d", ""}, std::nullopt));
  }
  CHECK(outbound.closed.size() == 2);
  CHECK_FALSE(hub.is_current("d", device));
  CHECK_FALSE(hub.is_current("d/m", module));
}

TEST_CASE_METHOD(HubFixture, "filters that IoT Hub doesn't have end the connection") {
  connect("d");
  CHECK_FALSE(subscribe("d", "#"));
  CHECK_FALSE(subscribe("d", "devices/e/messages/devicebound/#"));
  CHECK_FALSE(subscribe("unknown", "$iothub/twin/res/#"));
}

TEST_CASE_METHOD(HubFixture, "a session has at most five filters, and one filter counts once") {
  connect("d");
  for (int round = 0; round < 2; ++round) {
    CHECK(subscribe("d", "$iothub/twin/res/#"));
    CHECK(subscribe("d", "$iothub/twin/PATCH/properties/desired/#"));
    CHECK(subscribe("d", "$iothub/methods/POST/#"));
    CHECK(subscribe("d", "devices/d/messages/devicebound/#"));
    CHECK(subscribe("d", "devices/+/messages/devicebound/#"));
  }
  CHECK_FALSE(subscribe("d", "devices/%64/messages/devicebound/#"));
  hub.unsubscribe("d", "devices/+/messages/devicebound/#");
  CHECK(subscribe("d", "devices/%64/messages/devicebound/#"));
}

TEST_CASE_METHOD(HubFixture, "a lasting session keeps its filters, a clean one doesn't") {
  const bool clean = GENERATE(false, true);
  const auto first = connect("d", clean);
  REQUIRE(subscribe("d", "$iothub/twin/res/#"));
  SECTION("over a disconnection") {
    hub.disconnected("d", first);
  }
  SECTION("over a takeover") {}
  connect("d");
  REQUIRE(publish("d", "$iothub/twin/GET/?$rid=1", ""));
  CHECK(outbound.sent.size() == (clean ? 0 : 1));
}

TEST_CASE_METHOD(HubFixture, "a clean session forgets the filters of the lasting one before it") {
  connect("d");
  REQUIRE(subscribe("d", "$iothub/twin/res/#"));
  connect("d", true);
  REQUIRE(publish("d", "$iothub/twin/GET/?$rid=1", ""));
  CHECK(outbound.sent.empty());
}

TEST_CASE_METHOD(HubFixture, "foreign topics, QoS 2 and long messages end the connection") {
  connect("d");
  CHECK_FALSE(publish("d", "foo", ""));
  PublishedMessage message;
  message.topic = "devices/d/messages/events/";
  message.qos = 2;
  CHECK_FALSE(hub.publish("d", message).accepted());
  message.qos = 1;
  message.payload.assign(262144, 'x');
  CHECK(hub.publish("d", message).accepted());
  message.topic += "a=b";
  CHECK_FALSE(hub.publish("d", message).accepted());
  message.payload.resize(262142);
  CHECK(hub.publish("d", message).accepted());
  CHECK_FALSE(publish("unknown", "devices/unknown/messages/events/", ""));
  CHECK(hub.last_telemetry() == 2);
}
