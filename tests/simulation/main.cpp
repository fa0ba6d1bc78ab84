// SPDX-License-Identifier: MIT

/// \file
/// Plays many random histories and says which broke a promise.

#include "history.hpp"
#include <hubtwin/contract.hpp>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace hubtwin::simulation;

constexpr const char* kUsage =
    "usage: simulation [--histories N] [--seed S] [--trace] [--plant NAME]\n"
    "  --histories N  how many histories; default 2000\n"
    "  --seed S       seed of the first one, the next has the next number; default 1\n"
    "  --trace        tell what happens in each history, not only in one that fails\n"
    "  --plant NAME   have the hub do wrong; success means that it was noticed:\n"
    "                 acknowledged-not-applied, never-answers-get, silent-change\n";

struct Options {
  std::uint64_t histories = 2000;
  std::uint64_t seed = 1;
  bool trace = false;
  Plant plant = Plant::kNone;
};

bool read_number(const char* text, std::uint64_t& number) {
  const char* const end = text + std::strlen(text);
  return std::from_chars(text, end, number).ptr == end && text != end;
}

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--trace") {
      options.trace = true;
      continue;
    }
    if (++i == argc) {
      return false;
    }
    if (option == "--plant") {
      options.plant = plant_named(argv[i]);
      if (options.plant == Plant::kNone) {
        return false;
      }
    } else if (option == "--histories") {
      if (!read_number(argv[i], options.histories) || options.histories == 0) {
        return false;
      }
    } else if (option != "--seed" || !read_number(argv[i], options.seed)) {
      return false;
    }
  }
  return true;
}

volatile std::uint64_t seed_in_play = 0;

// A breach of the transport's contract aborts: say which history it was.
void name_the_seed(int) {
  std::fprintf(stderr, "aborted in the history of --seed %llu\n",
               static_cast<unsigned long long>(seed_in_play));
}

void print_trace(const Verdict& verdict) {
  for (const std::string& line : verdict.trace) {
    std::printf("  %s\n", line.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!read_options(argc, argv, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  std::signal(SIGABRT, name_the_seed);
  hubtwin::set_contract_hook([](const char* what) { throw std::logic_error(what); });
  std::uint64_t failures = 0;
  Verdict sum;
  for (std::uint64_t i = 0; i < options.histories; ++i) {
    seed_in_play = options.seed + i;
    const Verdict verdict = play(options.seed + i, options.plant);
    sum.links += verdict.links;
    sum.changes += verdict.changes;
    sum.flushes += verdict.flushes;
    sum.telemetry += verdict.telemetry;
    const bool failed = !verdict.failure.empty();
    failures += failed ? 1 : 0;
    if (failed && options.plant != Plant::kNone) {
      std::printf("noticed in history %llu: %s\n",
                  static_cast<unsigned long long>(options.seed + i), verdict.failure.c_str());
      return 0;
    }
    if (options.trace || (failed && failures <= 3)) {
      print_trace(verdict);
    }
    if (failed && failures <= 3) {
      std::printf("%s\n  play it again: simulation --histories 1 --seed %llu --trace\n",
                  verdict.failure.c_str(), static_cast<unsigned long long>(options.seed + i));
    }
  }
  std::printf(
      "%llu of %llu histories failed; %llu links, %llu changes told, %llu flushes, "
      "%llu messages sent\n",
      static_cast<unsigned long long>(failures), static_cast<unsigned long long>(options.histories),
      static_cast<unsigned long long>(sum.links), static_cast<unsigned long long>(sum.changes),
      static_cast<unsigned long long>(sum.flushes), static_cast<unsigned long long>(sum.telemetry));
  return failures == 0 && options.plant == Plant::kNone ? 0 : 1;
}
