// SPDX-License-Identifier: MIT
// How calls reach their handlers.
#include "unit/methods/methods_world.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using hubtwin::Error;
using hubtwin::MethodCall;
using hubtwin::test::Answers;
using hubtwin::test::MethodsWorld;

namespace {

// Answers 200 with the request's own payload.
void echo(MethodCall call) {
  CHECK(call.reply(200, call.payload()).ok());
}

}  // namespace

TEST_CASE("methods: no handler -> nothing is subscribed") {
  MethodsWorld client;
  REQUIRE(client.connect());
  CHECK(client.transport.filters().empty());
}

TEST_CASE("methods: a handler -> subscribed at QoS 0, called, answered at QoS 0") {
  MethodsWorld client;
  REQUIRE(client.methods.on_method("echo", echo).ok());
  REQUIRE(client.connect());
  REQUIRE(client.transport.filters().size() == 1);
  CHECK(client.transport.filters()[0].filter == "$iothub/methods/POST/#");
  CHECK(client.transport.filters()[0].qos == hubtwin::Qos::kAtMostOnce);
  client.transport.set_fragment_size(GENERATE(1U, 4U, 1000U));
  client.call("echo", "1f", R"({"a":[1,2,3]})");
  client.world.settle();
  CHECK(client.answers() == Answers{R"(200 1f {"a":[1,2,3]})"});
  CHECK(client.transport.publishes()[0].qos == hubtwin::Qos::kAtMostOnce);
  CHECK(client.methods.pending_count() == 0);
}

TEST_CASE("methods: first handler while connected -> subscribed then") {
  MethodsWorld client;
  REQUIRE(client.connect());
  REQUIRE(client.methods.on_method("echo", echo).ok());
  client.world.settle();
  CHECK(client.transport.subscribed_to("$iothub/methods/POST/#"));
}

TEST_CASE("methods: several methods -> each call to its own handler") {
  MethodsWorld client;
  REQUIRE(client.methods
              .on_method("a",
                         [](MethodCall call) {
                           CHECK(call.name() == "a");
                           CHECK(call.reply(1).ok());
                         })
              .ok());
  REQUIRE(client.methods
              .on_method("b",
                         [](MethodCall call) {
                           CHECK(call.name() == "b");
                           CHECK(call.reply(2).ok());
                         })
              .ok());
  REQUIRE(client.connect());
  client.call("b", "x");
  client.call("a", "y");
  client.world.settle();
  CHECK(client.answers() == Answers{"2 x null", "1 y null"});
}

TEST_CASE("methods: an empty request -> an empty payload") {
  MethodsWorld client;
  REQUIRE(client.methods
              .on_method("a",
                         [](MethodCall call) {
                           CHECK(call.payload().empty());
                           CHECK(call.reply(200, "{}").ok());
                         })
              .ok());
  REQUIRE(client.connect());
  client.call("a", "1", "");
  client.world.settle();
  CHECK(client.answers() == Answers{"200 1 {}"});
}

TEST_CASE("methods: arrives from a stored session before SUBACK -> handled, answered when ready") {
  MethodsWorld client;
  REQUIRE(client.methods.on_method("echo", echo).ok());
  client.transport.set_automatic(false);
  REQUIRE(client.session.open().ok());
  REQUIRE(client.world.run_until([&] { return client.transport.link_exists(); }));
  client.transport.accept(true);
  client.call("echo", "1", "7");
  client.world.settle();
  CHECK_FALSE(client.session.ready());
  client.transport.grant();
  client.world.settle();
  CHECK(client.answers() == Answers{"200 1 7"});
}

