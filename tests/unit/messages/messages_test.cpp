// SPDX-License-Identifier: MIT
#include "unit/subject_world.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using hubtwin::Error;
using hubtwin::Message;
using hubtwin::MessageReceipt;
using hubtwin::test::kModuleIdentity;
using hubtwin::test::SubjectWorld;

namespace {

const std::string kDeviceTopic = "devices/dev1/messages/devicebound/";
const std::string kInputTopic = "devices/dev1/modules/mod1/inputs/";
using Acknowledged = std::vector<std::uint16_t>;

// Keeps what a handler saw.
struct Seen {
  struct One {
    std::string input;
    std::string payload;
    std::string properties;
    std::size_t size = 0;
    bool truncated = false;
    bool duplicate = false;
  };
  std::vector<One> all;

  hubtwin::MessageHandler handler() {
    return [this](const Message& message) {
      all.push_back({std::string(message.input()), std::string(as_text(message.payload())),
                     std::string(message.properties().text()), message.payload_size(),
                     message.truncated(), message.duplicate()});
    };
  }
};

}  // namespace

TEST_CASE("messages: no handler -> nothing is subscribed") {
  SubjectWorld client;
  REQUIRE(client.connect());
  CHECK(client.transport.filters().empty());
}

TEST_CASE("messages: a handler -> subscribed at QoS 1, message handed over and acknowledged") {
  SubjectWorld client;
  Seen seen;
  client.messages.on_message(seen.handler());
  REQUIRE(client.connect());
  REQUIRE(client.transport.filters().size() == 1);
  CHECK(client.transport.filters()[0].filter == "devices/+/messages/devicebound/#");
  CHECK(client.transport.filters()[0].qos == hubtwin::Qos::kAtLeastOnce);
  client.transport.set_fragment_size(GENERATE(1U, 3U, 1000U));
  const auto id = client.deliver_acknowledged(kDeviceTopic + "%24.mid=m1&colour=red", "hello");
  client.world.settle();
  REQUIRE(seen.all.size() == 1);
  CHECK(seen.all[0].payload == "hello");
  CHECK(seen.all[0].size == 5);
  CHECK(seen.all[0].properties == "%24.mid=m1&colour=red");
  CHECK_FALSE(seen.all[0].truncated);
  CHECK(client.transport.acknowledged() == Acknowledged{id});
}

TEST_CASE("messages: properties -> readable in the handler") {
  SubjectWorld client;
  static std::vector<std::string> values;
  values.clear();
  client.messages.on_message([](const Message& message) {
    std::array<char, 8> room{};
    const hubtwin::Span<char> span(room.data(), room.size());
    values.emplace_back(message.property("$.mid", span).value());
    values.emplace_back(message.property("colour", span).value());
    values.emplace_back(hubtwin::to_string(message.property("size", span).error()));
    values.emplace_back(hubtwin::to_string(message.property("long", span).error()));
  });
  REQUIRE(client.connect());
  client.deliver_acknowledged(kDeviceTopic + "?%24.mid=m%201&colour=red&long=123456789", "");
  client.world.settle();
  CHECK(values == std::vector<std::string>{"m 1", "red", "not found", "no space"});
}

TEST_CASE("messages: first handler while connected -> subscribed then") {
  SubjectWorld client;
  Seen seen;
  REQUIRE(client.connect());
  client.messages.on_message(seen.handler());
  client.world.settle();
  REQUIRE(client.transport.filters().size() == 1);
  const std::size_t subscribes = client.transport.subscribes().size();
  client.messages.on_message(seen.handler());
  client.world.settle();
  CHECK(client.transport.subscribes().size() == subscribes);
}

TEST_CASE("messages: arrives from a stored session before SUBACK -> handed over") {
  SubjectWorld client;
  Seen seen;
  client.messages.on_message(seen.handler());
  client.transport.set_automatic(false);
  REQUIRE(client.session.open().ok());
  client.world.settle();
  REQUIRE(client.world.run_until([&] { return client.transport.link_exists(); }));
  client.transport.accept(true);
  const auto id = client.deliver_acknowledged(kDeviceTopic, "early");
  client.world.settle();
  REQUIRE(seen.all.size() == 1);
  CHECK(client.transport.acknowledged() == Acknowledged{id});
  CHECK_FALSE(client.session.ready());
}

