// SPDX-License-Identifier: MIT
#include "sent.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using hubtwin::Error;
using hubtwin::Property;
using hubtwin::Qos;
using hubtwin::Status;
using hubtwin::TelemetryMessage;
using hubtwin::UtcTime;
using hubtwin::test::kModuleIdentity;
using hubtwin::test::message_of;
using hubtwin::test::Sent;
using hubtwin::test::SubjectWorld;

TEST_CASE("telemetry: a plain message -> topic of the device, acknowledged") {
  SubjectWorld client;
  Sent sent(client);
  REQUIRE(client.connect());
  const auto ticket = client.telemetry.send(message_of("21.5"));
  REQUIRE(ticket.ok());
  CHECK(client.transport.publishes().empty());  // send() itself sends nothing
  client.world.settle();
  REQUIRE(client.transport.publishes().size() == 1);
  const auto& publish = client.transport.publishes()[0];
  CHECK(publish.topic == "devices/dev1/messages/events/");
  CHECK(publish.payload == "21.5");
  CHECK(publish.qos == Qos::kAtLeastOnce);
  CHECK(sent.outcomes == decltype(sent.outcomes){{*ticket, Error::kNone}});
}

TEST_CASE("telemetry: all properties -> system ones first, everything encoded") {
  SubjectWorld client;
  REQUIRE(client.connect());
  const Property properties[] = {{"room", "a&b"},
                                 {"unit",
                                  "\xC2\xB0"
                                  "C"}};
  TelemetryMessage message = message_of("{}");
  message.message_id = "boot7:1";
  message.correlation_id = "c 1";
  message.user_id = "u";
  message.content_type = "application/json";
  message.content_encoding = "utf-8";
  message.creation_time = UtcTime(std::chrono::seconds(1700000000));
  message.component = "thermostat1";
  message.properties = properties;
  REQUIRE(client.telemetry.send(message).ok());
  client.world.settle();
  REQUIRE(client.transport.publishes().size() == 1);
  CHECK(client.transport.publishes()[0].topic ==
        "devices/dev1/messages/events/%24.mid=boot7%3A1&%24.cid=c%201&%24.uid=u"
        "&%24.ct=application%2Fjson&%24.ce=utf-8&%24.ctime=2023-11-14T22%3A13%3A20Z"
        "&%24.sub=thermostat1&room=a%26b&unit=%C2%B0C");
}

TEST_CASE("telemetry: a module -> its own topic, and named outputs") {
  SubjectWorld client(kModuleIdentity);
  REQUIRE(client.connect());
  REQUIRE(client.telemetry.send(message_of("1")).ok());
  REQUIRE(client.telemetry.send_output("alert out", message_of("2")).ok());
  client.world.settle();
  REQUIRE(client.transport.publishes().size() == 2);
  CHECK(client.transport.publishes()[0].topic == "devices/dev1/modules/mod1/messages/events/");
  CHECK(client.transport.publishes()[1].topic ==
        "devices/dev1/modules/mod1/messages/events/%24.on=alert%20out");
  CHECK(client.telemetry.send_output("", message_of("3")).error() == Error::kInvalidArgument);
}

TEST_CASE("telemetry: an output of a device -> not supported") {
  SubjectWorld client;
  REQUIRE(client.connect());
  CHECK(client.telemetry.send_output("alert", message_of("1")).error() == Error::kNotSupported);
}

TEST_CASE("telemetry: QoS 0 -> handed over once") {
  SubjectWorld client;
  Sent sent(client);
  REQUIRE(client.connect());
  TelemetryMessage message = message_of("1");
  message.qos = Qos::kAtMostOnce;
  const auto ticket = client.telemetry.send(message);
  REQUIRE(ticket.ok());
  client.world.settle();
  CHECK(sent.outcomes == decltype(sent.outcomes){{*ticket, Error::kNone}});
  REQUIRE(client.reconnect());
  client.world.settle();
  CHECK(client.transport.publishes().size() == 1);
}

TEST_CASE("telemetry: link lost before PUBACK -> sent again first and with DUP, order kept") {
  SubjectWorld client;
  Sent sent(client);
  client.transport.set_automatic(false);
  REQUIRE(client.session.open().ok());
  client.world.settle();
  client.world.run_until([&] { return client.transport.link_exists(); });
  client.transport.accept();
  client.world.settle();
  REQUIRE(client.session.ready());
  REQUIRE(client.telemetry.send(message_of("1")).ok());
  REQUIRE(client.telemetry.send(message_of("2")).ok());
  client.world.settle();
  REQUIRE(client.transport.publishes().size() == 2);
  CHECK(sent.outcomes.empty());

  client.transport.cut(Error::kLinkLost);
  client.world.settle();
  REQUIRE(client.telemetry.send(message_of("3")).ok());
  client.transport.set_automatic(true);
  REQUIRE(client.world.run_until([&] { return client.session.ready(); }));
  client.world.settle();
  const auto& publishes = client.transport.publishes();
  REQUIRE(publishes.size() == 5);
  CHECK(publishes[2].payload == "1");
  CHECK(publishes[2].duplicate);
  CHECK(publishes[3].payload == "2");
  CHECK(publishes[3].duplicate);
  CHECK(publishes[4].payload == "3");
  CHECK_FALSE(publishes[4].duplicate);
  REQUIRE(sent.outcomes.size() == 3);
  CHECK(sent.outcomes[0].first < sent.outcomes[1].first);
  CHECK(sent.outcomes[1].first < sent.outcomes[2].first);
}

