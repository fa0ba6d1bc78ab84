// SPDX-License-Identifier: MIT

/// \file
/// Desired properties: the first state, changes, what was missed, and what is only said twice.

#include "behaviour.hpp"
#include "device.hpp"
#include "support/fraction.hpp"

namespace hubtwin::conformance {
namespace {

using namespace std::chrono_literals;
using test::fraction;
using test::kFractions;

/// Waits until the device has what the hub has; all that was sent before has then been handled.
bool in_step(Bench& bench, Device& device) {
  return bench.run_until([&] {
    return device.synchronised() &&
           device.client.twin().desired_version() == bench.desired_version("pump");
  });
}

BEHAVIOUR("desired: set before the device came -> told as the first state, once") {
  const std::string connection_string = bench.create("pump");
  bench.set_desired("pump", {{"mode", "auto"}, {"limits", {{"low", 2}, {"high", fraction(9.5)}}}});
  Device device(bench, connection_string);
  device.watch("mode");
  device.watch("limits.high");
  device.watch("absent");
  device.synchronise();
  REQUIRE(device.seen("mode").size() == 1);
  CHECK(device.seen("mode")[0].value == "auto");
  CHECK(device.seen("mode")[0].cause == DesiredCause::kFirstState);
  CHECK(device.seen("mode")[0].version == bench.desired_version("pump"));
  REQUIRE(device.seen("limits.high").size() == 1);
  CHECK(device.seen("limits.high")[0].value == fraction(9.5));
  CHECK(device.seen("absent").empty());
  CHECK(json_of(device.client.twin().desired()) == bench.desired("pump"));
}

BEHAVIOUR("desired: a change while connected -> told with the old value and its version") {
  const std::string connection_string = bench.create("pump");
  bench.set_desired("pump", {{"speed", 1}, {"other", 1}});
  Device device(bench, connection_string);
  device.watch("speed");
  device.watch("other");
  device.synchronise();
  device.changes.clear();
  bench.set_desired("pump", {{"speed", 2}});
  REQUIRE(bench.run_until([&] { return !device.changes.empty(); }));
  REQUIRE(device.changes.size() == 1);
  CHECK(device.changes[0].path == "speed");
  CHECK(device.changes[0].old_value == 1);
  CHECK(device.changes[0].value == 2);
  CHECK(device.changes[0].cause == DesiredCause::kChange);
  CHECK(device.changes[0].version == bench.desired_version("pump"));
}

BEHAVIOUR("desired: the same value set again -> no handler runs") {
  const std::string connection_string = bench.create("pump");
  bench.set_desired("pump", {{"speed", 1}, {"list", {1, {{"a", true}}}}, {"marker", 0}});
  Device device(bench, connection_string);
  device.watch("speed");
  device.watch("list");
  device.watch("marker");
  device.synchronise();
  device.changes.clear();
  bench.set_desired("pump", {{"speed", 1}, {"list", {1, {{"a", true}}}}});
  bench.set_desired("pump", {{"speed", kFractions ? Json(1.0) : Json(1)}, {"marker", 1}});
  REQUIRE(bench.run_until([&] { return !device.seen("marker").empty(); }));
  CHECK(device.changes.size() == 1);
}

BEHAVIOUR("desired: changed while the link was down -> told as catching up, only what differs") {
  const std::string connection_string = bench.create("pump");
  bench.set_desired("pump", {{"same", 1}, {"changed", "old"}, {"removed", true}});
  Device device(bench, connection_string);
  device.watch("same");
  device.watch("changed");
  device.watch("removed");
  device.watch("added");
  device.synchronise();
  device.changes.clear();
  bench.set_hub_reachable(false);
  bench.cut("pump");
  REQUIRE(bench.run_until([&] { return !device.connected(); }));
  bench.set_desired("pump", {{"changed", "in between"}, {"added", 5}});
  bench.set_desired("pump", {{"changed", "new"}, {"removed", nullptr}});
  bench.set_hub_reachable(true);
  REQUIRE(in_step(bench, device));
  CHECK(device.seen("same").empty());
  REQUIRE(device.seen("changed").size() == 1);
  CHECK(device.seen("changed")[0].old_value == "old");
  CHECK(device.seen("changed")[0].value == "new");
  CHECK(device.seen("changed")[0].cause == DesiredCause::kCatchUp);
  REQUIRE(device.seen("removed").size() == 1);
  CHECK(device.seen("removed")[0].value.is_null());
  REQUIRE(device.seen("added").size() == 1);
  CHECK(device.seen("added")[0].value == 5);
}

BEHAVIOUR("desired: nothing changed while the link was down -> no handler runs") {
  const std::string connection_string = bench.create("pump");
  bench.set_desired("pump", {{"a", 1}, {"b", {{"c", {1, 2, 3}}}}});
  Device device(bench, connection_string);
  device.watch("");
  device.synchronise();
  REQUIRE(device.changes.size() == 1);
  device.states.clear();
  bench.cut("pump");
  REQUIRE(bench.run_until([&] { return !device.states.empty() && device.synchronised(); }));
  CHECK(device.changes.size() == 1);
}

BEHAVIOUR("desired: a property removed by null -> told as gone, with what it was") {
  const std::string connection_string = bench.create("pump");
  bench.set_desired("pump", {{"group", {{"a", 1}, {"b", 2}}}, {"keep", 1}});
  Device device(bench, connection_string);
  device.watch("group");
  device.watch("group.a");
  device.watch("keep");
  device.synchronise();
  device.changes.clear();
  bench.set_desired("pump", {{"group", {{"a", nullptr}}}});
  REQUIRE(bench.run_until([&] { return device.seen("group.a").size() == 1; }));
  CHECK(device.seen("group.a")[0].value.is_null());
  CHECK(device.seen("group.a")[0].old_value == 1);
  REQUIRE(device.seen("group").size() == 1);
  CHECK(device.seen("group")[0].value == Json{{"b", 2}});
  bench.set_desired("pump", {{"group", nullptr}});
  REQUIRE(bench.run_until([&] { return device.seen("group").size() == 2; }));
  CHECK(device.seen("group")[1].value.is_null());
  CHECK(device.seen("group.a").size() == 1);
  CHECK(device.seen("keep").empty());
}

BEHAVIOUR("desired: the section replaced by the service -> the new one, what it lacks is gone") {
  const std::string connection_string = bench.create("pump");
  bench.set_desired("pump", {{"a", 1}, {"b", 2}, {"nested", {{"x", 1}, {"y", 2}}}});
  Device device(bench, connection_string);
  device.watch("a");
  device.watch("b");
  device.watch("nested.y");
  device.synchronise();
  device.changes.clear();
  bench.replace_desired("pump", {{"a", 1}, {"c", 100}, {"nested", {{"x", 1}}}});
  REQUIRE(in_step(bench, device));
  CHECK(json_of(device.client.twin().desired()) == bench.desired("pump"));
  CHECK(device.seen("a").empty());
  REQUIRE(device.seen("b").size() == 1);
  CHECK(device.seen("b")[0].value.is_null());
  CHECK(device.seen("nested.y").size() == 1);
}

BEHAVIOUR("desired: values of every kind and odd texts -> exactly as the hub has them") {
  const Json document = {
      {"text", "Grüße \"quoted\" \\ \n \u20ac \U0001F600"},
      {"empty", ""},
      {"largest", 4503599627370495},
      {"smallest", -4503599627370496},
      {"fraction", fraction(0.1)},
      {"tiny", fraction(1e-300)},
      {"flags", {true, false}},
      {"none", Json::object()},
      {"deep", {{"l2", {{"l3", {{"l4", {{"l5", {{"l6", 6}}}}}}}}}}},
      {"mixed", {1, "two", fraction(3.5), {{"four", {4}}}, Json::array()}},
  };
  const std::string connection_string = bench.create("pump");
  bench.set_desired("pump", document);
  Device device(bench, connection_string);
  device.synchronise();
  CHECK(json_of(device.client.twin().desired()) == document);
}

BEHAVIOUR("desired: changed while the device subscribes and reads -> told in order, none missed") {
  Device device(bench, bench.create("pump"));
  device.watch("n");
  device.synchronise();
  device.client.close();
  REQUIRE(bench.run_until([&] {
    return device.client.connection().state == ConnectionState::kClosed && !bench.connected("pump");
  }));
  device.open();
  REQUIRE(bench.run_until([&] { return bench.connected("pump"); }));
  int n = 0;
  REQUIRE(bench.run_until([&] {
    bench.set_desired("pump", {{"n", ++n}});
    return device.synchronised();
  }));
  REQUIRE(in_step(bench, device));
  CHECK(device.client.twin().desired("n").as_integer().value() == n);
  CHECK(device.changes.back().value == n);
  for (std::size_t i = 1; i < device.changes.size(); ++i) {
    CHECK(device.changes[i - 1].version < device.changes[i].version);
    CHECK(device.changes[i].old_value == device.changes[i - 1].value);
  }
}

BEHAVIOUR("desired: many changes at once -> each told in version order, the last one stays") {
  Device device(bench, bench.create("pump"));
  device.watch("n");
  device.synchronise();
  for (int n = 1; n <= 20; ++n) {
    bench.set_desired("pump", {{"n", n}});
  }
  REQUIRE(in_step(bench, device));
  CHECK(device.client.twin().desired("n").as_integer().value() == 20);
  REQUIRE_FALSE(device.changes.empty());
  for (std::size_t i = 1; i < device.changes.size(); ++i) {
    CHECK(device.changes[i - 1].version < device.changes[i].version);
    CHECK(device.changes[i].old_value == device.changes[i - 1].value);
  }
  CHECK(device.changes.back().value == 20);
}

BEHAVIOUR_NEEDING("desired: a notification lost -> the next one shows the gap, and all is told",
                  Ability::kFaultyNotifications) {
  Device device(bench, bench.create("pump"));
  device.watch("a");
  device.watch("b");
  device.synchronise();
  bench.copy_next_notification("pump", 0);
  bench.set_desired("pump", {{"a", 1}});
  bench.set_desired("pump", {{"b", 1}});
  REQUIRE(in_step(bench, device));
  REQUIRE(device.changes.size() == 2);
  CHECK(device.changes[0].cause == DesiredCause::kCatchUp);
  CHECK(json_of(device.client.twin().desired()) == bench.desired("pump"));
}

BEHAVIOUR_NEEDING("desired: a notification doubled -> told once", Ability::kFaultyNotifications) {
  Device device(bench, bench.create("pump"));
  device.watch("a");
  device.synchronise();
  bench.copy_next_notification("pump", 3);
  bench.set_desired("pump", {{"a", 1}});
  bench.set_desired("pump", {{"marker", 1}});
  REQUIRE(in_step(bench, device));
  CHECK(device.changes.size() == 1);
}

BEHAVIOUR_NEEDING("desired: an old notification after newer ones -> ignored", Ability::kInjection) {
  Device device(bench, bench.create("pump"));
  device.watch("a");
  device.synchronise();
  bench.set_desired("pump", {{"a", 1}});
  const std::int64_t old_version = bench.desired_version("pump");
  bench.set_desired("pump", {{"a", 2}});
  bench.inject("pump",
               "$iothub/twin/PATCH/properties/desired/?$version=" + std::to_string(old_version),
               Json({{"a", 1}, {"$version", old_version}}).dump());
  bench.set_desired("pump", {{"marker", 1}});
  REQUIRE(in_step(bench, device));
  CHECK(device.changes.size() == 2);
  CHECK(device.client.twin().desired("a").as_integer().value() == 2);
}

BEHAVIOUR_NEEDING(
    "desired: a malformed notification -> nothing of it is applied, the twin is read again",
    Ability::kInjection) {
  const std::string body = GENERATE(
      std::string(R"({"a":99,"b":)"), std::string(R"({"a":99} trailing)"), std::string("[1]"),
      std::string(""), std::string(R"({"a":99,"s":"\ud800"})"), std::string("\xff\xfe"));
  CAPTURE(body);
  Device device(bench, bench.create("pump"));
  device.watch("a");
  bench.set_desired("pump", {{"a", 1}});
  device.synchronise();
  bench.inject("pump",
               "$iothub/twin/PATCH/properties/desired/?$version=" +
                   std::to_string(bench.desired_version("pump") + 1),
               body);
  bench.set_desired("pump", {{"a", 2}});
  REQUIRE(in_step(bench, device));
  REQUIRE(bench.run_until([&] { return device.changes.size() == 2; }));
  CHECK(device.changes[1].value == 2);
  CHECK(device.client.counters().disconnects == 0);
}

BEHAVIOUR("desired: the identity was made anew while away -> its lower version is accepted") {
  const std::string connection_string = bench.create("pump");
  for (int n = 1; n <= 5; ++n) {
    bench.set_desired("pump", {{"n", n}, {"gone", true}});
  }
  Device device(bench, connection_string);
  device.watch("n");
  device.watch("gone");
  device.synchronise();
  const TwinVersion before = device.client.twin().desired_version();
  device.changes.clear();
  bench.set_hub_reachable(false);
  bench.cut("pump");
  REQUIRE(bench.run_until([&] { return !device.connected(); }));
  bench.recreate("pump");
  bench.set_desired("pump", {{"n", 100}});
  bench.set_hub_reachable(true);
  REQUIRE(in_step(bench, device));
  CHECK(device.client.twin().desired_version() < before);
  REQUIRE(device.seen("n").size() == 1);
  CHECK(device.seen("n")[0].value == 100);
  CHECK(device.seen("gone").size() == 1);
}

BEHAVIOUR_NEEDING("desired: the answer to GET is late, an error, or never comes -> read again",
                  Ability::kFaultyAnswers, Ability::kHurriedTime) {
  bench.hurry();
  const std::string connection_string = bench.create("pump");
  bench.set_desired("pump", {{"a", 1}});
  Verdict verdict;
  SECTION("throttled") {
    verdict.status = 429;
  }
  SECTION("server error") {
    verdict.status = 500;
  }
  SECTION("no answer") {
    verdict.silent = true;
  }
  SECTION("malformed") {
    verdict.body = R"({"desired":{"a":)";
  }
  SECTION("empty") {
    verdict.body = " ";
  }
  SECTION("without a desired section") {
    verdict.body = R"({"reported":{"$version":1}})";
  }
  for (int i = 0; i < 4; ++i) {
    bench.judge_next_get("pump", verdict);
  }
  Device device(bench, connection_string);
  device.watch("a");
  device.synchronise();
  CHECK(device.changes.size() == 1);
  CHECK_FALSE(device.twin_errors.empty());
  CHECK(device.client.counters().disconnects == 0);
}

BEHAVIOUR_NEEDING("desired: GET refused for good -> told, and tried again on the next link",
                  Ability::kFaultyAnswers, Ability::kHurriedTime) {
  bench.hurry();
  const std::string connection_string = bench.create("pump");
  bench.set_desired("pump", {{"a", 1}});
  Verdict verdict;
  verdict.status = GENERATE(400, 404);
  CAPTURE(verdict.status);
  bench.judge_next_get("pump", verdict);
  Device device(bench, connection_string);
  device.watch("a");
  device.open();
  REQUIRE(bench.run_until([&] { return !device.twin_errors.empty(); }));
  CHECK_FALSE(device.twin_errors[0].retried);
  CHECK(device.twin_errors[0].status.mqtt_code() == verdict.status);
  bench.pass(30min);
  CHECK(device.changes.empty());
  bench.cut("pump");
  REQUIRE(bench.run_until([&] { return device.synchronised(); }));
  CHECK(device.changes.size() == 1);
}

BEHAVIOUR("desired: a handler registered late -> sees the present state, then changes") {
  const std::string connection_string = bench.create("pump");
  bench.set_desired("pump", {{"a", 1}});
  Device device(bench, connection_string);
  device.synchronise();
  device.watch("a");
  REQUIRE(bench.run_until([&] { return device.changes.size() == 1; }));
  CHECK(device.changes[0].cause == DesiredCause::kFirstState);
  bench.set_desired("pump", {{"a", 2}});
  REQUIRE(bench.run_until([&] { return device.changes.size() == 2; }));
  CHECK(device.changes[1].cause == DesiredCause::kChange);
}

BEHAVIOUR("desired: a bound variable -> follows, and refuses what it can't hold") {
  Device device(bench, bench.create("pump"));
  std::chrono::seconds interval{300};
  char name[8] = "none";
  unsigned refusals = 0;
  REQUIRE(device.client.twin().bind("interval", interval, in_range(1s, 24h)));
  REQUIRE(device.client.twin().bind("name", name));
  device.client.twin().on_refused([&](const RefusedValue&) { ++refusals; });
  device.synchronise();
  bench.set_desired("pump", {{"interval", 7}, {"name", "pump 1"}});
  REQUIRE(bench.run_until([&] { return interval == 7s; }));
  CHECK(std::string(name) == "pump 1");
  bench.set_desired("pump", {{"interval", 0}, {"name", "much too long"}});
  REQUIRE(bench.run_until([&] { return refusals == 2; }));
  CHECK(interval == 7s);
  CHECK(std::string(name) == "pump 1");
  bench.set_desired("pump", {{"interval", "soon"}});
  REQUIRE(bench.run_until([&] { return refusals == 3; }));
  CHECK(interval == 7s);
}

BEHAVIOUR("desired: several handlers -> run in the order of registration, the whole in one call") {
  Device device(bench, bench.create("pump"));
  device.watch("b");
  device.watch("");
  device.watch("a");
  device.synchronise();
  bench.set_desired("pump", {{"a", 1}, {"b", 2}});
  REQUIRE(bench.run_until([&] { return device.changes.size() == 3; }));
  CHECK(device.changes[0].path == "b");
  CHECK(device.changes[1].path.empty());
  CHECK(device.changes[1].value == Json({{"a", 1}, {"b", 2}}));
  CHECK(device.changes[2].path == "a");
}

BEHAVIOUR("desired: a section as large as the hub allows -> taken whole") {
  const std::string connection_string = bench.create("pump");
  Json document = Json::object();
  for (int i = 0; i < 8; ++i) {
    document["block" + std::to_string(i)] = std::string(4000, static_cast<char>('a' + i));
  }
  bench.set_desired("pump", document);
  Device device(bench, connection_string);
  device.synchronise();
  CHECK(json_of(device.client.twin().desired()) == document);
}

}  // namespace
}  // namespace hubtwin::conformance
