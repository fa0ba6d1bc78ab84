// SPDX-License-Identifier: MIT
// How calls are answered: inline, later, once, and not after their link.
#include "unit/methods/methods_world.hpp"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using hubtwin::Error;
using hubtwin::MethodCall;
using hubtwin::test::Answers;
using hubtwin::test::MethodsWorld;

namespace {

// A client with one method, "a", whose calls are kept.
struct KeepingWorld : MethodsWorld {
  explicit KeepingWorld(const hubtwin::SessionOptions& options = {})
      : MethodsWorld(hubtwin::test::kDeviceIdentity, options) {
    REQUIRE(
        methods.on_method("a", [this](MethodCall call) { calls.push_back(std::move(call)); }).ok());
  }
  std::vector<MethodCall> calls;
};

}  // namespace

TEST_CASE("methods: a call -> movable, not copyable, a few words") {
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<MethodCall>);
  STATIC_REQUIRE(std::is_nothrow_move_assignable_v<MethodCall>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<MethodCall>);
  STATIC_REQUIRE(sizeof(MethodCall) <= 5 * sizeof(void*));
}

TEST_CASE("methods: no call -> nothing to answer") {
  MethodCall none;
  CHECK_FALSE(none);
  CHECK(none.name().empty());
  CHECK(none.payload().empty());
  CHECK(none.reply(200).error() == Error::kExpired);
}

TEST_CASE("methods: answered ten seconds later -> once, and only once") {
  KeepingWorld client;
  REQUIRE(client.connect());
  client.call("a", "1f", "5");
  client.world.settle();
  REQUIRE(client.calls.size() == 1);
  CHECK(client.calls[0].name() == "a");
  CHECK(client.calls[0].payload().empty());  // only inside the handler
  client.world.run_for(std::chrono::seconds(10));
  MethodCall moved = std::move(client.calls[0]);
  CHECK_FALSE(client.calls[0].pending());
  CHECK(client.calls[0].reply(500).error() == Error::kExpired);
  CHECK(moved.pending());
  CHECK(moved.reply(200, R"("done")").ok());
  CHECK_FALSE(moved.pending());
  CHECK(moved.reply(200, R"("again")").error() == Error::kExpired);
  client.world.settle();
  CHECK(client.answers() == Answers{R"(200 1f "done")"});
}

TEST_CASE("methods: moved onto itself and over another -> as expected") {
  KeepingWorld client;
  REQUIRE(client.connect());
  client.call("a", "1");
  client.call("a", "2");
  client.world.settle();
  REQUIRE(client.calls.size() == 2);
  MethodCall& first = client.calls[0];
  MethodCall& same = first;
  first = std::move(same);
  CHECK(first.pending());
  first = std::move(client.calls[1]);  // the first call will be answered by its deadline
  CHECK(first.reply(200).ok());
  client.world.run_for(std::chrono::seconds(31));
  REQUIRE(client.answers().size() == 2);
  CHECK(client.answers()[0] == "200 2 null");
  CHECK(client.answers()[1].substr(0, 6) == "504 1 ");
}

TEST_CASE("methods: a freed slot -> an old call doesn't answer for the new one") {
  KeepingWorld client;
  REQUIRE(client.connect());
  client.call("a", "1");
  client.world.settle();
  REQUIRE(client.calls[0].reply(200).ok());
  client.call("a", "2");
  client.world.settle();
  REQUIRE(client.calls.size() == 2);
  CHECK(client.calls[0].reply(201).error() == Error::kExpired);
  CHECK(client.calls[1].reply(202).ok());
  client.world.settle();
  CHECK(client.answers() == Answers{"200 1 null", "202 2 null"});
}

TEST_CASE("methods: answered out of order -> each to its own caller") {
  KeepingWorld client;
  REQUIRE(client.connect());
  client.call("a", "1");
  client.call("a", "2");
  client.world.settle();
  CHECK(client.calls[1].reply(2).ok());
  CHECK(client.calls[0].reply(-1).ok());
  client.world.settle();
  CHECK(client.answers() == Answers{"2 2 null", "-1 1 null"});
}

TEST_CASE("methods: link lost -> pending calls expire, nothing goes to the next link") {
  KeepingWorld client;
  REQUIRE(client.connect());
  client.call("a", "1");
  client.world.settle();
  REQUIRE(client.reconnect());
  CHECK_FALSE(client.calls.at(0).pending());
  CHECK(client.calls[0].reply(200).error() == Error::kExpired);
  // The same request id on the new link is another call.
  client.call("a", "1");
  client.world.settle();
  REQUIRE(client.calls.size() == 2);
  CHECK(client.calls[0].reply(200).error() == Error::kExpired);
  CHECK(client.calls[1].reply(201).ok());
  client.world.settle();
  CHECK(client.answers() == Answers{"201 1 null"});
}

