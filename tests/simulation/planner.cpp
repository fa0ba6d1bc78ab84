// SPDX-License-Identifier: MIT
#include "planner.hpp"

#include <iterator>
#include <utility>

namespace hubtwin::simulation {

namespace {

constexpr const char* kLeaves[] = {"p", "q", "r.x", "r.y", "s.t.u", "s.t.v"};
constexpr const char* kObjects[] = {"r", "s", "s.t"};
constexpr const char* kPlaces[] = {"p", "q", "r.x", "r.y", "r", "s.t", "s", "s.t.u"};

// What a hub has no business to send: a topic, and a payload.
constexpr const char* kNonsense[][2] = {
    {"$iothub/twin/res/200/?$rid=4000000000", R"({"desired":{"$version":9},"reported":{}})"},
    {"$iothub/twin/res/204/?$rid=&$version=", ""},
    {"$iothub/twin/res/abc/?$rid=1", ""},
    {"$iothub/twin/res/", "?"},
    {"$iothub/twin/PATCH/properties/desired/?$version=99999", R"({"a":1,"$version":99999})"},
    {"$iothub/twin/PATCH/properties/desired/?$version=-1", R"({"a":1})"},
    {"$iothub/twin/PATCH/properties/desired/?$version=0", R"({"a":1,"$version":0})"},
    {"$iothub/twin/PATCH/properties/desired/?$version=1", R"({"a":"old","$version":1})"},
    {"$iothub/twin/PATCH/properties/desired/", R"({"a":})"},
    {"$iothub/twin/PATCH/properties/desired/?$version=4000000000", "]"},
    {"$iothub/twin/PATCH/properties/somewhere/?$version=2", R"({"a":1})"},
    {"$iothub/something/else", "\xFF\x01"},
};

// What a GET may be answered with that isn't a twin.
constexpr const char* kGarbledTwins[] = {
    "",
    "null",
    "[]",
    "{}",
    R"({"desired":{"a":1},"reported":{}})",
    R"({"desired":{"a":1,"$version":"2"},"reported":{"$version":1}})",
    R"({"desired":[1,2],"reported":{"$version":1}})",
    R"({"desired":{"a":{"b":1},"$version":2},"reported":{"$version":1})",
    R"({"desired":{"a":1,"$version":2},"reported":{"$version":1}}})",
    R"({"reported":{"p":1,"r":{"x":2},"$version":3}})",
    R"({"desired":{"a":1,"$version":-3},"reported":{"$version":0}})",
};

}  // namespace

Step& Planner::add(Act act, std::uint32_t n0, std::uint32_t n1, std::uint32_t n2,
                   std::uint32_t n3) {
  Step step;
  step.act = act;
  step.wait = std::exchange(wait_, Duration::zero());
  step.who = who_;
  step.n = {n0, n1, n2, n3};
  steps_.push_back(std::move(step));
  return steps_.back();
}

void Planner::first_network() {
  add(Act::kCapabilities, choices_.below(4));
  if (choices_.chance(30)) {
    add(Act::kFragments, 1 + choices_.below(40), 4096);
  }
  if (choices_.chance(15)) {
    add(Act::kFragments, 1 + choices_.below(200), 1 + choices_.below(4));
  }
  if (choices_.chance(80)) {
    const std::uint32_t up = choices_.below(200);
    add(Act::kLatency, up, choices_.below(200));
  }
  if (choices_.chance(20)) {
    add(Act::kSlowUplink, 1);
  }
  if (choices_.chance(30)) {
    const std::uint32_t update = 76 + choices_.below(30);
    const std::uint32_t bytes = 1 + choices_.below(12);
    add(Act::kSmallUpdates, update, bytes, choices_.below(4000));
  }
}

void Planner::change_desired() {
  for (std::uint32_t left = 1 + choices_.below(4); left > 0; --left) {
    if (choices_.chance(15)) {
      add(Act::kReplaceDesired).json = random_document(choices_);
    } else {
      add(Act::kPatchDesired).json = random_patch(choices_);
    }
  }
}

void Planner::use_application() {
  if (choices_.chance(8)) {
    revise_long_value();
    return;
  }
  for (std::uint32_t left = 1 + choices_.below(6); left > 0; --left) {
    if (choices_.chance(12)) {
      const std::uint32_t callback = choices_.below(kCallbackCount);
      Step inner = inner_step();
      Step& step = add(Act::kInside, callback, static_cast<std::uint32_t>(inner.act), inner.n[0]);
      step.path = std::move(inner.path);
      step.json = std::move(inner.json);
    } else {
      report(add(Act::kReport));
    }
  }
  if (choices_.chance(30)) {
    add(Act::kFlush);
  }
  if (choices_.chance(5)) {
    const std::uint32_t least = choices_.below(10000);
    const std::uint32_t delay = choices_.chance(50) ? 0 : choices_.below(30000);
    add(Act::kFlushPolicy, least, delay, choices_.chance(70) ? 0 : 1 + choices_.below(200));
  }
}

void Planner::revise_long_value() {
  const char* const path = kLeaves[choices_.below(std::size(kLeaves))];
  Json value = Json::array();
  for (std::uint32_t elements = 4 + choices_.below(8); elements > 0; --elements) {
    value.push_back("element " + std::to_string(choices_.below(1000)));
  }
  Step& first = add(Act::kReport);
  first.path = path;
  first.json = value;
  add(Act::kFlush);
  for (std::uint32_t left = 1 + choices_.below(4); left > 0; --left) {
    wait_ = Duration(choices_.below(4000));
    Step& next = add(Act::kReport);
    report(next);
    if (next.act == Act::kReport && choices_.chance(30)) {
      next.path = path;
      next.json = value;
      next.n[0] = 0;
    }
  }
}

Step Planner::inner_step() {
  Step step;
  const std::uint32_t kind = choices_.below(100);
  if (kind < 75) {
    report(step);
  } else if (kind < 85) {
    step.act = Act::kFlush;
  } else if (kind < 90) {
    step.act = Act::kSendTelemetry;
    step.n[0] = 1;
  } else if (kind < 95) {
    step.act = Act::kRenewHandlers;
    step.n[0] = choices_.below(kWatchedCount);
  } else {
    step.act = kind < 98 ? Act::kNetworkChanged : Act::kClose;
  }
  return step;
}

void Planner::report(Step& step) {
  const std::uint32_t kind = choices_.below(100);
  step.act = Act::kReport;
  if (kind < 20) {
    step.act = Act::kRemove;
    step.path = kPlaces[choices_.below(std::size(kPlaces))];
  } else if (kind < 35) {
    step.path = kObjects[choices_.below(std::size(kObjects))];
    step.json = random_reported_object(choices_);
    if (choices_.chance(10) && !step.json.empty()) {  // the section itself is merged into
      step.json = {{choices_.chance(50) ? "r" : "s", std::move(step.json)}, {"p", 1}};
      step.path.clear();
    }
  } else if (kind < 45) {
    step.path = kLeaves[choices_.below(std::size(kLeaves))];
    step.json = random_array(choices_);
  } else {
    step.path = kLeaves[choices_.below(std::size(kLeaves))];
    step.json = random_scalar(choices_);
    step.n[0] = choices_.below(2);
  }
}

void Planner::harm_requests() {
  constexpr std::uint32_t kStatuses[] = {429, 500, 503};
  switch (choices_.below(6)) {
    case 0:
      add(Act::kRace, choices_.chance(30) ? 0 : 1 + choices_.below(500)).json =
          random_patch(choices_);
      if (choices_.chance(70)) {
        add(Act::kCut);
      }
      break;
    case 1: {
      const char* const* const nonsense = kNonsense[choices_.below(std::size(kNonsense))];
      Step& step = add(Act::kNonsense);
      step.path = nonsense[0];
      step.json = nonsense[1];
      break;
    }
    case 2:
    case 3: {
      const std::uint32_t kind = choices_.below(4);
      Step& step = add(Act::kJudgeGet, kind == 0   ? kUnanswered
                                       : kind == 1 ? kCutInstead
                                       : kind == 2 ? kGarbled
                                                   : kStatuses[choices_.below(3)]);
      if (kind == 2) {
        step.json = kGarbledTwins[choices_.below(std::size(kGarbledTwins))];
      }
      break;
    }
    default: {
      const std::uint32_t kind = choices_.below(3);
      const std::uint32_t how = kind == 0   ? kUnanswered
                                : kind == 1 ? kCutInstead
                                            : kStatuses[choices_.below(3)];
      // An update that is answered by an error wasn't applied; one without an answer may be.
      add(Act::kJudgeReport, how, kind < 2 && choices_.chance(50) ? 1 : 0);
      break;
    }
  }
}

void Planner::harm_packets() {
  constexpr std::uint32_t kMostAtOnce = 3;
  for (std::uint32_t left = 1 + choices_.below(kMostAtOnce); left > 0; --left) {
    // What brings the twin is harmed most.
    constexpr std::uint32_t kKinds[] = {0, 1, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 5, 7};
    const std::uint32_t kind = kKinds[choices_.below(std::size(kKinds))];
    const std::uint32_t skipped = choices_.chance(70) ? 0 : choices_.below(4);
    const std::uint32_t harm = choices_.below(kHarmCount);
    const std::uint32_t size = static_cast<Harm>(harm) == Harm::kSilentAfter
                                   ? choices_.below(200)
                                   : choices_.below(choices_.chance(80) ? 2000 : 100000);
    add(Act::kPacket, kind, skipped, harm, size);
  }
}

}  // namespace hubtwin::simulation
