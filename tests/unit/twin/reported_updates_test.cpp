// SPDX-License-Identifier: MIT
// Reported updates on their way to the hub.
#include "updates.hpp"

#include <map>
#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;
using namespace std::chrono_literals;

TEST_CASE("updates: reported before the link stands -> sent with it") {
  Updates updates;
  const FlushId id = updates.report("a.b", 1);
  updates.report("a.c", "x");
  updates.open();
  REQUIRE(updates.bench.updates().size() == 1);
  REQUIRE(updates.bench.last_update() == R"({"a":{"b":1,"c":"x"}})");
  REQUIRE(updates.outcomes.empty());
  updates.bench.answer_update(204, 12);
  REQUIRE(updates.outcomes.size() == 1);
  REQUIRE(updates.outcomes[0].id == id);
  REQUIRE(updates.outcomes[0].status.ok());
  REQUIRE(updates.outcomes[0].version == 12);
  REQUIRE(updates.bench.twin.reported_version() == 12);
}

TEST_CASE("updates: acknowledged without a version, as by an Edge hub -> taken") {
  Updates updates;
  updates.open();
  updates.report("a", 1);
  updates.world.settle();
  updates.bench.answer_update(204);
  REQUIRE(updates.outcomes.size() == 1);
  REQUIRE(updates.outcomes[0].status.ok());
  REQUIRE(updates.outcomes[0].version == kNoVersion);
}

TEST_CASE("updates: one in flight -> the next waits for its answer and the least interval") {
  Updates updates;
  updates.open();
  updates.report("a", 1);
  updates.world.settle();
  for (int value = 2; value <= 50; ++value) {
    updates.report("a", value);
    updates.world.run_for(100ms);
  }
  REQUIRE(updates.bench.updates().size() == 1);
  updates.bench.answer_update(204, 2);
  REQUIRE(updates.bench.last_update() == R"({"a":50})");
  REQUIRE(updates.bench.updates().size() == 2);
}

TEST_CASE("updates: quick reports -> coalesced within the least interval") {
  Updates updates;
  REQUIRE(updates.bench.twin.set_flush_policy({10s, 0s, 0}).ok());
  REQUIRE(updates.bench.twin.set_flush_policy({-1ms, 0s, 0}).error() == Error::kInvalidArgument);
  updates.open();
  updates.report("n", 0);
  updates.world.settle();
  updates.bench.answer_update();
  const MonotonicTime first = updates.world.clock.now();
  for (int value = 1; value <= 5; ++value) {
    updates.report("n", value);
    updates.world.run_for(1s);
  }
  REQUIRE(updates.bench.updates().size() == 1);
  SECTION("by itself at the interval's end") {
    REQUIRE(updates.world.run_until([&] { return updates.bench.updates().size() == 2; }));
    REQUIRE(updates.world.clock.now() - first == 10s);
  }
  SECTION("at once when asked") {
    updates.bench.twin.flush();
    updates.world.settle();
  }
  REQUIRE(updates.bench.updates().size() == 2);
  REQUIRE(updates.bench.last_update() == R"({"n":5})");
}

TEST_CASE("updates: flush() with nothing staged -> the next report goes at once all the same") {
  Updates updates;
  REQUIRE(updates.bench.twin.set_flush_policy({1h, 0s, 0}).ok());
  updates.open();
  updates.report("n", 0);
  updates.world.settle();
  updates.bench.answer_update();
  updates.report("n", 1);
  updates.bench.twin.flush();
  updates.world.settle();
  REQUIRE(updates.bench.updates().size() == 2);
}

TEST_CASE("updates: longer than the transmit buffer -> several, one flush") {
  TwinSizes sizes;
  sizes.transmit = 64;
  Updates updates(sizes);
  updates.open();
  FlushId id = kNothingToFlush;
  for (char key = 'a'; key <= 'h'; ++key) {
    id = updates.report(std::string("group.") + key, "0123456789");
  }
  updates.world.settle();
  int sent = 0;
  while (updates.outcomes.empty()) {
    ++sent;
    REQUIRE(updates.bench.updates().size() == static_cast<std::size_t>(sent));
    REQUIRE(updates.bench.last_update().size() <= 64);
    updates.bench.answer_update(204, sent);
  }
  REQUIRE(sent == 3);
  REQUIRE(updates.outcomes.size() == 1);
  REQUIRE(updates.outcomes[0].id == id);
  REQUIRE(updates.outcomes[0].version == 3);
}

