// SPDX-License-Identifier: MIT
// The simulation's parts that must be right for its verdicts to mean anything.
#include "claims.hpp"
#include "history.hpp"
#include "kept.hpp"
#include "known_to_hub.hpp"
#include "shrink.hpp"
#include "storehouse.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::simulation {
namespace {

constexpr MonotonicTime kNow{std::chrono::hours(1)};

std::vector<Step> steps_numbered(std::uint32_t count) {
  std::vector<Step> steps(count);
  for (std::uint32_t index = 0; index < count; ++index) {
    steps[index].n[0] = index;
    steps[index].wait = Duration(10);
    steps[index].json = {{"needed", index}, {"idle", index}};
  }
  return steps;
}

bool has(const std::vector<Step>& steps, std::uint32_t number) {
  return std::any_of(steps.begin(), steps.end(),
                     [&](const Step& step) { return step.n[0] == number; });
}

TEST_CASE("shrinking: a failure of a few steps among many -> those steps alone") {
  const std::vector<Step> shrunk = shrink(steps_numbered(97), [](const std::vector<Step>& steps) {
    return has(steps, 3) && has(steps, 48) && has(steps, 96);
  });
  REQUIRE(shrunk.size() == 3);
  CHECK(shrunk[0].n[0] == 3);
  CHECK(shrunk[1].n[0] == 48);
  CHECK(shrunk[2].n[0] == 96);
  CHECK(shrunk[2].wait == Duration::zero());
  CHECK(shrunk[2].json.empty());
}

TEST_CASE("shrinking: a failure at a certain time and value -> both are kept") {
  const auto fails = [](const std::vector<Step>& steps) {
    Duration passed{0};
    for (const Step& step : steps) {
      passed += step.wait;
      if (step.n[0] == 20 && step.json.contains("needed")) {
        return passed >= Duration(200);
      }
    }
    return false;
  };
  const std::vector<Step> shrunk = shrink(steps_numbered(40), fails);
  REQUIRE(shrunk.size() == 1);
  CHECK(shrunk[0].wait == Duration(210));
  CHECK(shrunk[0].json == Json{{"needed", 20}});
}

TEST_CASE("a plan: the same for a seed, another one for another") {
  const auto told = [](std::uint64_t seed) {
    std::string text;
    for (const Step& step : plan(seed)) {
      text += describe(step) + "\n";
    }
    return text;
  };
  CHECK(told(7) == told(7));
  CHECK(told(7) != told(8));
}

TEST_CASE("a history: any of its steps left out -> it can be played") {
  const std::vector<Step> steps = plan(7);
  for (std::size_t left_out = 0; left_out < steps.size(); ++left_out) {
    std::vector<Step> fewer = steps;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(left_out));
    INFO("without " << describe(steps[left_out]));
    const std::string failure = play(fewer, Setting{7, Plant::kNone, false}).failure;
    INFO(failure);
    CHECK(failure.empty());
  }
}

TEST_CASE("claims: what the hub should hold") {
  const Json inherited = {{"old", 1}, {"r", {{"x", 1}, {"y", 2}}}};
  Claims claims;
  claims.set("p", 5, 1);
  claims.set("r.x", "new", 1);
  claims.remove("r.y", 2);
  CHECK(claims.difference(inherited, {{"old", 1}, {"p", 5}, {"r", {{"x", "new"}}}}).empty());
  CHECK(!claims.difference(inherited, {{"p", 5}, {"r", {{"x", "new"}}}}).empty());
  CHECK(!claims.difference(inherited, {{"old", 1}, {"p", 5}, {"r", {{"x", 1}}}}).empty());
  SECTION("by a flush") {
    CHECK(claims.difference_of(1, {{"p", 5}, {"r", {{"x", "new"}, {"y", 2}}}}).empty());
    CHECK(!claims.difference_of(2, {{"p", 5}, {"r", {{"x", "new"}, {"y", 2}}}}).empty());
  }
  SECTION("a newer claim takes the place of an older one in a flush") {
    claims.set("p", 6, 3);
    CHECK(claims.difference_of(1, {{"p", 7}, {"r", {{"x", "new"}}}}).empty());
  }
}

