// SPDX-License-Identifier: MIT
// What is answered without a handler, or not at all.
#include "unit/methods/methods_world.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using hubtwin::Error;
using hubtwin::MethodCall;
using hubtwin::test::Answers;
using hubtwin::test::MethodsWorld;

namespace {

// The status of an answer, once it was seen to carry a JSON object that says why.
std::string status_of(const std::string& answer) {
  const std::size_t payload = answer.find(' ', answer.find(' ') + 1) + 1;
  const auto json = nlohmann::json::parse(answer.substr(payload), nullptr, false);
  REQUIRE(json.is_object());
  CHECK_FALSE(json.value("message", "").empty());
  return answer.substr(0, answer.find(' '));
}

// Keeps every call.
struct Keeper {
  std::vector<MethodCall> calls;
  hubtwin::MethodHandler handler() {
    return [this](MethodCall call) { calls.push_back(std::move(call)); };
  }
};

}  // namespace

TEST_CASE("methods: an unknown name -> 404, whatever its payload") {
  MethodsWorld client;
  Keeper keeper;
  REQUIRE(client.methods.on_method("a", keeper.handler()).ok());
  REQUIRE(client.connect());
  client.call("b", "1", std::string(5000, 'x'));
  client.call("A", "2");
  client.call("a(b)", "3");
  client.world.settle();
  REQUIRE(client.answers().size() == 3);
  for (const std::string& answer : client.answers()) {
    CHECK(status_of(answer) == "404");
  }
  CHECK(keeper.calls.empty());
}

TEST_CASE("methods: more at once than slots -> 429 to the newest, the others untouched") {
  MethodsWorld client;
  Keeper keeper;
  REQUIRE(client.methods.on_method("a", keeper.handler()).ok());
  REQUIRE(client.connect());
  client.call("a", "1");
  client.call("a", "2");
  client.call("a", "3");
  client.world.settle();
  REQUIRE(client.answers().size() == 1);
  CHECK(status_of(client.answers()[0]) == "429");
  CHECK(client.answers()[0].substr(4, 2) == "3 ");
  REQUIRE(keeper.calls.size() == 2);
  CHECK(keeper.calls[0].reply(200).ok());
  client.call("a", "4");
  client.world.settle();
  CHECK(keeper.calls.size() == 3);
}

TEST_CASE("methods: a request larger than the memory -> 413, one that just fits is taken") {
  MethodsWorld client;
  Keeper keeper;
  REQUIRE(client.methods.on_method("a", keeper.handler()).ok());
  REQUIRE(client.connect());
  client.transport.set_fragment_size(7);
  client.call("a", "1", std::string(client.receive_room() + 1, '1'));
  client.call("a", "2", std::string(client.receive_room(), '1'));
  client.world.settle();
  REQUIRE(client.answers().size() == 1);
  CHECK(status_of(client.answers()[0]) == "413");
  CHECK(keeper.calls.size() == 1);
}

TEST_CASE("methods: while another client receives -> waits for its turn, then taken") {
  MethodsWorld client;
  Keeper keeper;
  REQUIRE(client.methods.on_method("a", keeper.handler()).ok());
  REQUIRE(client.connect());
  int other = 0;
  REQUIRE(client.world.context.take_document(&other));
  client.call("a", "1");
  client.world.poll();
  CHECK(keeper.calls.empty());
  client.world.context.release_document(&other);
  client.world.settle();
  CHECK(keeper.calls.size() == 1);
  CHECK(client.world.context.take_document(&other));  // given back
}

