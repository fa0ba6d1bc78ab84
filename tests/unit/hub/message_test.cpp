// SPDX-License-Identifier: MIT
#include "hub_fixture.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin::hub;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

constexpr char kMessages[] = "devices/d/messages/devicebound/#";
constexpr char kTopic[] =
    "devices/d/messages/devicebound/%24.to=%2Fdevices%2Fd%2Fmessages%2FdeviceBound";

DownstreamMessage text(const std::string& payload) {
  DownstreamMessage message;
  message.payload = payload;
  return message;
}

struct MessageFixture : HubFixture {
  std::string payloads() {
    std::string all;
    for (const Sent& sent : outbound.take()) {
      all += sent.payload + ' ';
    }
    return all;
  }

  Json pending() { return hub.get_identity({"d", ""}).value()["cloudToDeviceMessageCount"]; }
};

}  // namespace

TEST_CASE_METHOD(MessageFixture, "a message goes at once to a device that is subscribed") {
  connect("d");
  REQUIRE(subscribe("d", kMessages, 1));
  DownstreamMessage message = text(std::string("a\0b", 3));
  message.properties = {{"k", "v"}};
  CHECK(hub.send_message("d", message).value().dump() == R"({"enqueued":true,"pending":1})");
  REQUIRE(outbound.sent.size() == 1);
  CHECK(outbound.sent[0] == Sent{"d", std::string(kTopic) + "&k=v", message.payload, 1});
  CHECK(pending() == 1);
}

TEST_CASE_METHOD(MessageFixture, "messages wait for an absent device, in order, and come once") {
  REQUIRE(hub.send_message("d", text("1")));
  REQUIRE(hub.send_message("d", text("2")));
  CHECK(pending() == 2);
  const auto connection = connect("d");
  hub.tick();
  CHECK(outbound.sent.empty());
  REQUIRE(subscribe("d", kMessages, 1));
  CHECK(payloads() == "1 2 ");
  hub.disconnected("d", connection);

  REQUIRE(hub.send_message("d", text("3")));
  connect("d");
  CHECK(payloads().empty());
  hub.tick();
  CHECK(payloads() == "3 ");
}

TEST_CASE_METHOD(MessageFixture,
                 "what the broker doesn't hold any more at a reconnection has arrived") {
  const auto connection = connect("d");
  REQUIRE(subscribe("d", kMessages, 1));
  for (const char* payload : {"1", "2", "2", "3"}) {
    REQUIRE(hub.send_message("d", text(payload)));
  }
  CHECK(pending() == 4);
  hub.disconnected("d", connection);
  payloads();

  connect("d");
  CHECK(hub.resume_delivery("d", kTopic, "2"));
  CHECK(hub.resume_delivery("d", kTopic, "3"));
  hub.tick();
  CHECK(pending() == 2);
  CHECK(payloads().empty());

  SECTION("each time anew") {
    connect("d");
    CHECK(hub.resume_delivery("d", kTopic, "3"));
    hub.tick();
    CHECK(pending() == 1);
  }
  SECTION("also when a connection ends in the middle of it") {
    const auto broken = connect("d");
    CHECK(hub.resume_delivery("d", kTopic, "2"));
    hub.disconnected("d", broken);
    connect("d");
    CHECK(hub.resume_delivery("d", kTopic, "2"));
    CHECK(hub.resume_delivery("d", kTopic, "3"));
    hub.tick();
    CHECK(pending() == 2);
  }
  SECTION("what the hub doesn't know is dropped") {
    connect("d");
    CHECK(hub.resume_delivery("d", kTopic, "2"));
    CHECK_FALSE(hub.resume_delivery("d", kTopic, "2"));
    CHECK_FALSE(hub.resume_delivery("d", kTopic, "1"));
    CHECK_FALSE(hub.resume_delivery("d", "$iothub/methods/POST/m/?$rid=1", ""));
    CHECK_FALSE(hub.resume_delivery("x", kTopic, "3"));
  }
}