TEST_CASE("known to the hub: what was acknowledged and not touched since -> not to be sent again") {
  KnownToHub known;
  const Json one = {{"p", 1}};
  known.claimed("p", Json::object(), one);
  CHECK(known.update_sent("1", R"({"p":1})", kNow).empty());
  SECTION("acknowledged") {
    known.acknowledged("1", kNow);
    CHECK(!known.update_sent("2", R"({"p":1})", kNow).empty());
    CHECK(known.update_sent("3", R"({"p":2})", kNow).empty());
  }
  SECTION("not acknowledged, or too late, or another one was") {
    CHECK(known.update_sent("2", R"({"p":1})", kNow).empty());
    known.acknowledged("1", kNow);
    known.acknowledged("2", kNow + std::chrono::minutes(2));
    CHECK(known.update_sent("3", R"({"p":1})", kNow).empty());
  }
  SECTION("changed and changed back meanwhile") {
    known.acknowledged("1", kNow);
    known.claimed("p", one, {{"p", 2}});
    known.claimed("p", {{"p", 2}}, one);
    CHECK(known.update_sent("2", R"({"p":1})", kNow).empty());
  }
  SECTION("reported the same once more") {
    known.acknowledged("1", kNow);
    known.claimed("p", one, one);
    CHECK(!known.update_sent("2", R"({"p":1})", kNow).empty());
  }
  SECTION("a new identity") {
    known.acknowledged("1", kNow);
    known.forget();
    CHECK(known.update_sent("2", R"({"p":1})", kNow).empty());
  }
}

TEST_CASE("kept: desired sections -> what was stored, or came since, and nothing older") {
  Kept kept;
  CHECK(!kept.desired_stored());
  CHECK(kept.desired_difference(kNoVersion, Json::object()).empty());
  kept.desired_is(1, {{"a", 1}}, true);
  kept.desired_is(2, {{"a", 2}}, false);
  CHECK(kept.desired_difference(1, {{"a", 1}}).empty());
  CHECK(kept.desired_difference(2, {{"a", 2}}).empty());
  CHECK(!kept.desired_difference(2, {{"a", 1}}).empty());
  CHECK(!kept.desired_difference(3, {{"a", 2}}).empty());
  CHECK(!kept.desired_difference(kNoVersion, Json::object()).empty());
  kept.desired_is(2, {{"a", 2}}, true);
  CHECK(!kept.desired_difference(1, {{"a", 1}}).empty());
  CHECK(kept.desired_difference(2, {{"a", 2}}).empty());
}