TEST_CASE("messages: arrives for nobody -> left with the hub, and handed over on the next link") {
  SubjectWorld client;
  Seen seen;
  REQUIRE(client.connect());
  const auto id = client.deliver_acknowledged(kDeviceTopic, "1");
  client.world.settle();
  CHECK(client.transport.acknowledged().empty());
  CHECK(client.world.log.contains("left with the hub") == hubtwin::test::kLogs);
  client.messages.on_message(seen.handler());
  REQUIRE(client.reconnect());
  client.deliver_acknowledged(kDeviceTopic, "1", true, id);
  client.world.settle();
  REQUIRE(seen.all.size() == 1);
  CHECK(seen.all[0].duplicate);
  CHECK(client.transport.acknowledged() == Acknowledged{id});
}

TEST_CASE("messages: for nobody on a transport that acknowledges by itself -> the loss is logged") {
  SubjectWorld client;
  client.transport.set_capabilities({false, false});
  REQUIRE(client.connect());
  client.deliver_acknowledged(kDeviceTopic, "1");
  client.world.settle();
  CHECK(client.world.log.contains("is lost") == hubtwin::test::kLogs);
}

TEST_CASE("messages: kept -> acknowledged when the receipt says so, once") {
  SubjectWorld client;
  std::optional<MessageReceipt> receipt;
  client.messages.on_message([&receipt](const Message& message) {
    receipt = message.keep();
    CHECK_FALSE(message.keep().pending());
  });
  REQUIRE(client.connect());
  const auto id = client.deliver_acknowledged(kDeviceTopic, "1");
  client.world.settle();
  REQUIRE(receipt);
  CHECK(client.transport.acknowledged().empty());
  MessageReceipt moved = std::move(*receipt);
  CHECK_FALSE(receipt->pending());
  CHECK(receipt->complete().error() == Error::kExpired);
  CHECK(moved.pending());
  CHECK(moved.complete().ok());
  CHECK(client.transport.acknowledged() == Acknowledged{id});
  CHECK(moved.complete().error() == Error::kExpired);
  CHECK(client.transport.acknowledged() == Acknowledged{id});
}

TEST_CASE("messages: several kept -> completed in any order") {
  SubjectWorld client;
  std::vector<MessageReceipt> receipts;
  client.messages.on_message(
      [&receipts](const Message& message) { receipts.push_back(message.keep()); });
  REQUIRE(client.connect());
  const auto first = client.deliver_acknowledged(kDeviceTopic, "1");
  const auto second = client.deliver_acknowledged(kDeviceTopic, "2");
  client.world.settle();
  REQUIRE(receipts.size() == 2);
  CHECK(receipts[1].complete().ok());
  CHECK(receipts[0].complete().ok());
  CHECK(client.transport.acknowledged() == Acknowledged{second, first});
}

TEST_CASE("messages: kept over a lost link -> the receipt has expired, the message comes again") {
  SubjectWorld client;
  std::vector<MessageReceipt> receipts;
  client.messages.on_message(
      [&receipts](const Message& message) { receipts.push_back(message.keep()); });
  REQUIRE(client.connect());
  const auto id = client.deliver_acknowledged(kDeviceTopic, "1");
  client.world.settle();
  REQUIRE(client.reconnect());
  client.deliver_acknowledged(kDeviceTopic, "1", true, id);
  client.world.settle();
  REQUIRE(receipts.size() == 2);
  CHECK_FALSE(receipts[0].pending());
  CHECK(receipts[0].complete().error() == Error::kExpired);
  CHECK(client.transport.acknowledged().empty());
  CHECK(receipts[1].complete().ok());
  CHECK(client.transport.acknowledged() == Acknowledged{id});
}