TEST_CASE_METHOD(MessageFixture, "at QoS 0 a message is done with once it is sent") {
  connect("d");
  REQUIRE(subscribe("d", kMessages, 0));
  REQUIRE(hub.send_message("d", text("1")));
  CHECK(payloads() == "1 ");
  CHECK(pending() == 0);
}

TEST_CASE_METHOD(MessageFixture, "a clean session discards what waits") {
  REQUIRE(hub.send_message("d", text("1")));
  connect("d", true);
  REQUIRE(subscribe("d", kMessages, 1));
  CHECK(payloads().empty());
  CHECK(pending() == 0);
}

TEST_CASE_METHOD(MessageFixture, "fifty messages may wait") {
  for (int i = 0; i < 50; ++i) {
    REQUIRE(hub.send_message("d", text("x")));
  }
  CHECK(hub.send_message("d", text("x")).error().code == 403004);
  connect("d");
  REQUIRE(subscribe("d", kMessages, 1));
  CHECK(outbound.sent.size() == 50);
  CHECK(hub.send_message("d", text("x")));
}

TEST_CASE_METHOD(MessageFixture, "a message expires") {
  DownstreamMessage message = text("short");
  message.expiry = clock.time + seconds{10};
  REQUIRE(hub.send_message("d", message));
  REQUIRE(hub.send_message("d", text("an hour")));
  CHECK(hub.next_deadline() == clock.time + seconds{10});
  SECTION("waiting") {
    pass(seconds{9});
    CHECK(pending() == 2);
    pass(seconds{1});
    CHECK(pending() == 1);
    pass(hours{1});
    CHECK(pending() == 0);
  }
  SECTION("handed over: the broker may not send it again") {
    const auto connection = connect("d");
    REQUIRE(subscribe("d", kMessages, 1));
    const std::string topic = outbound.sent[0].topic;
    CHECK(topic.find("%24.exp=2023-11-14T22%3A13%3A30.0000000Z") != std::string::npos);
    hub.disconnected("d", connection);
    pass(seconds{10});
    connect("d");
    CHECK_FALSE(hub.resume_delivery("d", topic, "short"));
    CHECK(hub.resume_delivery("d", kTopic, "an hour"));
  }
}

TEST_CASE_METHOD(MessageFixture, "purging empties the queue and stops what was handed over") {
  connect("d");
  REQUIRE(subscribe("d", kMessages, 1));
  REQUIRE(hub.send_message("d", text("1")));
  hub.unsubscribe("d", kMessages);
  REQUIRE(hub.send_message("d", text("2")));
  CHECK(hub.purge_messages("d").value().dump() ==
        R"({"totalMessagesPurged":2,"deviceId":"d","moduleId":null})");
  CHECK(pending() == 0);
  connect("d");
  CHECK_FALSE(hub.resume_delivery("d", kTopic, "1"));
  CHECK(hub.purge_messages("x").error().code == 404001);
}

TEST_CASE_METHOD(MessageFixture, "bad messages are refused with their reason") {
  DownstreamMessage message = text("x");
  int code = 400004;
  SECTION("too long") {
    message.payload.assign(65537, 'x');
    code = 413001;
  }
  SECTION("too long with its properties") {
    message.payload.assign(65535, 'x');
    message.properties = {{"k", "v"}};
    code = 413001;
  }
  SECTION("properties too long for a topic") {
    message.properties = {{"k", std::string(22000, ' ')}};
    code = 413001;
  }
  SECTION("a property that plays a system property") {
    message.properties = {{"$.to", "x"}};
  }
  SECTION("a property without a name") {
    message.properties = {{"", "x"}};
  }
  SECTION("a message id with a space") {
    message.message_id = "a b";
  }
  SECTION("a correlation id that is too long") {
    message.correlation_id = std::string(129, 'c');
  }
  SECTION("an unknown ack") {
    message.ack = "maybe";
  }
  SECTION("an expiry that is past") {
    message.expiry = clock.time;
  }
  SECTION("an expiry beyond two days") {
    message.expiry = clock.time + hours{48} + seconds{1};
  }
  CHECK(hub.send_message("d", message).error().code == code);
  CHECK(pending() == 0);
  CHECK(hub.send_message("x", text("x")).error().code == 404001);
}