TEST_CASE("methods: the table -> names checked, replaced, freed, full") {
  MethodsWorld client;
  CHECK(client.methods.on_method("", echo).error() == Error::kInvalidArgument);
  CHECK(client.methods.on_method("a b", echo).error() == Error::kInvalidArgument);
  CHECK(client.methods.on_method("none", nullptr).ok());
  CHECK(client.methods.on_method("a", echo).ok());
  CHECK(client.methods.on_method("b", echo).ok());
  CHECK(client.methods.on_method("c", echo).ok());
  CHECK(client.methods.on_method("d", echo).error() == Error::kNoSpace);
  CHECK(client.methods.on_method("b", echo).ok());
  CHECK(client.methods.on_method("b", nullptr).ok());
  CHECK(client.methods.on_method("d", echo).ok());
  REQUIRE(client.connect());
  client.call("b", "1");
  client.call("d", "2", "5");
  client.world.settle();
  REQUIRE(client.answers().size() == 2);
  CHECK(client.answers()[0].substr(0, 6) == "404 1 ");
  CHECK(client.answers()[1] == "200 2 5");
}

TEST_CASE("methods: a handler registers another, removes itself and calls back -> survives") {
  MethodsWorld client;
  struct Shared {
    MethodsWorld& client;
    int late = 0;
  } shared{client};
  REQUIRE(client.methods
              .on_method("a",
                         [&shared](MethodCall call) {
                           CHECK(shared.client.methods.on_method("a", nullptr).ok());
                           CHECK(shared.client.methods
                                     .on_method("z",
                                                [&shared](MethodCall again) {
                                                  ++shared.late;
                                                  CHECK(again.reply(201).ok());
                                                })
                                     .ok());
                           CHECK(call.payload() == "1");
                           CHECK(call.reply(200).ok());
                         })
              .ok());
  REQUIRE(client.connect());
  client.call("a", "1", "1");
  client.call("z", "2");
  client.call("a", "3");
  client.world.settle();
  CHECK(shared.late == 1);
  REQUIRE(client.answers().size() == 3);
  CHECK(client.answers()[0] == "200 1 null");
  CHECK(client.answers()[1] == "201 2 null");
  CHECK(client.answers()[2].substr(0, 4) == "404 ");
}

TEST_CASE("methods: a handler closes the client -> its call has expired") {
  MethodsWorld client;
  struct Shared {
    MethodsWorld& client;
    int calls = 0;
  } shared{client};
  REQUIRE(client.methods
              .on_method("a",
                         [&shared](MethodCall call) {
                           ++shared.calls;
                           shared.client.session.close();
                           CHECK(call.reply(200).error() == Error::kExpired);
                         })
              .ok());
  REQUIRE(client.connect());
  client.call("a", "1");
  client.world.settle();
  CHECK(shared.calls == 1);
  CHECK(client.answers().empty());
  CHECK(client.methods.pending_count() == 0);
  CHECK(client.session.status().state == hubtwin::ConnectionState::kClosed);
}

TEST_CASE("methods: a request cut by link loss at any byte -> no handler, no slot kept") {
  MethodsWorld client;
  int calls = 0;
  REQUIRE(client.methods
              .on_method("a",
                         [&calls](MethodCall call) {
                           ++calls;
                           CHECK(call.reply(200).ok());
                         })
              .ok());
  REQUIRE(client.connect());
  client.transport.set_fragment_size(1);
  for (std::size_t bytes = 0; bytes < 4; ++bytes) {
    hubtwin::test::ScriptedTransport::Message message;
    message.topic = hubtwin::test::request_topic("a", "1");
    message.payload = "null";
    message.cut_after = bytes;
    client.transport.deliver(message);
    client.world.settle();
    CHECK(client.methods.pending_count() == 0);
    REQUIRE(client.world.run_until([&] { return client.session.ready(); }, std::chrono::hours(9)));
  }
  CHECK(calls == 0);
  client.call("a", "1");
  client.world.settle();
  CHECK(calls == 1);
}

TEST_CASE("methods: 100,000 calls -> each answered once, no slot lost", "[long]") {
  MethodsWorld client;
  REQUIRE(client.methods.on_method("echo", echo).ok());
  REQUIRE(client.connect());
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < 100; ++i) {
      client.call("echo", std::to_string(i), "1");
    }
    client.world.settle();
    const Answers answers = client.answers();
    bool right = answers.size() == 100;
    for (std::size_t i = 0; right && i < 100; ++i) {
      right = answers[i] == "200 " + std::to_string(i) + " 1";
    }
    REQUIRE(right);
    client.transport.clear_records();
  }
  CHECK(client.methods.pending_count() == 0);
}