TEST_CASE("messages: the client ends before its receipt -> expired, nothing touched") {
  hubtwin::test::World world;
  hubtwin::test::ScriptedTransport transport(world.clock);
  transport.set_automatic(true);
  transport.set_capabilities({true, true});
  world.watch(transport);
  MessageReceipt receipt;
  {
    std::array<char, 64> identity{};
    std::array<std::uint8_t, 64> secret{};
    hubtwin::Session session(
        world.context, transport, hubtwin::Identity::parse(hubtwin::test::kDeviceIdentity).value(),
        {}, {{identity.data(), identity.size()}, {secret.data(), secret.size()}, {}});
    hubtwin::Messages messages(session, {{}, {}});
    session.add(messages);
    messages.on_message([&receipt](const Message& message) { receipt = message.keep(); });
    REQUIRE(session.open().ok());
    REQUIRE(world.run_until([&] { return session.ready(); }));
    transport.deliver({kDeviceTopic, "1", hubtwin::Qos::kAtLeastOnce, false, 0, {}});
    world.settle();
    REQUIRE(receipt.pending());
  }
  CHECK_FALSE(receipt.pending());
  CHECK(receipt.complete().error() == Error::kExpired);
}

TEST_CASE("messages: kept at QoS 0 -> complete has nothing left to do") {
  SubjectWorld client;
  MessageReceipt receipt;
  client.messages.on_message([&receipt](const Message& message) { receipt = message.keep(); });
  REQUIRE(client.connect());
  client.transport.deliver(kDeviceTopic, "1");
  client.world.settle();
  CHECK(receipt.complete().ok());
  CHECK(client.transport.acknowledged().empty());
}

TEST_CASE("messages: larger than the memory -> beginning and size handed over, acknowledged") {
  SubjectWorld client;
  Seen seen;
  client.messages.on_message(seen.handler());
  REQUIRE(client.connect());
  client.transport.set_fragment_size(GENERATE(1U, 7U, 1000U));
  const std::string bag = "a=1";
  const std::size_t room = client.receive_room() - bag.size();
  const auto fits = client.deliver_acknowledged(kDeviceTopic + bag, std::string(room, 'x'));
  const auto over = client.deliver_acknowledged(kDeviceTopic + bag, std::string(room + 1, 'y'));
  const auto far_over = client.deliver_acknowledged(kDeviceTopic + bag, std::string(20000, 'z'));
  client.world.settle();
  REQUIRE(seen.all.size() == 3);
  CHECK_FALSE(seen.all[0].truncated);
  CHECK(seen.all[0].payload == std::string(room, 'x'));
  CHECK(seen.all[1].truncated);
  CHECK(seen.all[1].payload == std::string(room, 'y'));
  CHECK(seen.all[1].size == room + 1);
  CHECK(seen.all[2].truncated);
  CHECK(seen.all[2].size == 20000);
  CHECK(seen.all[2].properties == bag);
  CHECK(client.transport.acknowledged() == Acknowledged{fits, over, far_over});
}

TEST_CASE("messages: properties larger than the memory -> left out, body and mark there") {
  SubjectWorld client;
  Seen seen;
  client.messages.on_message(seen.handler());
  REQUIRE(client.connect());
  client.deliver_acknowledged(kDeviceTopic + "a=" + std::string(client.receive_room(), '1'), "hi");
  client.world.settle();
  REQUIRE(seen.all.size() == 1);
  CHECK(seen.all[0].truncated);
  CHECK(seen.all[0].properties.empty());
  CHECK(seen.all[0].payload == "hi");
}

TEST_CASE("messages: while another client receives -> waits for its turn, then handed over") {
  SubjectWorld client;
  Seen seen;
  client.messages.on_message(seen.handler());
  REQUIRE(client.connect());
  int other = 0;
  REQUIRE(client.world.context.take_document(&other));
  client.deliver_acknowledged(kDeviceTopic, "hi");
  client.world.poll();
  CHECK(seen.all.empty());
  client.world.context.release_document(&other);
  client.world.settle();
  REQUIRE(seen.all.size() == 1);
  CHECK(seen.all[0].payload == "hi");
  CHECK(client.world.context.take_document(&other));  // given back
}