TEST_CASE_METHOD(MessageFixture, "a module's input takes a message while the module is there") {
  const IdentityId module{"d", "m"};
  CHECK(hub.deliver_input(module, "in", text("1")).error().code == 404103);
  connect("d/m");
  REQUIRE(subscribe("d/m", "devices/d/modules/m/inputs/#", 1));
  CHECK(hub.deliver_input(module, "in", text("1"), IdentityId{"d", "other"}));
  REQUIRE(outbound.sent.size() == 1);
  const std::string topic = "devices/d/modules/m/inputs/in/%24.cdid=d&%24.cmid=other";
  CHECK(outbound.sent[0] == Sent{"d/m", topic, "1", 1});
  CHECK(hub.resume_delivery("d/m", topic, "1"));
  CHECK(hub.deliver_input({"d", ""}, "in", text("1")).error().code == 400004);
  CHECK(hub.deliver_input(module, "a/b", text("1")).error().code == 400004);
  CHECK(hub.deliver_input(module, "#", text("1")).error().code == 400004);
  CHECK(hub.deliver_input({"d", "x"}, "in", text("1")).error().code == 404010);
}

TEST_CASE_METHOD(MessageFixture, "telemetry is kept with its properties") {
  connect("d");
  connect("d/m");
  REQUIRE(publish("d", "devices/d/messages/events/%24.mid=1&k=v", "one"));
  PublishedMessage message;
  message.topic = "devices/d/modules/m/messages/events/%24.on=out/";
  message.payload = "two";
  message.qos = 1;
  message.retain = true;
  REQUIRE(hub.publish("d/m", message).accepted());
  message.topic = "devices/d/messages/events/";
  message.retain = false;
  hub.will("d", message);

  const auto all = hub.telemetry_after(0, 10, std::nullopt);
  REQUIRE(all.size() == 3);
  using Properties = std::map<std::string, std::string>;
  CHECK(all[0].sequence == 1);
  CHECK(all[0].payload == "one");
  CHECK(all[0].qos == 0);
  CHECK(all[0].enqueued == clock.time);
  CHECK(all[0].properties == Properties{{"$.mid", "1"}, {"k", "v"}});
  CHECK(all[1].from == IdentityId{"d", "m"});
  CHECK(all[1].properties == Properties{{"$.on", "out"}, {"mqtt-retain", "true"}});
  CHECK(all[2].properties == Properties{{"iothub-MessageType", "Will"}});

  CHECK(hub.telemetry_after(1, 1, std::nullopt).at(0).sequence == 2);
  CHECK(hub.telemetry_after(0, 10, IdentityId{"d", ""}).size() == 2);
  CHECK(hub.last_telemetry() == 3);

  message.topic = "$iothub/twin/GET/?$rid=1";
  hub.will("d", message);
  CHECK(hub.last_telemetry() == 3);
}

TEST_CASE("the telemetry ring is bounded in messages and bytes, and keeps the newest") {
  HubFixture small;
  HubOptions options;
  options.host_name = kHost;
  options.telemetry_kept = 3;
  options.telemetry_bytes = 100;
  Hub hub(options, small.store, small.outbound, small.clock, small.log);
  REQUIRE(hub.connect(small.request("d")).accepted());
  const auto send = [&hub](std::size_t size) {
    PublishedMessage message;
    message.topic = "devices/d/messages/events/";
    message.payload.assign(size, 'x');
    REQUIRE(hub.publish("d", message).accepted());
  };
  const auto kept = [&hub] {
    std::string sequences;
    for (const auto& event : hub.telemetry_after(0, 100, std::nullopt)) {
      sequences += std::to_string(event.sequence) + ' ';
    }
    return sequences;
  };
  for (int i = 0; i < 5; ++i) {
    send(10);
  }
  CHECK(kept() == "3 4 5 ");
  send(90);
  CHECK(kept() == "5 6 ");
  send(1000);
  CHECK(kept() == "7 ");
}
