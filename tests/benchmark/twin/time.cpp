// SPDX-License-Identifier: MIT
//
// Times each library, warmed up. Their runs take turns, so that a drift of the machine meets all of
// them, and each run is set in relation to RapidJSON's of the same turn.
//
//     time TARGET TURNS MILLISECONDS [SUBJECT]
//                                 in the folder of the documents, with runs of about so long; of
//                                 the subjects RapidJSON's and those whose names begin so
#include "documents.hpp"
#include "record.hpp"
#include "subjects.hpp"
#include "tests/benchmark/statistics.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace hubtwin::benchmark {
namespace {

using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::duration<double, std::nano>;

constexpr const char* kRival = "rapidjson-dom";
constexpr std::size_t kWarmUps = 3;

void require(bool well, const Subject& subject, const char* what) {
  if (!well) {
    fail(subject.name(), what);
  }
}

/// What is timed: some preparation, and an operation.
struct Operation {
  const char* name;
  bool (*possible)(const Subject& subject);
  void (*prepare)(Subject& subject, const Documents& documents);
  bool (*run)(Subject& subject, const Documents& documents);
};

constexpr Operation kOperations[] = {
    {"read", [](const Subject&) { return true; },
     [](Subject& subject, const Documents&) { subject.clear(); },
     [](Subject& subject, const Documents& documents) {
       return subject.read(documents.twin.text());
     }},
    {"patches", [](const Subject& subject) { return subject.patches(); },
     [](Subject& subject, const Documents& documents) {
       subject.clear();
       require(subject.read(documents.desired.text()), subject, "doesn't read");
     },
     [](Subject& subject, const Documents& documents) {
       bool well = true;
       for (const Document& patch : documents.patches) {
         well = subject.patch(patch.text()) && well;
       }
       return well;
     }},
    {"write", [](const Subject& subject) { return subject.keeps(); },
     [](Subject& subject, const Documents& documents) {
       require(subject.read(documents.reported.text()), subject, "doesn't read");
     },
     [](Subject& subject, const Documents&) { return !subject.write().empty(); }},
};

// Nanoseconds of one operation, on the average of some.
double time_of(const Operation& operation, Subject& subject, const Documents& documents,
               std::size_t times) {
  Clock::duration sum{};
  for (std::size_t i = 0; i < times; ++i) {
    operation.prepare(subject, documents);
    const Clock::time_point start = Clock::now();
    const bool well = operation.run(subject, documents);
    sum += Clock::now() - start;
    require(well, subject, operation.name);
  }
  return Nanoseconds(sum).count() / static_cast<double>(times);
}

struct Plan {
  std::size_t turns = 0;
  double milliseconds = 0;  // that a run takes
  std::string only;         // subjects whose names begin so
};

struct Runs {
  std::size_t times = 1;  // operations a run
  std::vector<double> nanoseconds;
  std::vector<double> ratios;  // of the rival's time to this one's
};

void measure(const char* target, const Operation& operation, const char* size,
             const Documents& documents, const Plan& plan) {
  std::mt19937 random(1);
  std::vector<Subject*> subjects;
  std::map<std::string, Runs> runs;
  for (Subject* subject : all_subjects()) {
    const std::string name = subject->name();
    if (operation.possible(*subject) && (name == kRival || name.rfind(plan.only, 0) == 0)) {
      subjects.push_back(subject);
      const double once = time_of(operation, *subject, documents, kWarmUps);
      runs[subject->name()].times =
          std::max<std::size_t>(1, static_cast<std::size_t>(plan.milliseconds * 1e6 / once));
    }
  }
  for (std::size_t turn = 0; turn < plan.turns; ++turn) {
    // In another order each turn, so that nobody always runs behind the same one.
    std::shuffle(subjects.begin(), subjects.end(), random);
    for (Subject* subject : subjects) {
      Runs& own = runs[subject->name()];
      // What the processor has learnt of the code before is another library's.
      time_of(operation, *subject, documents, kWarmUps);
      own.nanoseconds.push_back(time_of(operation, *subject, documents, own.times));
      subject->clear();
    }
    for (auto& [name, own] : runs) {
      own.ratios.push_back(runs[kRival].nanoseconds.back() / own.nanoseconds.back());
    }
  }
  for (const Subject* subject : subjects) {
    const auto tell = [&](const char* measure, double value) {
      tell_record({target, operation.name, size, subject->name(), measure, value});
    };
    const Spread time = middle_half_of(runs[subject->name()].nanoseconds);
    const Spread ratio = middle_half_of(runs[subject->name()].ratios);
    tell("ns", time.median);
    tell("ns-low", time.low);
    tell("ns-high", time.high);
    tell("speed", ratio.median);
    tell("speed-low", ratio.low);
    tell("speed-high", ratio.high);
  }
}

void run(const char* target, const Plan& plan) {
  for (const char* size : kSizes) {
    const Documents documents(size);
    for (const Operation& operation : kOperations) {
      measure(target, operation, size, documents, plan);
    }
  }
}

}  // namespace
}  // namespace hubtwin::benchmark

int main(int argc, char** argv) {
  hubtwin::benchmark::Plan plan;
  if (argc >= 4 && argc <= 5) {
    plan.turns = std::strtoul(argv[2], nullptr, 10);
    plan.milliseconds = std::strtod(argv[3], nullptr);
    plan.only = argc > 4 ? argv[4] : "";
  }
  if (plan.turns == 0 || plan.milliseconds <= 0) {
    hubtwin::benchmark::fail("usage", "time TARGET TURNS MILLISECONDS [SUBJECT]");
  }
  hubtwin::benchmark::run(argv[1], plan);
}