TEST_CASE("updates: refused for now -> repeated with back-off until taken") {
  const int status = GENERATE(408, 429, 500, 503, 401, 403, 404);
  Updates updates;
  updates.open();
  updates.report("a", 1);
  updates.world.settle();
  for (int failure = 0; failure < 4; ++failure) {
    const std::size_t sent = updates.bench.updates().size();
    const MonotonicTime answered = updates.world.clock.now();
    updates.bench.answer_update(status);
    REQUIRE(updates.world.run_until([&] { return updates.bench.updates().size() > sent; },
                                    World::kLong));
    if (status < 500 && status != 408) {  // those are throttled or wait for people
      REQUIRE(updates.world.clock.now() - answered >= 5s);
    }
    REQUIRE(updates.bench.last_update() == R"({"a":1})");
  }
  REQUIRE(updates.outcomes.empty());
  updates.bench.answer_update(204, 3);
  REQUIRE(updates.outcomes.size() == 1);
  REQUIRE(updates.outcomes[0].status.ok());
}

TEST_CASE("updates: newer value during back-off -> sent instead, both flushes complete") {
  Updates updates;
  updates.open();
  const FlushId first = updates.report("a", 1);
  updates.world.settle();
  updates.bench.answer_update(500);
  const FlushId second = updates.report("a", 2);
  REQUIRE(first != second);
  REQUIRE(updates.world.run_until([&] { return updates.bench.updates().size() == 2; }));
  REQUIRE(updates.bench.last_update() == R"({"a":2})");
  updates.bench.answer_update(204, 3);
  REQUIRE(updates.outcomes.size() == 2);
  REQUIRE(updates.outcomes[0].id == first);
  REQUIRE(updates.outcomes[1].id == second);
}

TEST_CASE("updates: no answer -> repeated after a minute, the late answer is nobody's") {
  Updates updates;
  updates.open();
  updates.report("a", 1);
  updates.world.settle();
  const std::string late = TwinBench::rid(updates.bench.updates()[0].topic);
  const MonotonicTime sent = updates.world.clock.now();
  REQUIRE(updates.world.run_until([&] { return updates.bench.updates().size() == 2; }));
  REQUIRE(updates.world.clock.now() - sent >= 60s);
  updates.bench.transport.deliver("$iothub/twin/res/400/?$rid=" + late, "");
  updates.world.settle();
  REQUIRE(updates.outcomes.empty());
  REQUIRE(updates.bench.twin.reported("a").exists());
  updates.bench.answer_update();
  REQUIRE(updates.outcomes.size() == 1);
}

TEST_CASE("updates: refused for good -> surfaced, not repeated, the next one goes") {
  const int status = GENERATE(400, 413, 412);
  Updates updates;
  updates.open();
  const FlushId id = updates.report("bad", 1);
  updates.world.settle();
  updates.report("good", 2);
  updates.bench.answer_update(status);
  REQUIRE(updates.outcomes.size() == 1);
  REQUIRE(updates.outcomes[0].id == id);
  REQUIRE(updates.outcomes[0].status.mqtt_code() == status);
  REQUIRE_FALSE(is_retryable(updates.outcomes[0].status.error()));
  REQUIRE(updates.world.log.contains("bad") == kLogs);
  REQUIRE_FALSE(updates.bench.twin.reported("bad").exists());
  REQUIRE(updates.world.run_until([&] { return updates.bench.updates().size() == 2; }));
  REQUIRE(updates.bench.last_update() == R"({"good":2})");
  updates.bench.answer_update();
  updates.world.run_for(5min);
  REQUIRE(updates.bench.updates().size() == 2);
}

