// SPDX-License-Identifier: MIT
// The rows of the device reconnection flow (IoT Hub developer guide, device twins).
#include "twin_bench.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;

namespace {

struct Gate {
  World world;
  TwinBench bench{world};
  ChangeLog log;
  std::vector<TwinVersion> synchronised;
  std::vector<TwinError> errors;

  Gate() {
    bench.twin.on_synchronised([this](TwinVersion version) { synchronised.push_back(version); });
    bench.twin.on_error([this](const TwinError& error) { errors.push_back(error); });
    REQUIRE(bench.twin.on_desired("a", log.handler()).ok());
  }
  std::string a() { return ChangeLog::text(bench.twin.desired("a")); }
};

}  // namespace

TEST_CASE("version gate: link stands -> both filters are granted before the one GET") {
  Gate gate;
  gate.bench.transport.set_automatic(false);
  REQUIRE(gate.bench.session.open().ok());
  REQUIRE(gate.world.run_until([&] { return gate.bench.transport.link_exists(); }));
  gate.bench.transport.accept();
  gate.world.settle();
  REQUIRE(gate.bench.transport.subscribed_to("$iothub/twin/res/#"));
  REQUIRE(gate.bench.transport.subscribed_to("$iothub/twin/PATCH/properties/desired/#"));
  REQUIRE(gate.bench.gets() == 0);
  gate.bench.transport.grant();
  gate.world.settle();
  REQUIRE(gate.bench.gets() == 1);
  REQUIRE(gate.bench.transport.published_to(TwinBench::kGet)[0].payload.empty());
  REQUIRE_FALSE(gate.bench.twin.synchronised());
}

TEST_CASE("version gate: first GET answered -> first state, then in step") {
  Gate gate;
  gate.bench.open(R"("a":1)", 7);
  REQUIRE(gate.log.take() == Lines{"a none -> 1 v7 first state"});
  REQUIRE(gate.bench.twin.synchronised());
  REQUIRE(gate.bench.twin.desired_version() == 7);
  REQUIRE(gate.bench.twin.reported_version() == 1);
  REQUIRE(gate.synchronised == std::vector<TwinVersion>{7});
}

TEST_CASE("version gate: lower or equal version -> ignored") {
  Gate gate;
  gate.bench.open(R"("a":1)", 7);
  gate.log.take();
  gate.bench.notify(R"("a":2)", 7);
  gate.bench.notify(R"("a":3)", 6);
  gate.bench.notify(R"("a":4)", 1);
  REQUIRE(gate.log.take().empty());
  REQUIRE(gate.a() == "1");
  REQUIRE(gate.bench.gets() == 1);
  REQUIRE(gate.bench.twin.synchronised());
}

TEST_CASE("version gate: next version -> merged") {
  Gate gate;
  gate.bench.open(R"("a":1,"b":1)", 7);
  gate.log.take();
  gate.bench.notify(R"("a":2)", 8);
  gate.bench.notify(R"("a":null)", 9);
  REQUIRE(gate.log.take() == Lines{"a 1 -> 2 v8 change", "a 2 -> none v9 change"});
  REQUIRE(ChangeLog::text(gate.bench.twin.desired("b")) == "1");
  REQUIRE(gate.bench.twin.desired_version() == 9);
  REQUIRE(gate.synchronised.size() == 1);
}

TEST_CASE("version gate: next version with equal value -> no handler, new version") {
  Gate gate;
  gate.bench.open(R"("a":1)", 7);
  gate.log.take();
  gate.bench.notify(R"("a":1)", 8);
  REQUIRE(gate.log.take().empty());
  REQUIRE(gate.bench.twin.desired_version() == 8);
}

TEST_CASE("version gate: gap -> exactly one GET, then catch-up") {
  Gate gate;
  gate.bench.open(R"("a":1)", 7);
  gate.log.take();
  gate.bench.notify(R"("a":3)", 9);
  REQUIRE_FALSE(gate.bench.twin.synchronised());
  REQUIRE(gate.bench.gets() == 2);
  gate.bench.notify(R"("a":4)", 10);
  REQUIRE(gate.bench.gets() == 2);
  REQUIRE(gate.log.lines.empty());
  gate.bench.answer_get(R"("a":4)", 10);
  REQUIRE(gate.log.take() == Lines{"a 1 -> 4 v10 catch-up"});
  REQUIRE(gate.bench.twin.synchronised());
  REQUIRE(gate.bench.gets() == 2);
  REQUIRE(gate.synchronised == std::vector<TwinVersion>{7, 10});
  REQUIRE(gate.bench.twin.counters().gaps == 1);
  REQUIRE(gate.bench.twin.counters().reads == 2);
}

