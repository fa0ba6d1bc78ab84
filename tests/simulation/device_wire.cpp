// SPDX-License-Identifier: MIT
// What passes between a device and its hub, and what becomes of it on the way.
#include "device.hpp"

#include <string_view>
#include <utility>

namespace hubtwin::simulation {

namespace {

using test::ModelHub;
using test::ScriptedTransport;

std::string request_id_of(const std::string& topic) {
  const std::size_t mark = topic.find("$rid=");
  const std::size_t begin = mark == std::string::npos ? topic.size() : mark + 5;
  return topic.substr(begin, topic.find('&', begin) - begin);
}

bool begins_with(const std::string& text, std::string_view prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

}  // namespace

void Device::published(const ScriptedTransport::Publish& publish) {
  const std::string id = request_id_of(publish.topic);
  if (begins_with(publish.topic, "$iothub/twin/GET/")) {
    journal_.note([&] { return identity_ + " sent GET " + id; });
    known_to_hub_.get_sent(id);
  } else if (begins_with(publish.topic, "$iothub/twin/PATCH/")) {
    journal_.note([&] { return identity_ + " sent update " + id + " " + publish.payload; });
    has_reported_ = true;
    const std::string again = known_to_hub_.update_sent(id, publish.payload, publish.at);
    claim(again.empty(), "reported although the hub has it and nothing changed: " + again);
  }
}

void Device::delivered(const ScriptedTransport::Message& message, bool wanted) {
  if (message.topic == "$iothub/twin/res/204" ||
      begins_with(message.topic, "$iothub/twin/res/204/")) {
    known_to_hub_.acknowledged(request_id_of(message.topic), world_.clock.now());
  }
  if (!wanted || !begins_with(message.topic, "$iothub/twin/res/200/")) {
    return;
  }
  const Json twin = Json::parse(message.payload, nullptr, false);
  if (!twin.is_object() || !twin.contains("desired") || !twin.contains("reported")) {
    return;
  }
  const auto version_of = [&](const char* section) {
    return twin[section].is_object() ? twin[section].value("$version", Json()) : Json();
  };
  if (version_of("desired") == client_->twin().desired_version() &&
      version_of("reported") == client_->twin().reported_version()) {
    if (restore_owed_) {
      known_to_hub_.twin_not_compared();
    }
    known_to_hub_.twin_read(request_id_of(message.topic), twin["reported"], claims_);
  }
}

ModelHub::Fate Device::fate_of(ModelHub::Kind kind) {
  using Kind = ModelHub::Kind;
  ModelHub::Fate fate;
  if (kind == Kind::kSuback && !has_reported_) {
    inherited_ = hub_.reported(identity_).document();
    kept_.hub_holds(inherited_);
  }
  if (kind == Kind::kGetAnswer) {
    fate.lost = lose_get_answers_;
    if (!races_.empty()) {
      const Step race = std::move(races_.front());
      races_.pop_front();
      arm_race(race);
    }
  }
  auto& armed = armed_[static_cast<std::size_t>(kind)];
  if (armed.empty() || armed.front().skip-- > 0) {
    return fate;
  }
  const Armed next = armed.front();
  armed.pop_front();
  const bool answer = kind == Kind::kGetAnswer || kind == Kind::kReportAnswer;
  const bool ordered = kind == Kind::kPuback || kind == Kind::kMessage;
  switch (next.harm) {
    case Harm::kLost:
      // Only what a hub may fail to send: QoS 1 isn't lost on a link that stands.
      fate.lost = !ordered;
      fate.then_cut = ordered;
      if (kind == Kind::kNotification) {
        skipped_.insert(hub_.desired(identity_).version());
      }
      break;
    case Harm::kDoubled:
      fate.copies = answer || kind == Kind::kNotification ? 2 : 1;
      break;
    case Harm::kDelayed:
      fate.delay = Duration(ordered ? 0 : next.size);
      break;
    case Harm::kThenCut:
      fate.then_cut = true;
      break;
    case Harm::kSilentAfter:
      fate.silent_after = next.size;
      break;
  }
  return fate;
}

void Device::arm_race(const Step& step) {
  if (step.n[0] == 0) {
    patch_desired(step.json);
    return;
  }
  world_.in(Duration(step.n[0]), [this, patch = step.json] { patch_desired(patch); });
}

void Device::patch_desired(const Json& patch) {
  hub_.set_desired(identity_, patch);
  journal_.note([&] {
    return identity_ + ": desired is at version " +
           std::to_string(hub_.desired(identity_).version());
  });
}

void Device::judge(const Step& step) {
  ModelHub::Verdict verdict;
  switch (step.n[0]) {
    case kUnanswered:
      verdict.silent = true;
      break;
    case kCutInstead:
      verdict.cut = true;
      break;
    case kGarbled:
      verdict.body = step.json.get<std::string>();
      break;
    default:
      verdict.status = static_cast<int>(step.n[0]);
      break;
  }
  if (step.act == Act::kJudgeGet) {
    hub_.judge_get(identity_, verdict);
  } else {
    verdict.effect = step.n[1] != 0;
    hub_.judge_report(identity_, verdict);
  }
}

void Device::end_of_faults() {
  for (auto& armed : armed_) {
    armed.clear();
  }
  races_.clear();
  for (auto& steps : inside_) {
    steps.clear();
  }
  if (storehouse_ != nullptr) {
    storehouse_->end_of_cuts();
  }
  hub_.forgive(identity_);
  hub_.set_reach(identity_, ModelHub::Reach::kFine);
}

}  // namespace hubtwin::simulation
