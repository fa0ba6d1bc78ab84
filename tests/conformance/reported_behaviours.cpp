// SPDX-License-Identifier: MIT

/// \file
/// Reported properties: staged, sent, kept until acknowledged.

#include "behaviour.hpp"
#include "device.hpp"
#include "support/fraction.hpp"

#include <set>

namespace hubtwin::conformance {
namespace {

using namespace std::chrono_literals;
using test::fraction;

BEHAVIOUR("reported: values staged -> the hub has them, the flush succeeds once") {
  Device device(bench, bench.create("pump"));
  device.synchronise();
  const Result<FlushId> flush = device.client.twin().report("soil.moisture", fraction(0.25));
  REQUIRE(flush.ok());
  REQUIRE(device.client.twin().report("soil.label", "Beet \"3\" \u00fc\n"));
  REQUIRE(device.client.twin().report("on", true));
  REQUIRE(device.client.twin().report("count", -12));
  REQUIRE(bench.run_until([&] { return !device.flushes.empty(); }));
  CHECK(device.flushes[0].id == *flush);
  CHECK(device.flushes[0].status.ok());
  CHECK(bench.reported("pump") ==
        Json({{"soil", {{"moisture", fraction(0.25)}, {"label", "Beet \"3\" \u00fc\n"}}},
              {"on", true},
              {"count", -12}}));
  CHECK(device.client.twin().report("count", -12).value() == kNothingToFlush);
}

BEHAVIOUR("reported: values longer than an update may be -> arrive whole, other things with them") {
  Device device(bench, bench.create("pump"));
  device.synchronise();
  const std::string note(4000, 'n');
  std::string list = "[10000";
  for (int number = 10001; number < 10400; ++number) {
    list += ',' + std::to_string(number);
  }
  list += ']';
  REQUIRE(device.client.twin().report("before", 1));
  REQUIRE(device.client.twin().report("log.note", std::string_view(note)));
  REQUIRE(device.client.twin().report_json("log.list", list));
  REQUIRE(device.client.twin().report("log.note2", 2));
  const Json wanted = {{"before", 1},
                       {"log", {{"note", note}, {"list", Json::parse(list)}, {"note2", 2}}}};
  REQUIRE(bench.run_until([&] { return bench.reported("pump") == wanted; }));
  REQUIRE(bench.run_until([&] { return !device.flushes.empty(); }));
  CHECK(device.flushes[0].status.ok());
}

BEHAVIOUR("reported: staged before the first link -> sent once it stands") {
  Device device(bench, bench.create("pump"));
  REQUIRE(device.client.twin().report("early", 1));
  REQUIRE(device.client.twin().report("early", 2));
  device.open();
  REQUIRE(bench.run_until([&] { return bench.reported("pump") == Json{{"early", 2}}; }));
}

BEHAVIOUR("reported: one path many times -> the last value arrives, each flush completes once") {
  Device device(bench, bench.create("pump"));
  device.synchronise();
  std::set<FlushId> expected;
  for (int n = 0; n <= 50; ++n) {
    expected.insert(device.client.twin().report("n", n).value());
    bench.context().poll();
  }
  device.client.twin().flush();
  REQUIRE(bench.run_until([&] { return device.flushes.size() == expected.size(); }));
  std::set<FlushId> completed;
  for (const FlushOutcome& outcome : device.flushes) {
    CHECK(outcome.status.ok());
    CHECK(completed.insert(outcome.id).second);
  }
  CHECK(completed == expected);
  CHECK(bench.reported("pump") == Json{{"n", 50}});
}

BEHAVIOUR("reported: a removal -> gone at the hub, too") {
  Device device(bench, bench.create("pump"));
  device.synchronise();
  REQUIRE(device.client.twin().report("group.a", 1));
  REQUIRE(device.client.twin().report("group.b", 2));
  REQUIRE(device.client.twin().report("rest", true));
  REQUIRE(bench.run_until([&] { return bench.reported("pump").size() == 2; }));
  REQUIRE(device.client.twin().report_removal("group.a"));
  REQUIRE(bench.run_until([&] {
    return bench.reported("pump") == Json({{"group", {{"b", 2}}}, {"rest", true}});
  }));
  REQUIRE(device.client.twin().report_removal("group"));
  REQUIRE(bench.run_until([&] { return bench.reported("pump") == Json{{"rest", true}}; }));
}

BEHAVIOUR("reported: JSON -> replaces what was there, merged at the empty path") {
  Device device(bench, bench.create("pump"));
  device.synchronise();
  REQUIRE(device.client.twin().report_json("list", R"([1,"two",{"three":[3]}])"));
  REQUIRE(device.client.twin().report_json("config", R"({"a":1,"b":{"c":"x"}})"));
  REQUIRE(device.client.twin().report_json("", R"({"config":{"b":{"d":15}}})"));
  Json expected = {{"list", {1, "two", {{"three", {3}}}}},
                   {"config", {{"a", 1}, {"b", {{"c", "x"}, {"d", 15}}}}}};
  REQUIRE(bench.run_until([&] { return bench.reported("pump") == expected; }));
  REQUIRE(device.client.twin().report_json("config", R"({"b":{"d":25,"e":{}}})"));
  expected["config"] = {{"b", {{"d", 25}, {"e", Json::object()}}}};
  REQUIRE(bench.run_until([&] { return bench.reported("pump") == expected; }));
  CHECK(bench.run_until([&] { return json_of(device.client.twin().reported()) == expected; }));
}

BEHAVIOUR("reported: a device that starts again -> an object still replaces what is there") {
  const std::string identity = bench.create("pump");
  {
    Device before(bench, identity);
    before.synchronise();
    REQUIRE(before.client.twin().report_json("state", R"({"old":1,"kept":2,"o":{"x":1}})"));
    REQUIRE(before.client.twin().report("other", 3));
    REQUIRE(bench.run_until([&] { return bench.reported("pump").size() == 2; }));
  }
  Device after(bench, identity);
  after.synchronise();
  REQUIRE(after.client.twin().report_json("state", R"({"kept":2,"o":{}})"));
  const Json expected = {{"state", {{"kept", 2}, {"o", Json::object()}}}, {"other", 3}};
  REQUIRE(bench.run_until([&] { return bench.reported("pump") == expected; }));
}

BEHAVIOUR("reported: more than fits one update -> split, and all of it arrives") {
  Device device(bench, bench.create("pump"));
  Json expected = Json::object();
  for (int i = 0; i < 12; ++i) {
    const std::string key = "block" + std::to_string(i);
    const std::string text(400, static_cast<char>('a' + i));
    REQUIRE(device.client.twin().report(key, std::string_view(text)));
    expected[key] = text;
  }
  device.open();
  REQUIRE(bench.run_until([&] { return bench.reported("pump") == expected; }));
}

BEHAVIOUR("reported: the link breaks again and again -> nothing is lost") {
  Device device(bench, bench.create("pump"));
  device.synchronise();
  for (int n = 0; n < 5; ++n) {
    REQUIRE(device.client.twin().report("n", n));
    REQUIRE(device.client.twin().report("key" + std::to_string(n), n));
    device.client.twin().flush();
    bench.context().poll();
    const std::uint32_t connects = device.client.counters().connects;
    bench.cut("pump");
    REQUIRE(bench.run_until(
        [&] { return device.client.counters().connects > connects && device.synchronised(); }));
  }
  REQUIRE(bench.run_until([&] {
    const Json reported = bench.reported("pump");
    return reported.size() == 6 && reported["n"] == 4;
  }));
}

BEHAVIOUR_NEEDING("reported: no acknowledgement comes -> tried again until one does",
                  Ability::kFaultyAnswers, Ability::kHurriedTime) {
  bench.hurry();
  Device device(bench, bench.create("pump"));
  device.synchronise();
  Verdict verdict;
  SECTION("applied, but never answered") {
    verdict.silent = true;
  }
  SECTION("neither applied nor answered") {
    verdict.silent = true;
    verdict.refused = true;
  }
  SECTION("throttled") {
    verdict.status = 429;
  }
  SECTION("server error") {
    verdict.status = 503;
  }
  for (int i = 0; i < 3; ++i) {
    bench.judge_next_report("pump", verdict);
  }
  REQUIRE(device.client.twin().report("a", 1));
  REQUIRE(bench.run_until([&] { return !device.flushes.empty(); }));
  CHECK(device.flushes.size() == 1);
  CHECK(device.flushes[0].status.ok());
  CHECK(bench.reported("pump") == Json{{"a", 1}});
  CHECK(device.client.counters().disconnects == 0);
}

BEHAVIOUR_NEEDING("reported: a value replaced while its update is under way -> the newer one stays",
                  Ability::kFaultyAnswers, Ability::kHurriedTime) {
  bench.hurry();
  Device device(bench, bench.create("pump"));
  device.synchronise();
  Verdict lost;
  lost.silent = true;
  bench.judge_next_report("pump", lost);
  REQUIRE(device.client.twin().report("a", 1));
  REQUIRE(bench.run_until([&] { return bench.reported("pump") == Json{{"a", 1}}; }));
  REQUIRE(device.client.twin().report("a", 2));
  REQUIRE(bench.run_until([&] { return device.flushes.size() == 2; }));
  CHECK(bench.reported("pump") == Json{{"a", 2}});
}

BEHAVIOUR_NEEDING("reported: refused by the hub for its content -> told once, not tried again",
                  Ability::kFaultyAnswers, Ability::kHurriedTime) {
  bench.hurry();
  Device device(bench, bench.create("pump"));
  device.synchronise();
  Verdict refusal;
  refusal.status = GENERATE(400, 413);
  CAPTURE(refusal.status);
  bench.judge_next_report("pump", refusal);
  REQUIRE(device.client.twin().report("bad", 1));
  REQUIRE(bench.run_until([&] { return !device.flushes.empty(); }));
  CHECK_FALSE(device.flushes[0].status.ok());
  CHECK(device.flushes[0].status.mqtt_code() == refusal.status);
  bench.pass(1h);
  CHECK(bench.reported("pump") == Json::object());
  REQUIRE(device.client.twin().report("good", 1));
  REQUIRE(bench.run_until([&] { return bench.reported("pump") == Json{{"good", 1}}; }));
}

BEHAVIOUR("reported: what the hub would refuse -> refused at once, nothing is staged") {
  Device device(bench, bench.create("pump"));
  Twin& twin = device.client.twin();
  CHECK(twin.report("", 1).error() == Error::kPropertyPath);
  CHECK(twin.report("a..b", 1).error() == Error::kPropertyPath);
  CHECK(twin.report("$version", 1).error() == Error::kPropertyKey);
  CHECK(twin.report("with space", 1).error() == Error::kPropertyKey);
  CHECK(twin.report("n", std::int64_t{1} << 52).error() == Error::kPropertyValue);
  CHECK(twin.report_json("list", "[null]").error() == Error::kPropertyValue);
  std::string deep = "a";
  for (int objects = 0; objects <= HUBTWIN_MAX_DEPTH; ++objects) {
    deep += ".a";
  }
  CHECK(twin.report(deep, 1).error() == Error::kPropertyPath);
  REQUIRE(twin.report("good", 1));
  device.open();
  REQUIRE(bench.run_until([&] { return bench.reported("pump") == Json{{"good", 1}}; }));
}

BEHAVIOUR("reported: closed with values staged -> cancelled, and sent after the next open") {
  Device device(bench, bench.create("pump"));
  device.synchronise();
  bench.set_hub_reachable(false);
  bench.cut("pump");
  REQUIRE(bench.run_until([&] { return !device.connected(); }));
  const Result<FlushId> flush = device.client.twin().report("a", 1);
  REQUIRE(flush.ok());
  device.client.close();
  REQUIRE(bench.run_until([&] { return !device.flushes.empty(); }));
  CHECK(device.flushes[0].id == *flush);
  CHECK(device.flushes[0].status.error() == Error::kCancelled);
  bench.set_hub_reachable(true);
  REQUIRE(bench.run_until(
      [&] { return device.client.connection().state == ConnectionState::kClosed; }));
  device.open();
  REQUIRE(bench.run_until([&] { return bench.reported("pump") == Json{{"a", 1}}; }));
}

}  // namespace
}  // namespace hubtwin::conformance