TEST_CASE("updates: acknowledgement of an earlier link -> ignored") {
  Updates updates;
  updates.open();
  updates.report("a", 1);
  updates.world.settle();
  const std::string old = TwinBench::rid(updates.bench.updates()[0].topic);
  updates.bench.reconnect();
  updates.answer_get("");
  REQUIRE(updates.await_update(2));
  REQUIRE(TwinBench::rid(updates.bench.updates()[1].topic) != old);
  updates.bench.transport.deliver("$iothub/twin/res/204/?$rid=" + old + "&$version=9", "");
  updates.world.settle();
  REQUIRE(updates.outcomes.empty());
}

TEST_CASE("updates: closed -> every flush completes once as cancelled, values go after open()") {
  Updates updates;
  updates.open();
  const FlushId first = updates.report("a", 1);
  updates.world.settle();
  const FlushId second = updates.report("b", 2);
  updates.bench.session.close();
  REQUIRE(updates.outcomes.empty());  // callbacks run inside poll() only
  updates.world.settle();
  REQUIRE(updates.outcomes.size() == 2);
  REQUIRE(updates.outcomes[0].id == first);
  REQUIRE(updates.outcomes[1].id == second);
  REQUIRE(updates.outcomes[0].status.error() == Error::kCancelled);
  REQUIRE(updates.bench.session.open().ok());
  REQUIRE(updates.bench.await_get());
  updates.answer_get("");
  REQUIRE(updates.bench.last_update() == R"({"a":1,"b":2})");
}

TEST_CASE(
    "updates: several values of which the hub refuses some -> the others arrive, one is named") {
  const int status = GENERATE(400, 413);
  Updates updates;
  updates.open();
  std::string bad = R"("v3":)";
  std::map<std::string, int> taken;
  FlushId id = kNothingToFlush;
  for (int i = 0; i < 8; ++i) {
    id = updates.report("o.v" + std::to_string(i), i);
  }
  updates.world.settle();
  std::size_t tries = 0;
  while (updates.outcomes.empty()) {
    REQUIRE(++tries < 20);
    REQUIRE(updates.bench.updates().size() == tries);
    const std::string body = updates.bench.last_update();
    const bool refused =
        body.find(bad) != std::string::npos || body.find(R"("v6":)") != std::string::npos;
    updates.bench.answer_update(refused ? status : 204);
    for (int i = 0; i < 8 && !refused; ++i) {
      const std::string name = "v" + std::to_string(i);
      taken[name] += body.find(name) != std::string::npos ? 1 : 0;
    }
  }
  REQUIRE(updates.outcomes[0].id == id);
  REQUIRE(updates.outcomes[0].status.mqtt_code() == status);
  REQUIRE(updates.refused == "o.v3");
  for (int i = 0; i < 8; ++i) {
    const std::string name = "v" + std::to_string(i);
    CAPTURE(name);
    const bool refused = i == 3 || i == 6;
    REQUIRE(taken[name] == (refused ? 0 : 1));
    REQUIRE(updates.bench.twin.reported("o." + name).exists() == !refused);
  }
  REQUIRE(updates.world.log.contains("o.v6") == kLogs);
  updates.world.run_for(5min);
  REQUIRE(updates.bench.updates().size() == tries);
}

TEST_CASE(
    "updates: flush policy -> waits for company, no longer than told, unless there is enough") {
  Updates updates;
  FlushPolicy policy;
  policy.longest_delay = 10s;
  policy.most_bytes = 60;
  REQUIRE(updates.bench.twin.set_flush_policy(policy).ok());
  policy.longest_delay = 25h;
  REQUIRE(updates.bench.twin.set_flush_policy(policy).error() == Error::kInvalidArgument);
  updates.open();
  const MonotonicTime first = updates.world.clock.now();
  updates.report("a", 1);
  updates.world.run_for(4s);
  updates.report("b", 1);
  updates.world.settle();  // what is staged is counted in poll()
  REQUIRE(updates.bench.twin.next_deadline() == first + 10s);
  SECTION("the time comes") {
    REQUIRE(updates.await_update(1));
    REQUIRE(updates.world.clock.now() == first + 10s);
    REQUIRE(updates.bench.last_update() == R"({"a":1,"b":1})");
    updates.bench.answer_update();
    updates.world.run_for(3s);
    updates.report("a", 2);  // waits anew
    const MonotonicTime second = updates.world.clock.now();
    REQUIRE(updates.await_update(2));
    REQUIRE(updates.world.clock.now() == second + 10s);
  }
  SECTION("enough comes") {
    updates.report("c", std::string(39, 'x'));
    updates.world.settle();
    REQUIRE(updates.bench.twin.next_deadline() == first + 10s);  // {...} of 59 bytes
    updates.report("c", std::string(40, 'x'));
    updates.world.settle();
    REQUIRE(updates.bench.last_update().size() == 60);
  }
  SECTION("asked for") {
    updates.bench.twin.flush();
    updates.world.settle();
    REQUIRE(updates.bench.updates().size() == 1);
  }
  SECTION("the policy changes") {
    policy.longest_delay = 3s;
    REQUIRE(updates.bench.twin.set_flush_policy(policy).ok());
    updates.world.settle();
    REQUIRE(updates.bench.updates().size() == 1);
  }
}