TEST_CASE("methods: stalled while another client needs the memory -> 503, no handler") {
  MethodsWorld client;
  Keeper keeper;
  REQUIRE(client.methods.on_method("a", keeper.handler()).ok());
  REQUIRE(client.connect());
  const std::string topic = hubtwin::test::request_topic("a", "1");
  hubtwin::MessageHead head;
  head.topic = topic;
  head.payload_size = 2;
  REQUIRE(client.methods.on_message(head) == hubtwin::Intake::kTake);
  client.methods.on_message_fragment(hubtwin::as_bytes("1"));
  client.world.clock.advance(hubtwin::Context::kDocumentStall);
  int other = 0;
  REQUIRE(client.world.context.take_document(&other));
  client.methods.on_message_fragment(hubtwin::as_bytes("2"));
  client.methods.on_message_end();
  client.world.settle();
  REQUIRE(client.answers().size() == 1);
  CHECK(status_of(client.answers()[0]) == "503");
  CHECK(keeper.calls.empty());
  CHECK(client.methods.pending_count() == 0);
  CHECK(client.world.context.holds_document(&other));
}

TEST_CASE("methods: the client ends in the middle of a request -> the turn to receive is free") {
  hubtwin::test::World world;
  hubtwin::test::ScriptedTransport transport(world.clock);
  {
    std::array<char, 64> identity{};
    std::array<std::uint8_t, 64> secret{};
    std::array<hubtwin::NamedMethod, 1> table{};
    std::array<hubtwin::PendingMethod, 1> pending{};
    hubtwin::Session session(
        world.context, transport, hubtwin::Identity::parse(hubtwin::test::kDeviceIdentity).value(),
        {}, {{identity.data(), identity.size()}, {secret.data(), secret.size()}, {}});
    hubtwin::Methods methods(session,
                             {{table.data(), table.size()}, {pending.data(), pending.size()}});
    REQUIRE(methods.on_method("a", [](hubtwin::MethodCall) {}).ok());
    const std::string topic = hubtwin::test::request_topic("a", "1");
    hubtwin::MessageHead head;
    head.topic = topic;
    head.payload_size = 2;
    REQUIRE(methods.on_message(head) == hubtwin::Intake::kTake);
    int other = 0;
    REQUIRE_FALSE(world.context.take_document(&other));
  }
  int other = 0;
  CHECK(world.context.take_document(&other));
}

TEST_CASE("methods: no reply in time -> 504 at the deadline, a later reply has expired") {
  MethodsWorld client;
  Keeper keeper;
  REQUIRE(client.methods.on_method("a", keeper.handler()).ok());
  CHECK(client.methods.set_reply_timeout(std::chrono::milliseconds(999)).error() ==
        Error::kInvalidArgument);
  CHECK(client.methods.set_reply_timeout(std::chrono::minutes(6)).error() ==
        Error::kInvalidArgument);
  const auto timeout = GENERATE(std::chrono::seconds(30), std::chrono::seconds(5));
  if (timeout != hubtwin::Methods::kDefaultReplyTimeout) {
    REQUIRE(client.methods.set_reply_timeout(timeout).ok());
  }
  REQUIRE(client.connect());
  client.call("a", "1");
  client.world.settle();
  client.world.run_for(timeout - std::chrono::milliseconds(1));
  CHECK(client.answers().empty());
  CHECK(keeper.calls.at(0).pending());
  client.world.run_for(std::chrono::milliseconds(1));
  REQUIRE(client.answers().size() == 1);
  CHECK(status_of(client.answers()[0]) == "504");
  CHECK_FALSE(keeper.calls[0].pending());
  CHECK(keeper.calls[0].name().empty());
  CHECK(keeper.calls[0].reply(200).error() == Error::kExpired);
  client.world.run_for(std::chrono::minutes(2));
  CHECK(client.answers().size() == 1);
}

TEST_CASE("methods: a request that trickles in beyond its deadline -> 504, no handler") {
  MethodsWorld client;
  Keeper keeper;
  REQUIRE(client.methods.on_method("a", keeper.handler()).ok());
  REQUIRE(client.connect());
  client.transport.set_fragment_size(1);
  client.transport.set_fragments_per_poll(1);
  client.call("a", "1", "null");
  client.world.poll();
  CHECK(client.methods.pending_count() == 1);
  client.world.clock.advance(std::chrono::seconds(31));
  client.world.settle();
  CHECK(keeper.calls.empty());
  REQUIRE(client.answers().size() == 1);
  CHECK(status_of(client.answers()[0]) == "504");
  client.call("a", "2", "null");
  client.world.settle();
  CHECK(keeper.calls.size() == 1);
}