TEST_CASE("telemetry: sent without a link -> waits for one") {
  SubjectWorld client;
  Sent sent(client);
  const auto ticket = client.telemetry.send(message_of("early"));
  REQUIRE(ticket.ok());
  REQUIRE(client.connect());
  client.world.settle();
  CHECK(sent.outcomes == decltype(sent.outcomes){{*ticket, Error::kNone}});
}

TEST_CASE("telemetry: outbox full -> refused for now, and taken after on_sent") {
  SubjectWorld client;
  std::size_t taken = 0;
  while (client.telemetry.send(message_of(std::string(50, 'x'))).ok()) {
    ++taken;
    REQUIRE(taken < 100);
  }
  CHECK(taken > 1);
  CHECK(client.telemetry.send(message_of(std::string(50, 'x'))).error() == Error::kNoSpace);
  Sent sent(client);
  REQUIRE(client.connect());
  client.world.settle();
  CHECK(sent.outcomes.size() == taken);
  CHECK(client.telemetry.send(message_of(std::string(50, 'x'))).ok());
}

TEST_CASE("telemetry: can never be sent -> invalid, and nothing is queued") {
  SubjectWorld client;
  TelemetryMessage message = message_of("1");
  SECTION("larger than the outbox") {
    CHECK(client.telemetry.send(message_of(std::string(600, 'x'))).error() ==
          Error::kInvalidArgument);
  }
  SECTION("properties longer than the room for a topic") {
    const std::string text(1024, 'x');
    message.user_id = text;
    CHECK(client.telemetry.send(message).error() == Error::kInvalidArgument);
  }
  SECTION("a key of the hub") {
    const Property properties[] = {{"a", "1"}, {"$.mid", "2"}};
    message.properties = properties;
    CHECK(client.telemetry.send(message).error() == Error::kInvalidArgument);
  }
  SECTION("a message id that the hub would refuse") {
    message.message_id = "a/b";
    CHECK(client.telemetry.send(message).error() == Error::kInvalidArgument);
    const std::string long_id(129, 'x');
    message.message_id = long_id;
    CHECK(client.telemetry.send(message).error() == Error::kInvalidArgument);
  }
  SECTION("a creation time that can't be written") {
    message.creation_time = UtcTime(std::chrono::seconds(-1));
    CHECK(client.telemetry.send(message).error() == Error::kInvalidArgument);
    message.creation_time = UtcTime(std::chrono::seconds(253402300800));
    CHECK(client.telemetry.send(message).error() == Error::kInvalidArgument);
  }
  CHECK(client.session.outbox().count() == 0);
}

TEST_CASE("telemetry: the hub's limit -> counts body, values and application keys, not beyond") {
  // An outbox that would hold more than the hub takes.
  hubtwin::test::World world;
  hubtwin::test::ScriptedTransport transport(world.clock);
  std::vector<std::uint8_t> outbox(600000);
  std::array<char, 192> identity{};
  std::array<std::uint8_t, 64> secret{};
  hubtwin::Session session(world.context, transport,
                           hubtwin::Identity::parse(hubtwin::test::kDeviceIdentity).value(), {},
                           {{identity.data(), identity.size()},
                            {secret.data(), secret.size()},
                            {outbox.data(), outbox.size()}});
  hubtwin::Telemetry telemetry(session);
  const Property properties[] = {{"key", "val"}};
  const std::string body(hubtwin::kMaxTelemetrySize - 6 - 2 - 20, 'x');
  TelemetryMessage message = message_of(body);
  message.properties = properties;
  message.message_id = "id";
  message.creation_time = UtcTime{};
  CHECK(telemetry.send(message).ok());
  message.message_id = "id2";
  CHECK(telemetry.send(message).error() == Error::kInvalidArgument);
}

TEST_CASE("telemetry: closed with messages waiting -> cancelled, each told") {
  SubjectWorld client;
  client.transport.set_publishes_per_poll(0);
  Sent sent(client);
  REQUIRE(client.connect());
  REQUIRE(client.telemetry.send(message_of("1")).ok());
  REQUIRE(client.telemetry.send(message_of("2")).ok());
  client.world.poll();
  client.session.close();
  client.world.settle();
  REQUIRE(sent.outcomes.size() == 2);
  CHECK(sent.outcomes[0].second == Error::kCancelled);
  CHECK(sent.outcomes[1].second == Error::kCancelled);
}

TEST_CASE("telemetry: a handler sends, replaces itself and closes -> all of it works") {
  SubjectWorld client;
  int first = 0;
  int second = 0;
  struct Shared {
    SubjectWorld& client;
    int& first;
    int& second;
  } shared{client, first, second};
  client.telemetry.on_sent([&shared](std::uint32_t, Status) {
    ++shared.first;
    shared.client.telemetry.on_sent([&shared](std::uint32_t, Status) {
      ++shared.second;
      shared.client.session.close();
    });
    CHECK(shared.client.telemetry.send(message_of("2")).ok());
  });
  REQUIRE(client.connect());
  REQUIRE(client.telemetry.send(message_of("1")).ok());
  client.world.settle();
  CHECK(first == 1);
  CHECK(second == 1);
  CHECK(client.session.status().state == hubtwin::ConnectionState::kClosed);
}