TEST_CASE("methods: answered, and the link lost before it is sent -> not sent on the next link") {
  KeepingWorld client;
  REQUIRE(client.connect());
  client.call("a", "1");
  client.world.settle();
  client.transport.set_publishes_per_poll(0);
  REQUIRE(client.calls.at(0).reply(200).ok());
  client.world.poll();
  client.transport.set_publishes_per_poll(1000);
  REQUIRE(client.reconnect());
  client.world.settle();
  CHECK(client.answers().empty());
  CHECK(client.session.outbox().count() == 0);
}

TEST_CASE(
    "methods: outbox full and transport busy -> no space, the call stays pending and is answered "
    "later") {
  KeepingWorld client;
  REQUIRE(client.connect());
  client.call("a", "1");
  client.world.settle();
  client.transport.set_publishes_per_poll(0);
  hubtwin::TelemetryMessage message;
  while (client.telemetry.send(message).ok()) {
  }
  CHECK(client.calls.at(0).reply(200).error() == Error::kNoSpace);
  CHECK(client.calls[0].pending());
  client.transport.set_publishes_per_poll(1000);
  client.world.settle();
  CHECK(client.calls[0].reply(200).ok());
  client.world.settle();
  CHECK(client.answers() == Answers{"200 1 null"});
}

TEST_CASE("methods: an answer that can never be sent -> invalid, a smaller one is taken") {
  KeepingWorld client;
  REQUIRE(client.connect());
  client.call("a", "1");
  client.world.settle();
  client.transport.set_largest_payload(1000);
  CHECK(client.calls.at(0).reply(200, std::string(1001, '1')).error() == Error::kInvalidArgument);
  CHECK(client.calls[0].reply(200, std::string(131073, '1')).error() == Error::kInvalidArgument);
  client.transport.set_publishes_per_poll(0);
  client.world.poll();
  CHECK(client.calls[0].reply(200, std::string(600, '1')).error() == Error::kInvalidArgument);
  CHECK(client.calls[0].pending());
  CHECK(client.calls[0].reply(200, "1").ok());
}

TEST_CASE("methods: closed with calls pending -> they expire") {
  KeepingWorld client;
  REQUIRE(client.connect());
  client.call("a", "1");
  client.world.settle();
  client.session.close();
  CHECK(client.calls.at(0).reply(200).error() == Error::kExpired);
  client.world.settle();
  CHECK_FALSE(client.calls[0].pending());
  CHECK(client.methods.pending_count() == 0);
}

TEST_CASE("methods: the client ends before its call -> expired, nothing touched") {
  hubtwin::test::World world;
  hubtwin::test::ScriptedTransport transport(world.clock);
  transport.set_automatic(true);
  world.watch(transport);
  MethodCall kept;
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
    session.add(methods);
    REQUIRE(methods.on_method("a", [&kept](MethodCall call) { kept = std::move(call); }).ok());
    REQUIRE(session.open().ok());
    REQUIRE(world.run_until([&] { return session.ready(); }));
    transport.deliver(hubtwin::test::request_topic("a", "1"), "null");
    world.settle();
    REQUIRE(kept.pending());
  }
  CHECK_FALSE(kept.pending());
  CHECK(kept.name().empty());
  CHECK(kept.payload().empty());
  CHECK(kept.reply(200).error() == Error::kExpired);
}

TEST_CASE("methods: a token renewal is due -> waits for the reply, which still goes out") {
  hubtwin::SessionOptions options;
  options.token_lifetime = std::chrono::minutes(5);
  KeepingWorld client(options);
  REQUIRE(client.connect());
  const hubtwin::MonotonicTime connected = client.world.clock.now();
  // Renewal comes at 80 to 90 % of the token's life; a call is on its way just before.
  client.world.run_for(std::chrono::seconds(239));
  REQUIRE(client.session.counters().renewals == 0);
  client.call("a", "1");
  client.world.settle();
  client.world.run_for(connected + std::chrono::seconds(268) - client.world.clock.now());
  REQUIRE(client.calls.size() == 1);
  CHECK(client.calls[0].pending());
  CHECK(client.session.counters().renewals == 0);
  CHECK(client.calls[0].reply(200).ok());
  REQUIRE(client.world.run_until([&] { return client.session.counters().renewals == 1; }));
  CHECK(client.answers() == Answers{"200 1 null"});
}
