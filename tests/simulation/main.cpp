// SPDX-License-Identifier: MIT

/// \file
/// Plays many random histories, says which broke a promise, and shrinks it.

#include "history.hpp"
#include "options.hpp"
#include "shrink.hpp"

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <string_view>

namespace {

using namespace hubtwin::simulation;

constexpr const char* kUsage =
    "usage: simulation [--histories N | --minutes M] [--seed S] [--trace] [--no-shrink] [--twice]\n"
    "                  [--plant NAME | --noticed]\n"
    "  --histories N  how many histories; default 2000\n"
    "  --minutes M    as many as there is time for\n"
    "  --seed S       seed of the first one, the next has the next number; default 1\n"
    "  --trace        tell a long history to the last line\n"
    "  --no-shrink    tell a history that fails as it is\n"
    "  --twice        play each history twice: both must be the same to the last line\n"
    "  --noticed      success means that a history failed: for a library with a planted bug\n"
    "  --plant NAME   the same, and have the hub do wrong:\n"
    "                 acknowledged-not-applied, never-answers-get, silent-change\n";

constexpr std::uint64_t kMostTold = 3;

struct Options {
  std::uint64_t histories = 2000;
  std::uint64_t minutes = 0;  // 0: by histories
  std::uint64_t seed = 1;
  bool trace = false;
  bool shrink = true;
  bool twice = false;
  bool noticed = false;
  Plant plant = Plant::kNone;
};

bool read_flag(std::string_view name, Options& options) {
  if (name == "--trace") {
    options.trace = true;
  } else if (name == "--no-shrink") {
    options.shrink = false;
  } else if (name == "--twice") {
    options.twice = true;
  } else if (name == "--noticed") {
    options.noticed = true;
  } else {
    return false;
  }
  return true;
}

bool read_value(std::string_view name, const char* value, Options& options) {
  if (name == "--plant") {
    options.plant = plant_named(value);
    options.noticed = true;
    return options.plant != Plant::kNone;
  }
  if (name == "--histories") {
    return read_number(value, options.histories);
  }
  if (name == "--minutes") {
    return read_number(value, options.minutes);
  }
  return name == "--seed" && read_number(value, options.seed);
}

void add(Counts& sum, const Counts& counts) {
  sum.links += counts.links;
  sum.changes += counts.changes;
  sum.flushes += counts.flushes;
  sum.telemetry += counts.telemetry;
  sum.refused += counts.refused;
  sum.in_place += counts.in_place;
  sum.power_cuts += counts.power_cuts;
  sum.program_cuts += counts.program_cuts;
  sum.crossings += counts.crossings;
  sum.kept_sections += counts.kept_sections;
  sum.kept_values += counts.kept_values;
  sum.kept_messages += counts.kept_messages;
}

// What is the same in the failure of a history and of the shrunk one: the words before any value.
std::string kind_of(const std::string& failure) {
  return failure.substr(0, failure.find_first_of("0123456789{'"));
}

void print(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    std::printf("  %s\n", line.c_str());
  }
}

// Three days without what is waited for make many lines that are all alike.
std::vector<std::string> abridged(std::vector<std::string> lines) {
  constexpr std::ptrdiff_t kFirst = 100;
  constexpr std::ptrdiff_t kLast = 10;
  const auto more = static_cast<std::ptrdiff_t>(lines.size()) - kFirst - kLast;
  if (more > 1) {
    lines.erase(lines.begin() + kFirst, lines.end() - kLast);
    lines.insert(lines.begin() + kFirst,
                 "... " + std::to_string(more) + " lines; --trace tells all of them");
  }
  return lines;
}

void tell(const Options& options, std::uint64_t seed, const std::string& failure) {
  std::vector<Step> steps = plan(seed);
  Setting setting{seed, options.plant, false};
  if (options.shrink) {
    const std::size_t whole = steps.size();
    steps = shrink(std::move(steps), [&](const std::vector<Step>& fewer) {
      return kind_of(play(fewer, setting).failure) == kind_of(failure);
    });
    std::printf("history %" PRIu64 ", shrunk from %zu steps to %zu:\n", seed, whole, steps.size());
  } else {
    std::printf("history %" PRIu64 ":\n", seed);
  }
  setting.trace = true;
  const Verdict verdict = play(steps, setting);
  print(options.trace ? verdict.trace : abridged(verdict.trace));
  std::printf("%s\n  play it again, whole: simulation --histories 1 --seed %" PRIu64
              " --no-shrink --trace\n",
              verdict.failure.c_str(), seed);
}

// Plays a history. \return what it broke; empty: nothing.
std::string play_one(const Options& options, std::uint64_t seed, Counts& sum) {
  const std::vector<Step> steps = plan(seed);
  Setting setting{seed, options.plant, options.twice};
  const Verdict verdict = play(steps, setting);
  add(sum, verdict.counts);
  if (verdict.failure.empty() && options.twice && play(steps, setting).trace != verdict.trace) {
    return "the same history went another way the second time";
  }
  return verdict.failure;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!read_arguments(argc, argv, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  throw_at_breaches();
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(options.minutes);
  std::uint64_t failures = 0;
  std::uint64_t played = 0;
  Counts sum;
  while (options.minutes != 0 ? std::chrono::steady_clock::now() < end
                              : played < options.histories) {
    const std::uint64_t seed = options.seed + played++;
    const std::string failure = play_one(options, seed, sum);
    if (failure.empty()) {
      continue;
    }
    ++failures;
    if (failures <= kMostTold) {
      tell(options, seed, failure);
    }
    if (options.noticed) {
      std::printf("noticed in history %" PRIu64 " of %" PRIu64 "\n", played, options.histories);
      return 0;
    }
  }
  std::printf("%" PRIu64 " of %" PRIu64 " histories failed; %" PRIu64 " links, %" PRIu64
              " changes told (%" PRIu64 " in place), %" PRIu64 " flushes, %" PRIu64
              " messages sent, %" PRIu64 " times refused for want of room\n",
              failures, played, sum.links, sum.changes, sum.in_place, sum.flushes, sum.telemetry,
              sum.refused);
  std::printf("%" PRIu64 " power cuts, %" PRIu64
              " of them with several clients on one log, where %" PRIu64
              " writes came in the middle of another client's; after restarts %" PRIu64
              " sections told before any network, %" PRIu64
              " reported values staged again, %" PRIu64 " messages owed\n",
              sum.power_cuts, sum.program_cuts, sum.crossings, sum.kept_sections, sum.kept_values,
              sum.kept_messages);
  return failures == 0 && !options.noticed ? 0 : 1;
}