TEST_CASE("methods: the same request delivered twice -> one handler, one answer") {
  MethodsWorld client;
  Keeper keeper;
  REQUIRE(client.methods.on_method("a", keeper.handler()).ok());
  REQUIRE(client.connect());
  client.call("a", "1");
  client.call("a", "1");
  client.world.settle();
  REQUIRE(keeper.calls.size() == 1);
  CHECK(keeper.calls[0].reply(200).ok());
  client.world.settle();
  CHECK(client.answers() == Answers{"200 1 null"});
}

TEST_CASE("methods: a malformed topic -> dropped with a line in the log") {
  MethodsWorld client;
  Keeper keeper;
  REQUIRE(client.methods.on_method("a", keeper.handler()).ok());
  REQUIRE(client.connect());
  client.transport.deliver("$iothub/methods/POST/a/", "null");
  client.transport.deliver("$iothub/methods/POST/a/?$rid=", "null");
  client.transport.deliver("$iothub/methods/POST/a/?$rid=" + std::string(500, 'r'), "null");
  client.world.settle();
  CHECK(keeper.calls.empty());
  CHECK(client.answers().empty());
  CHECK(client.world.log.contains("malformed topic") == hubtwin::test::kLogs);
}

TEST_CASE("methods: answered while the outbox is full -> overtakes") {
  MethodsWorld client;
  Keeper keeper;
  REQUIRE(client.methods.on_method("a", keeper.handler()).ok());
  client.transport.set_automatic(false);
  REQUIRE(client.session.open().ok());
  REQUIRE(client.world.run_until([&] { return client.transport.link_exists(); }));
  client.transport.accept();
  client.world.settle();
  client.transport.grant();
  client.world.settle();
  hubtwin::TelemetryMessage message;
  const std::string payload(20, 'x');
  message.payload = hubtwin::as_bytes(payload);
  while (client.telemetry.send(message).ok()) {
  }
  client.call("b", "1");
  client.call("a", "2");
  client.world.settle();
  REQUIRE(keeper.calls.size() == 1);
  CHECK(keeper.calls[0].reply(200).ok());
  REQUIRE(client.answers().size() == 2);
  CHECK(status_of(client.answers()[0]) == "404");
  CHECK(client.answers()[1] == "200 2 null");
}

TEST_CASE("methods: the handler taken away while the request trickles in -> 404") {
  MethodsWorld client;
  Keeper keeper;
  REQUIRE(client.methods.on_method("a", keeper.handler()).ok());
  REQUIRE(client.connect());
  client.transport.set_fragment_size(1);
  client.transport.set_fragments_per_poll(1);
  client.call("a", "1", "null");
  client.world.poll();
  REQUIRE(client.methods.on_method("a", nullptr).ok());
  client.world.settle();
  REQUIRE(client.answers().size() == 1);
  CHECK(status_of(client.answers()[0]) == "404");
  CHECK(client.methods.pending_count() == 0);
}

TEST_CASE("methods: a name given anew from other memory -> a pending call shows the new one") {
  MethodsWorld client;
  Keeper keeper;
  auto* first = new std::string("selfTestWithALongName");
  REQUIRE(client.methods.on_method(*first, keeper.handler()).ok());
  REQUIRE(client.connect());
  client.call(*first, "1");
  client.world.settle();
  REQUIRE(keeper.calls.size() == 1);
  const std::string second = *first;
  REQUIRE(client.methods.on_method(second, keeper.handler()).ok());
  delete first;
  CHECK(keeper.calls[0].name() == second);
  REQUIRE(client.methods.on_method(second, nullptr).ok());
  CHECK(keeper.calls[0].name().empty());
  CHECK(keeper.calls[0].reply(200).ok());
}