TEST_CASE(
    "messages: stalled while another client needs the memory -> link dropped, not handed over") {
  SubjectWorld client;
  Seen seen;
  client.messages.on_message(seen.handler());
  REQUIRE(client.connect());
  hubtwin::MessageHead head;
  head.topic = kDeviceTopic;
  head.payload_size = 2;
  head.qos = GENERATE(hubtwin::Qos::kAtMostOnce, hubtwin::Qos::kAtLeastOnce);
  head.packet_id = head.qos == hubtwin::Qos::kAtLeastOnce ? 7 : 0;
  REQUIRE(client.messages.on_message(head) == hubtwin::Intake::kTake);
  client.messages.on_message_fragment(hubtwin::as_bytes("h"));
  client.world.clock.advance(hubtwin::Context::kDocumentStall);
  int other = 0;
  REQUIRE(client.world.context.take_document(&other));
  client.messages.on_message_fragment(hubtwin::as_bytes("i"));
  client.messages.on_message_end();
  CHECK(seen.all.empty());
  CHECK(client.transport.acknowledged().empty());
  CHECK(client.session.ready() == (head.packet_id == 0));  // at QoS 1 the hub delivers it again
  CHECK(client.world.context.holds_document(&other));
}

TEST_CASE("messages: the client ends in the middle of one -> the turn to receive is free") {
  hubtwin::test::World world;
  hubtwin::test::ScriptedTransport transport(world.clock);
  {
    std::array<char, 64> identity{};
    std::array<std::uint8_t, 64> secret{};
    hubtwin::Session session(
        world.context, transport, hubtwin::Identity::parse(hubtwin::test::kDeviceIdentity).value(),
        {}, {{identity.data(), identity.size()}, {secret.data(), secret.size()}, {}});
    hubtwin::Messages messages(session, {{}, {}});
    hubtwin::MessageHead head;
    head.topic = kDeviceTopic;
    head.payload_size = 2;
    REQUIRE(messages.on_message(head) == hubtwin::Intake::kTake);
    int other = 0;
    REQUIRE_FALSE(world.context.take_document(&other));
  }
  int other = 0;
  CHECK(world.context.take_document(&other));
}

TEST_CASE("messages: cut by link loss at any byte -> no handler, not acknowledged") {
  SubjectWorld client;
  Seen seen;
  client.messages.on_message(seen.handler());
  REQUIRE(client.connect());
  client.transport.set_fragment_size(1);
  const std::string payload = "hello";
  for (std::size_t bytes = 0; bytes < payload.size(); ++bytes) {
    hubtwin::test::ScriptedTransport::Message message;
    message.topic = kDeviceTopic;
    message.payload = payload;
    message.qos = hubtwin::Qos::kAtLeastOnce;
    message.cut_after = bytes;
    client.transport.deliver(message);
    client.world.settle();
    CHECK(seen.all.empty());
    REQUIRE(client.world.run_until([&] { return client.session.ready(); }, std::chrono::hours(9)));
  }
  CHECK(client.transport.acknowledged().empty());
  client.deliver_acknowledged(kDeviceTopic, "whole");
  client.world.settle();
  REQUIRE(seen.all.size() == 1);
  CHECK(seen.all[0].payload == "whole");
}

TEST_CASE("messages: inputs of a module -> by name, the rest to the common handler") {
  SubjectWorld client(kModuleIdentity);
  Seen first;
  Seen rest;
  REQUIRE(client.messages.on_input("in1", first.handler()).ok());
  client.messages.on_message(rest.handler());
  REQUIRE(client.connect());
  REQUIRE(client.transport.filters().size() == 1);
  CHECK(client.transport.filters()[0].filter == "devices/dev1/modules/mod1/inputs/#");
  client.deliver_acknowledged(kInputTopic + "in1/%24.cdid=dev1", "1");
  client.deliver_acknowledged(kInputTopic + "in2/", "2");
  client.deliver_acknowledged(kInputTopic + "in11/", "3");
  client.world.settle();
  REQUIRE(first.all.size() == 1);
  CHECK(first.all[0].input == "in1");
  CHECK(first.all[0].properties == "%24.cdid=dev1");
  REQUIRE(rest.all.size() == 2);
  CHECK(rest.all[0].input == "in2");
  CHECK(rest.all[1].input == "in11");
  CHECK(client.transport.acknowledged().size() == 3);
}

