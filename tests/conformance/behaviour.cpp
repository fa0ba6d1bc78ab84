// SPDX-License-Identifier: MIT
#include "behaviour.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace hubtwin::conformance {

namespace {

std::vector<const BehaviourEntry*>& all_behaviours() {
  static std::vector<const BehaviourEntry*> all;
  return all;
}

std::string missing(const BenchKind& kind, const Needs& needs) {
  std::string names;
  for (const Ability need : needs) {
    if (std::find(kind.abilities.begin(), kind.abilities.end(), need) == kind.abilities.end()) {
      names += (names.empty() ? "" : ", ") + std::string(to_string(need));
    }
  }
  return names;
}

[[noreturn]] void lacks(Ability ability) {
  throw std::logic_error(std::string("this bench has no ") + to_string(ability));
}

}  // namespace

const char* to_string(Ability ability) {
  switch (ability) {
    case Ability::kFaultyAnswers:
      return "faulty answers";
    case Ability::kFaultyNotifications:
      return "faulty notifications";
    case Ability::kLostPubacks:
      return "lost PUBACKs";
    case Ability::kInjection:
      return "injection";
    case Ability::kSilence:
      return "silence";
    case Ability::kInputs:
      return "module inputs";
    case Ability::kHurriedTime:
      return "hurried time";
    case Ability::kVirtualTime:
      return "virtual time";
  }
  return "unknown";
}

BehaviourEntry::BehaviourEntry(const char* name_given, Needs needs_given)
    : name(name_given), needs(std::move(needs_given)) {
  all_behaviours().push_back(this);
}

void show_on_each_bench(const BehaviourEntry& behaviour, void (*body)(Bench&)) {
  for (const BenchKind& kind : bench_kinds()) {
    DYNAMIC_SECTION("on " << kind.name) {
      const std::string lacking = missing(kind, behaviour.needs);
      if (lacking.empty()) {
        const std::unique_ptr<Bench> bench = kind.make();
        body(*bench);
        CHECK(bench->secret_in_log().empty());
      } else {
        // The build makes CTest count a test that says this as skipped.
        WARN("not possible on this bench, which lacks: " << lacking);
      }
    }
  }
}

std::string Bench::create(const std::string& identity) {
  constexpr std::string_view kField = ";SharedAccessKey=";
  std::string connection_string = create_identity(identity);
  keys_.push_back(connection_string.substr(connection_string.find(kField) + kField.size()));
  return connection_string;
}

std::string Bench::secret_in_log() const {
  for (const std::string& key : keys_) {
    if (log().contains(key)) {
      return "the key " + key;
    }
  }
  return log().contains("sig=") ? "a signature" : "";
}

void Bench::judge_next_get(const std::string&, const Verdict&) {
  lacks(Ability::kFaultyAnswers);
}
void Bench::judge_next_report(const std::string&, const Verdict&) {
  lacks(Ability::kFaultyAnswers);
}
void Bench::copy_next_notification(const std::string&, unsigned) {
  lacks(Ability::kFaultyNotifications);
}
void Bench::lose_next_puback(const std::string&) {
  lacks(Ability::kLostPubacks);
}
void Bench::inject(const std::string&, const std::string&, const std::string&) {
  lacks(Ability::kInjection);
}
void Bench::go_silent(const std::string&) {
  lacks(Ability::kSilence);
}
void Bench::go_silent_within_next_twin(const std::string&) {
  lacks(Ability::kSilence);
}
void Bench::send_input(const std::string&, const std::string&, const std::string&,
                       const Properties&) {
  lacks(Ability::kInputs);
}

TEST_CASE("benches: the behaviours that can't be shown -> are the ones listed as gaps") {
  std::vector<std::string> gaps;
  for (const BehaviourEntry* behaviour : all_behaviours()) {
    for (const BenchKind& kind : bench_kinds()) {
      if (!missing(kind, behaviour->needs).empty()) {
        gaps.push_back(behaviour->name);
        break;
      }
    }
  }
  std::vector<std::string> known = known_gaps();
  std::sort(gaps.begin(), gaps.end());
  std::sort(known.begin(), known.end());
  CHECK(gaps == known);
  CHECK(all_behaviours().size() > gaps.size());
}

}  // namespace hubtwin::conformance
