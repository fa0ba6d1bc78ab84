// SPDX-License-Identifier: MIT
// Answers that a hub shouldn't give, and room that isn't there for what it does.
#include "twin_bench.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;
using namespace std::chrono_literals;

TEST_CASE("answer: nobody waits for it -> dropped, nothing changes") {
  World world;
  TwinBench bench(world);
  bench.open(R"("a":1)", 3);
  for (const char* topic : {"$iothub/twin/res/200/?$rid=999", "$iothub/twin/res/204/?$rid=999",
                            "$iothub/twin/res/200/?$rid=x", "$iothub/twin/res/200/?"}) {
    CAPTURE(topic);
    bench.transport.deliver(topic, TwinBench::whole_twin(R"("a":2)", 9));
    world.settle();
    CHECK(bench.twin.synchronised());
    CHECK(bench.twin.desired_version() == 3);
    CHECK(*bench.twin.desired("a").as_integer() == 1);
  }
  CHECK(bench.gets() == 1);
}

TEST_CASE(
    "answer: 202 to a GET -> taken as 200, a 2xx of another kind -> unexpected, and asked again") {
  World world;
  TwinBench bench(world);
  bench.open();
  std::vector<TwinError> errors;
  bench.twin.on_error([&errors](const TwinError& error) { errors.push_back(error); });
  bench.answer_get_raw("", 204);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].status.error() == Error::kHubUnexpected);
  CHECK(errors[0].status.mqtt_code() == 204);
  CHECK(errors[0].retried);
  CHECK_FALSE(bench.twin.synchronised());
  REQUIRE(bench.await_get());
  bench.answer_get_raw(TwinBench::whole_twin(R"("a":1)", 3), 202);
  CHECK(bench.twin.synchronised());
  CHECK(bench.twin.desired_version() == 3);
}

TEST_CASE("whole twin: without a desired section -> refused as unexpected, the old one stays") {
  World world;
  TwinBench bench(world);
  bench.open(R"("a":1)", 3);
  std::vector<TwinError> errors;
  bench.twin.on_error([&errors](const TwinError& error) { errors.push_back(error); });
  for (const char* body : {R"({"reported":{"$version":4}})", R"({})", R"({"desired":7})"}) {
    CAPTURE(body);
    errors.clear();
    bench.reconnect();
    bench.answer_get_raw(body);
    REQUIRE(errors.size() == 1);
    CHECK_FALSE(errors[0].status.ok());
    CHECK_FALSE(bench.twin.synchronised());
    CHECK(*bench.twin.desired("a").as_integer() == 1);
    CHECK(bench.twin.desired_version() == 3);
  }
}

TEST_CASE("document: its turn was lost within it -> given up, read again, nothing half applied") {
  World world;
  TwinBench slow(world);
  TwinBench other(world);
  slow.open(R"("a":1)", 3);
  other.open(R"("b":1)", 1);
  // A document that brings nothing for longer than its turn lasts, while another client wants one.
  slow.transport.set_fragment_size(1);
  slow.transport.set_fragments_per_poll(1);
  slow.transport.deliver(TwinBench::notification_topic(4), R"({"a":2,"c":3,"$version":4})");
  for (int i = 0; i < 5; ++i) {
    slow.session.poll();
  }
  world.clock.advance(Context::kDocumentStall);
  other.transport.deliver(TwinBench::notification_topic(2), R"({"b":2,"$version":2})");
  other.session.poll();
  CHECK(*other.twin.desired("b").as_integer() == 2);
  CHECK(*slow.twin.desired("a").as_integer() == 1);
  const bool asked = world.run_until([&] { return slow.gets() > 1; }, 1min);
  CHECK(asked);
  CHECK(*slow.twin.desired("a").as_integer() == 1);
  CHECK_FALSE(slow.twin.desired("c").exists());
  slow.transport.set_fragment_size(1000);
  slow.transport.set_fragments_per_poll(1000);
  slow.answer_get(R"("a":2,"c":3)", 4);
  CHECK(*slow.twin.desired("c").as_integer() == 3);
  CHECK(slow.twin.synchronised());
}