TEST_CASE("version gate: notification before the answer and older or equal -> nothing more") {
  Gate gate;
  gate.bench.open();
  gate.bench.notify(R"("a":2)", 8);
  REQUIRE(gate.log.lines.empty());
  gate.bench.answer_get(R"("a":2)", 8);
  REQUIRE(gate.log.take() == Lines{"a none -> 2 v8 first state"});
  REQUIRE(gate.bench.twin.synchronised());
  REQUIRE(gate.bench.gets() == 1);
}

TEST_CASE("version gate: answer older than a skipped notification -> GET again") {
  Gate gate;
  gate.bench.open();
  gate.bench.notify(R"("a":2)", 8);
  gate.bench.answer_get(R"("a":1)", 7);
  REQUIRE_FALSE(gate.bench.twin.synchronised());
  REQUIRE(gate.synchronised.empty());
  REQUIRE(gate.bench.gets() == 2);
  gate.bench.answer_get(R"("a":2)", 8);
  REQUIRE(gate.bench.twin.synchronised());
  REQUIRE(gate.log.take() == Lines{"a none -> 1 v7 first state", "a 1 -> 2 v8 catch-up"});
}

TEST_CASE("version gate: answers stay older -> back-off from the third time on, then believed") {
  Gate gate;
  gate.bench.open();
  gate.bench.notify("", 1000);
  gate.bench.answer_get(R"("a":1)", 7);
  REQUIRE(gate.bench.get_waits());
  gate.bench.answer_get(R"("a":1)", 7);
  REQUIRE(gate.bench.get_waits());
  const MonotonicTime third = gate.world.clock.now();
  gate.bench.answer_get(R"("a":1)", 7);
  REQUIRE_FALSE(gate.bench.get_waits());
  REQUIRE(gate.bench.await_get());
  REQUIRE(gate.world.clock.now() > third);
  gate.bench.answer_get(R"("a":1)", 7);
  REQUIRE(gate.bench.await_get());
  gate.bench.answer_get(R"("a":1)", 7);
  REQUIRE(gate.bench.await_get());
  gate.bench.answer_get(R"("a":1)", 7);
  REQUIRE(gate.bench.twin.synchronised());
  REQUIRE(gate.bench.gets() == 6);
  REQUIRE(gate.log.take().size() == 1);
}

TEST_CASE(
    "version gate: a change told during the last of those GETs -> its answer isn't believed") {
  Gate gate;
  gate.bench.open();
  gate.bench.notify("", 1000);
  for (int answers = 0; answers < 5; ++answers) {
    gate.bench.answer_get(R"("a":1)", 7);
    REQUIRE(gate.bench.await_get());
  }
  gate.bench.notify(R"("a":2)", 8);
  gate.bench.answer_get(R"("a":1)", 7);
  REQUIRE_FALSE(gate.bench.twin.synchronised());
  for (int answers = 0; answers < 10 && !gate.bench.twin.synchronised(); ++answers) {
    REQUIRE(gate.bench.await_get());
    gate.bench.answer_get(R"("a":2)", 8);
  }
  REQUIRE(gate.bench.twin.synchronised());
  REQUIRE(gate.a() == "2");
}

TEST_CASE("version gate: traffic before SUBACK -> only its version counts") {
  Gate gate;
  gate.bench.transport.set_automatic(false);
  REQUIRE(gate.bench.session.open().ok());
  REQUIRE(gate.world.run_until([&] { return gate.bench.transport.link_exists(); }));
  gate.bench.transport.accept(true);
  gate.world.settle();
  gate.bench.notify(R"("a":5)", 9);
  gate.bench.transport.grant();
  gate.world.settle();
  REQUIRE(gate.bench.gets() == 1);
  gate.bench.answer_get(R"("a":4)", 8);
  REQUIRE(gate.bench.gets() == 2);
  gate.bench.answer_get(R"("a":5)", 9);
  REQUIRE(gate.bench.twin.synchronised());
  REQUIRE(gate.a() == "5");
}