TEST_CASE("messages: an input that nobody takes -> not acknowledged") {
  SubjectWorld client(kModuleIdentity);
  Seen first;
  REQUIRE(client.messages.on_input("in1", first.handler()).ok());
  REQUIRE(client.connect());
  client.deliver_acknowledged(kInputTopic + "in2/", "2");
  client.world.settle();
  CHECK(first.all.empty());
  CHECK(client.transport.acknowledged().empty());
}

TEST_CASE("messages: the table of inputs -> replaced, freed, full") {
  SubjectWorld client(kModuleIdentity);
  Seen seen;
  CHECK(client.messages.on_input("", seen.handler()).error() == Error::kInvalidArgument);
  CHECK(client.messages.on_input("none", nullptr).ok());
  CHECK(client.messages.on_input("a", seen.handler()).ok());
  CHECK(client.messages.on_input("b", seen.handler()).ok());
  CHECK(client.messages.on_input("c", seen.handler()).error() == Error::kNoSpace);
  CHECK(client.messages.on_input("a", seen.handler()).ok());
  CHECK(client.messages.on_input("a", nullptr).ok());
  CHECK(client.messages.on_input("c", seen.handler()).ok());
  CHECK(client.messages.on_input("b", seen.handler()).ok());
  CHECK(client.messages.on_input("b", nullptr).ok());
  REQUIRE(client.connect());
  client.deliver_acknowledged(kInputTopic + "b/", "1");
  client.deliver_acknowledged(kInputTopic + "c/", "2");
  client.world.settle();
  REQUIRE(seen.all.size() == 1);
  CHECK(seen.all[0].input == "c");

  SubjectWorld device;
  CHECK(device.messages.on_input("a", seen.handler()).error() == Error::kNotSupported);
}

TEST_CASE("messages: another device's or malformed topic -> dropped as foreign") {
  SubjectWorld client;
  Seen seen;
  client.messages.on_message(seen.handler());
  REQUIRE(client.connect());
  client.deliver_acknowledged("devices/dev2/messages/devicebound/", "1");
  client.deliver_acknowledged("devices/dev1/messages/devicebound", "2");
  client.deliver_acknowledged("devices/dev1/modules/m/inputs/i/", "3");
  client.world.settle();
  CHECK(seen.all.empty());
  CHECK(client.session.counters().foreign_topics == 3);
}

TEST_CASE("messages: a handler removes itself and closes the client -> survives") {
  SubjectWorld client;
  int calls = 0;
  struct Shared {
    SubjectWorld& client;
    int& calls;
  } shared{client, calls};
  client.messages.on_message([&shared](const Message& message) {
    ++shared.calls;
    shared.client.messages.on_message(nullptr);
    shared.client.session.close();
    CHECK(as_text(message.payload()) == "1");
  });
  REQUIRE(client.connect());
  client.deliver_acknowledged(kDeviceTopic, "1");
  client.deliver_acknowledged(kDeviceTopic, "2");
  client.world.settle();
  CHECK(calls == 1);
  CHECK(client.session.status().state == hubtwin::ConnectionState::kClosed);
}

TEST_CASE("messages: 1,000 in a row -> all handed over in order, all acknowledged") {
  SubjectWorld client;
  Seen seen;
  client.messages.on_message(seen.handler());
  REQUIRE(client.connect());
  for (int i = 0; i < 1000; ++i) {
    client.deliver_acknowledged(kDeviceTopic, std::to_string(i));
  }
  client.world.settle();
  REQUIRE(seen.all.size() == 1000);
  for (std::size_t i = 0; i < 1000; ++i) {
    CHECK(seen.all[i].payload == std::to_string(i));
  }
  CHECK(client.transport.acknowledged().size() == 1000);
}