TEST_CASE("updates: what the hub would refuse -> logged by path, never sent") {
  Updates updates;
  updates.open();
  REQUIRE(updates.bench.twin.report("bad value", 1).error() == Error::kPropertyKey);
  REQUIRE(updates.world.log.contains("bad value") == kLogs);
  updates.world.run_for(2s);
  REQUIRE(updates.bench.updates().empty());
}

TEST_CASE("updates: reporting inside the outcome handler -> next flush, no recursion") {
  World world;
  TwinBench bench(world);
  REQUIRE(bench.twin.set_flush_policy({Duration(0), 0s, 0}).ok());
  int told = 0;
  bench.twin.on_flushed([&](const FlushOutcome&) {
    if (++told < 5) {
      REQUIRE(bench.twin.report("n", told).ok());
    }
  });
  bench.open("", 1);
  REQUIRE(bench.twin.report("n", 0).ok());
  world.settle();
  for (std::size_t update = 1; update <= 5; ++update) {
    REQUIRE(bench.updates().size() == update);
    bench.answer_update();
  }
  REQUIRE(told == 5);
  REQUIRE(bench.updates().size() == 5);
}

TEST_CASE("updates: transport pushes back -> sent when it takes again") {
  Updates updates;
  updates.open();
  updates.bench.transport.set_publishes_per_poll(0);
  updates.report("a", 1);
  updates.world.run_for(1s);
  REQUIRE(updates.bench.updates().empty());
  REQUIRE(updates.world.polls() < 200);
  updates.bench.transport.set_publishes_per_poll(1);
  REQUIRE(updates.world.run_until([&] { return updates.bench.updates().size() == 1; }, 1s));
}

TEST_CASE("updates: larger than the transport takes -> smaller ones, or refused by name") {
  Updates updates;
  updates.open();
  updates.bench.transport.set_largest_payload(40);
  updates.report("a", "0123456789");
  updates.report("b", "0123456789");
  updates.report("c", "0123456789");
  updates.world.settle();
  REQUIRE(updates.bench.last_update() == R"({"a":"0123456789","b":"0123456789"})");
  updates.bench.answer_update();
  REQUIRE(updates.bench.last_update() == R"({"c":"0123456789"})");
  updates.bench.answer_update();
  REQUIRE(updates.outcomes.size() == 1);
  REQUIRE(updates.outcomes[0].status.ok());
  updates.bench.transport.set_largest_payload(5);
  updates.report("large", 1);
  updates.world.run_for(2s);
  REQUIRE(updates.outcomes.size() == 2);
  REQUIRE(updates.outcomes[1].status.error() == Error::kNoSpace);
  REQUIRE_FALSE(updates.bench.twin.reported("large").exists());
}

TEST_CASE("updates: while one is under way -> busy, so that a token renewal waits") {
  Updates updates;
  updates.open();
  REQUIRE_FALSE(updates.bench.twin.busy());
  updates.report("a", 1);
  updates.world.settle();
  REQUIRE(updates.bench.twin.busy());
  updates.bench.answer_update();
  REQUIRE_FALSE(updates.bench.twin.busy());
  REQUIRE(updates.bench.twin.next_deadline() == kNever);
}