TEST_CASE("version gate: reconnect -> subscribes, reads, compares") {
  Gate gate;
  gate.bench.open(R"("a":1,"b":1)", 7);
  gate.log.take();
  gate.bench.reconnect();
  REQUIRE_FALSE(gate.bench.twin.synchronised());
  REQUIRE(gate.a() == "1");

  SECTION("nothing changed -> no handler") {
    gate.bench.answer_get(R"("b":1,"a":1)", 7);
    REQUIRE(gate.log.take().empty());
  }
  SECTION("changed while offline -> catch-up") {
    gate.bench.answer_get(R"("a":2,"b":1)", 9);
    REQUIRE(gate.log.take() == Lines{"a 1 -> 2 v9 catch-up"});
  }
  SECTION("removed while offline -> gone") {
    gate.bench.answer_get(R"("b":1)", 8);
    REQUIRE(gate.log.take() == Lines{"a 1 -> none v8 catch-up"});
  }
  REQUIRE(gate.bench.twin.synchronised());
  REQUIRE(gate.synchronised.size() == 2);
}

TEST_CASE("version gate: lower version in a GET -> the identity was made anew, accepted") {
  Gate gate;
  gate.bench.open(R"("a":1)", 40);
  gate.log.take();
  gate.bench.reconnect();
  gate.bench.answer_get(R"("a":2)", 1);
  REQUIRE(gate.log.take() == Lines{"a 1 -> 2 v1 catch-up"});
  REQUIRE(gate.bench.twin.desired_version() == 1);
  gate.bench.notify(R"("a":3)", 2);
  REQUIRE(gate.log.take() == Lines{"a 2 -> 3 v2 change"});
}

TEST_CASE("version gate: link lost with a skipped notification -> forgotten with the link") {
  Gate gate;
  gate.bench.open();
  gate.bench.notify("", 50);
  gate.bench.reconnect();
  gate.bench.answer_get(R"("a":1)", 2);
  REQUIRE(gate.bench.twin.synchronised());
}

TEST_CASE("version gate: GET refused for now -> repeated with back-off, error body never applied") {
  const int status = GENERATE(408, 429, 500, 503);
  Gate gate;
  gate.bench.open();
  const MonotonicTime asked = gate.world.clock.now();
  gate.bench.answer_get_raw(R"({"desired":{"a":666,"$version":9}})", status);
  REQUIRE(gate.log.lines.empty());
  REQUIRE_FALSE(gate.bench.twin.desired("a").exists());
  REQUIRE(gate.errors.size() == 1);
  REQUIRE(gate.errors[0].retried);
  REQUIRE(gate.errors[0].status.mqtt_code() == status);
  REQUIRE(gate.bench.await_get());
  const Duration waited = gate.world.clock.now() - asked;
  if (status == 429) {
    REQUIRE(waited >= std::chrono::seconds(5));
  }
  REQUIRE(waited <= std::chrono::seconds(10));
  gate.bench.answer_get(R"("a":1)", 7);
  REQUIRE(gate.bench.twin.synchronised());
}

TEST_CASE("version gate: GET unanswered -> repeated after a minute, the late answer dropped") {
  Gate gate;
  gate.bench.open();
  const std::string late = TwinBench::rid(gate.bench.transport.publishes().back().topic);
  const MonotonicTime asked = gate.world.clock.now();
  REQUIRE(gate.world.run_until([&] { return gate.bench.gets() == 2; }));
  const Duration waited = gate.world.clock.now() - asked;
  REQUIRE(waited >= std::chrono::seconds(60));
  REQUIRE(waited <= std::chrono::seconds(61));
  REQUIRE(gate.errors.size() == 1);
  REQUIRE(gate.errors[0].status.error() == Error::kHubTimeout);
  gate.bench.transport.deliver("$iothub/twin/res/200/?$rid=" + late,
                               TwinBench::whole_twin(R"("a":1)", 3));
  gate.world.settle();
  REQUIRE(gate.log.lines.empty());
  gate.bench.answer_get(R"("a":2)", 4);
  REQUIRE(gate.log.take() == Lines{"a none -> 2 v4 first state"});
}

