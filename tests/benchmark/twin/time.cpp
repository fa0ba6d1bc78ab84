// SPDX-License-Identifier: MIT
//
// Times each library. Their runs take turns, so that a drift of the machine meets all of them, and
// each run is set in relation to RapidJSON's of the same turn.
//
//     time TARGET TURNS MILLISECONDS     in the folder of the documents; a run takes about so long
#include "documents.hpp"
#include "record.hpp"
#include "subjects.hpp"
#include "tests/benchmark/statistics.hpp"

#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace hubtwin::benchmark {
namespace {

using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::duration<double, std::nano>;

constexpr const char* kRival = "rapidjson-dom";

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

struct Runs {
  std::size_t times = 1;  // operations a run
  std::vector<double> nanoseconds;
  std::vector<double> ratios;  // of the rival's time to this one's
};

void measure(const char* target, const Operation& operation, const char* size,
             const Documents& documents, std::size_t turns, double milliseconds) {
  std::vector<Subject*> subjects;
  std::map<std::string, Runs> runs;
  for (Subject* subject : all_subjects()) {
    if (operation.possible(*subject)) {
      subjects.push_back(subject);
      // Warms up, too.
      const double once = time_of(operation, *subject, documents, 3);
      runs[subject->name()].times =
          std::max<std::size_t>(1, static_cast<std::size_t>(milliseconds * 1e6 / once));
    }
  }
  for (std::size_t turn = 0; turn < turns; ++turn) {
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      // Who is first changes from turn to turn.
      Subject& subject = *subjects[(turn + i) % subjects.size()];
      Runs& own = runs[subject.name()];
      own.nanoseconds.push_back(time_of(operation, subject, documents, own.times));
      subject.clear();
    }
    for (auto& [name, own] : runs) {
      own.ratios.push_back(runs[kRival].nanoseconds.back() / own.nanoseconds.back());
    }
  }
  for (const Subject* subject : subjects) {
    const auto tell = [&](const char* measure, double value) {
      tell_record({target, operation.name, size, subject->name(), measure, value});
    };
    const Spread time = spread_of(runs[subject->name()].nanoseconds);
    const Spread ratio = spread_of(runs[subject->name()].ratios);
    tell("ns", time.median);
    tell("ns-low", time.low);
    tell("ns-high", time.high);
    tell("speed", ratio.median);
    tell("speed-low", ratio.low);
    tell("speed-high", ratio.high);
  }
}

int run(const char* target, std::size_t turns, double milliseconds) {
  for (const char* size : kSizes) {
    const Documents documents(size);
    for (const Operation& operation : kOperations) {
      measure(target, operation, size, documents, turns, milliseconds);
    }
  }
  return 0;
}

}  // namespace
}  // namespace hubtwin::benchmark

int main(int argc, char** argv) {
  const long turns = argc == 4 ? std::atol(argv[2]) : 0;
  const double milliseconds = argc == 4 ? std::atof(argv[3]) : 0;
  if (turns < 1 || milliseconds <= 0) {
    hubtwin::benchmark::fail("usage", "time TARGET TURNS MILLISECONDS");
  }
  return hubtwin::benchmark::run(argv[1], static_cast<std::size_t>(turns), milliseconds);
}