TEST_CASE(
    "kept: reported values -> at the hub or in the record, each as stored or as claimed since") {
  const Json gone(Json::value_t::discarded);
  Kept kept;
  CHECK(kept.restart({{"old", 1}}, Json::object(), false).empty());
  kept.reported("p", 1);
  kept.reported("r.x", 1);
  kept.reported_stored();
  kept.reported("p", 2);
  kept.reported("r.x", gone);
  const Json empty = Json::object();
  SECTION("all in the record, or some at the hub") {
    CHECK(kept.restart({{"old", 1}}, {{"p", 1}, {"r.x", 1}}, false).empty());
  }
  SECTION("each by itself newer") {
    CHECK(kept.restart({{"old", 1}, {"p", 2}}, {{"r.x", 1}}, false).empty());
  }
  SECTION("a removal is kept") {
    CHECK(
        kept.restart({{"old", 1}, {"p", 2}, {"r", {{"x", 1}}}}, {{"r.x", nullptr}}, false).empty());
  }
  SECTION("a stored value is neither here nor there") {
    CHECK(!kept.restart({{"old", 1}}, {{"r.x", 1}}, false).empty());
  }
  SECTION("what nobody ever reported") {
    CHECK(!kept.restart({{"old", 1}}, {{"p", 3}, {"r.x", 1}}, false).empty());
  }
  SECTION("what the hub had before has gone") {
    CHECK(!kept.restart(empty, {{"p", 1}, {"r.x", 1}}, false).empty());
  }
  SECTION("stored anew: the older value doesn't do any more") {
    kept.reported_stored();
    CHECK(!kept.restart({{"old", 1}}, {{"p", 1}}, false).empty());
    CHECK(kept.restart({{"old", 1}}, {{"p", 1}}, false).empty());  // from there on it is what was
  }
  SECTION("an update under way arrives after the restart") {
    CHECK(kept.restart({{"old", 1}}, {{"p", 1}, {"r.x", 1}}, true).empty());
    kept.hub_holds({{"old", 1}, {"p", 2}});
    kept.reported_stored();
    CHECK(!kept.restart({{"old", 1}, {"p", 2}}, {{"r.x", 1}}, false).empty());  // p is 1 again
    CHECK(kept.restart({{"old", 1}, {"p", 2}}, {{"r.x", 1}}, false).empty());
  }
  SECTION("the identity was made anew") {
    kept.forget_hub();
    CHECK(kept.restart(empty, empty, false).empty());
  }
}

TEST_CASE("storehouse: a device and twenty modules on one log -> no record is anybody else's") {
  std::set<std::uint32_t> records;
  std::size_t count = 0;
  const auto take = [&](RecordId record, std::uint32_t behind) {
    records.insert(static_cast<std::uint32_t>(record) + behind);
    ++count;
  };
  for (std::uint32_t who = 0; who <= 20; ++who) {
    const RecordIds ids = records_of(who);
    take(ids.desired, 0);
    take(ids.reported, 0);
    for (std::uint32_t slot = 0; slot < Stores::kSlots; ++slot) {
      take(ids.first_message, slot);
    }
  }
  CHECK(records.size() == count);
  // Those of messages stay below the application's.
  CHECK(static_cast<std::uint32_t>(records_of(20).first_message) + Stores::kSlots <=
        kFirstApplicationRecord);
}

TEST_CASE(
    "storehouse: power fails at one log for several clients -> all begin anew, each with its own") {
  // Two clients report and send while their links are down, and a third has no storage.
  std::vector<Step> steps;
  const auto add = [&](std::uint32_t who, Act act, std::uint32_t n0 = 0) -> Step& {
    Step step;
    step.who = who;
    step.act = act;
    step.n[0] = n0;
    steps.push_back(std::move(step));
    return steps.back();
  };
  add(0, Act::kOneLog, 4).n[1] = 100;
  for (std::uint32_t who = 0; who < 3; ++who) {
    if (who < 2) {
      add(who, Act::kStorage, 1);
    }
    add(who, Act::kPowerOn);
  }
  add(0, Act::kIgnore).wait = std::chrono::seconds(10);
  for (std::uint32_t who = 0; who < 3; ++who) {
    add(who, Act::kCut);
    Step& report = add(who, Act::kReport);
    report.path = "p";
    report.json = 1 + who;
    add(who, Act::kSendTelemetry, 2);
  }
  add(1, Act::kPowerCut).wait = std::chrono::seconds(10);
  const Verdict verdict = play(steps, Setting{7, Plant::kNone, true});
  CHECK(verdict.failure.empty());
  CHECK(verdict.counts.power_cuts == 1);
  CHECK(verdict.counts.program_cuts == 1);
  CHECK(verdict.counts.kept_sections == 2);
  CHECK(verdict.counts.kept_values == 2);
  CHECK(verdict.counts.kept_messages == 4);
}

}  // namespace
}  // namespace hubtwin::simulation
