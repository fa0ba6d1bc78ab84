// SPDX-License-Identifier: MIT
#include "history.hpp"

#include "fleet.hpp"

#include <stdexcept>

namespace hubtwin::simulation {

namespace {

using test::ModelHub;

class History {
 public:
  explicit History(const Setting& setting)
      : setting_(setting), fleet_(setting.seed, setting.trace) {}

  Verdict play(const std::vector<Step>& steps) {
    Verdict verdict;
    try {
      for (const Step& step : steps) {
        fleet_.play(step);
        plant(step);
      }
      fleet_.end_of_faults();
      plant_at_the_end();
      fleet_.open_all();
      fleet_.converge();
      fleet_.stay_converged();
    } catch (const Broken& broken) {
      verdict.failure = broken.what();
    } catch (const std::logic_error& breach) {
      verdict.failure = breach.what();
      fleet_.abandon_clients();
    }
    verdict.trace = fleet_.journal().take();
    verdict.counts = fleet_.counts();
    return verdict;
  }

 private:
  void plant(const Step& step) {
    const std::string identity = identity_of(step.who);
    if (setting_.plant == Plant::kSilentChange && step.act == Act::kPatchDesired) {
      fleet_.journal().note([] { return "PLANTED: desired changed silently"; });
      fleet_.hub().corrupt_desired(identity, {{"a", "silent"}});
    }
    if (setting_.plant == Plant::kAcknowledgedNotApplied && step.act == Act::kReport) {
      fleet_.journal().note(
          [] { return "PLANTED: the next update is acknowledged and not applied"; });
      ModelHub::Verdict lie;
      lie.effect = false;
      fleet_.hub().judge_report(identity, lie);
    }
  }

  void plant_at_the_end() {
    if (setting_.plant != Plant::kNeverAnswersGet) {
      return;
    }
    fleet_.journal().note([] { return "PLANTED: no GET is answered any more"; });
    fleet_.for_each_client([this](Device& device) {
      device.lose_get_answers();
      fleet_.hub().cut(device.identity());
    });
  }

  Setting setting_;
  Fleet fleet_;
};

}  // namespace

Plant plant_named(const std::string& name) {
  if (name == "acknowledged-not-applied") {
    return Plant::kAcknowledgedNotApplied;
  }
  if (name == "never-answers-get") {
    return Plant::kNeverAnswersGet;
  }
  return name == "silent-change" ? Plant::kSilentChange : Plant::kNone;
}

Verdict play(const std::vector<Step>& steps, const Setting& setting) {
  return History(setting).play(steps);
}

}  // namespace hubtwin::simulation