TEST_CASE("version gate: GET refused for good -> surfaced once, nothing until the next link") {
  const int status = GENERATE(400, 401, 403, 404);
  Gate gate;
  gate.bench.open();
  gate.bench.answer_get_raw("", status);
  REQUIRE(gate.errors.size() == 1);
  REQUIRE_FALSE(gate.errors[0].retried);
  gate.bench.notify(R"("a":2)", 8);
  REQUIRE_FALSE(gate.bench.await_get(std::chrono::minutes(20)));
  REQUIRE(gate.errors.size() == 1);
  gate.bench.reconnect();
  gate.bench.answer_get(R"("a":2)", 8);
  REQUIRE(gate.bench.twin.synchronised());
}

TEST_CASE("version gate: 202 -> as good as 200") {
  Gate gate;
  gate.bench.open();
  gate.bench.answer_get_raw(TwinBench::whole_twin(R"("a":1)", 3), 202);
  REQUIRE(gate.bench.twin.synchronised());
  REQUIRE(gate.a() == "1");
}

TEST_CASE("version gate: notification without a version in its topic -> the body's counts") {
  Gate gate;
  gate.bench.open(R"("a":1)", 7);
  gate.log.take();
  const auto notify = [&](std::string body) {
    gate.bench.transport.deliver("$iothub/twin/PATCH/properties/desired/", std::move(body));
    gate.world.settle();
  };
  notify(R"({"a":2,"$version":8})");
  REQUIRE(gate.log.take() == Lines{"a 1 -> 2 v8 change"});
  notify(R"({"a":9,"$version":8})");
  REQUIRE(gate.log.take().empty());
  REQUIRE(gate.bench.gets() == 1);
  notify(R"({"a":3,"$version":10})");
  REQUIRE(gate.log.take().empty());
  REQUIRE(gate.bench.gets() == 2);
  notify(R"({"a":4,"$version":11})");
  gate.bench.answer_get(R"("a":3)", 10);
  REQUIRE(gate.bench.gets() == 3);
  gate.bench.answer_get(R"("a":4)", 11);
  REQUIRE(gate.bench.twin.synchronised());
}

TEST_CASE("version gate: versions of topic and body differ -> not applied, GET again") {
  Gate gate;
  gate.bench.open(R"("a":1)", 7);
  gate.log.take();
  gate.bench.notify_raw(R"({"a":2,"$version":9})", 8);
  REQUIRE(gate.log.take().empty());
  REQUIRE(gate.a() == "1");
  REQUIRE(gate.bench.gets() == 2);
}

TEST_CASE("version gate: foreign or malformed topics -> dropped") {
  Gate gate;
  gate.bench.open(R"("a":1)", 7);
  gate.log.take();
  const char* const topics[] = {
      "$iothub/twin/res/200/?$rid=999",
      "$iothub/twin/res/abc/?$rid=1",
      "$iothub/twin/res/200/",
      "$iothub/twin/res/",
      "$iothub/twin/res/200/?$rid=1&$rid=1",
      "$iothub/twin/res/204/?$version=7",
  };
  for (const char* topic : topics) {
    gate.bench.transport.deliver(topic, TwinBench::whole_twin(R"("a":5)", 9));
    gate.world.settle();
  }
  REQUIRE(gate.log.take().empty());
  REQUIRE(gate.bench.twin.synchronised());
}

TEST_CASE("version gate: QoS 1 notifications -> acknowledged, dropped ones too") {
  Gate gate;
  TransportCapabilities capabilities;
  capabilities.withholds_acknowledgement = true;
  gate.bench.transport.set_capabilities(capabilities);
  gate.bench.open(R"("a":1)", 7);
  ScriptedTransport::Message message;
  message.qos = Qos::kAtLeastOnce;
  message.topic = TwinBench::notification_topic(8);
  message.payload = R"({"a":2,"$version":8})";
  const std::uint16_t applied = gate.bench.transport.deliver(message);
  gate.world.settle();
  const std::uint16_t dropped = gate.bench.transport.deliver(message);
  gate.world.settle();
  REQUIRE(gate.bench.transport.acknowledged() == std::vector<std::uint16_t>{applied, dropped});
  REQUIRE(gate.a() == "2");
}

TEST_CASE("version gate: transport pushes back on GET -> asked again soon") {
  Gate gate;
  gate.bench.transport.set_publishes_per_poll(0);
  REQUIRE(gate.bench.session.open().ok());
  gate.world.run_for(std::chrono::seconds(2));
  REQUIRE(gate.bench.session.ready());
  REQUIRE(gate.bench.gets() == 0);
  gate.bench.transport.set_publishes_per_poll(1);
  REQUIRE(gate.bench.await_get(std::chrono::seconds(1)));
}
