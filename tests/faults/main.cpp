// SPDX-License-Identifier: MIT

/// \file
/// Plays the rows side by side, and writes down how each went.

#include "trial.hpp"

#include <atomic>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

namespace hubtwin::faults {

namespace {

Outcome play(const Row& row, std::size_t number, LocalHub& hub) {
  Outcome outcome;
  try {
    Trial trial(hub, "row-" + std::to_string(number));
    try {
      row.play(trial);
    } catch (const std::exception& error) {
      trial.outcome.failure = error.what();
    }
    outcome = trial.outcome;
  } catch (const std::exception& error) {
    outcome.failure = error.what();
  }
  outcome.fault = row.fault;
  return outcome;
}

Json json_of(const Outcome& outcome) {
  const auto time = [](const std::optional<std::chrono::milliseconds>& value) {
    return value ? Json(value->count()) : Json(nullptr);
  };
  return {{"fault", outcome.fault},
          {"ok", outcome.failure.empty()},
          {"failure", outcome.failure},
          {"reason", outcome.reason},
          {"noticedMs", time(outcome.noticed)},
          {"recoveredMs", time(outcome.recovered)},
          {"longestPollUs", outcome.longest_poll.count()},
          {"longestPollCpuUs", outcome.longest_poll_cpu.count()},
          {"polls", outcome.polls}};
}

int run(const std::string& json_file, const std::vector<std::string>& wanted, std::size_t threads) {
  std::vector<std::size_t> together;
  std::vector<std::size_t> alone;
  const std::vector<Row>& rows = all_rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool chosen =
        wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& word) {
          return rows[i].fault.find(word) != std::string::npos;
        });
    if (chosen) {
      (rows[i].alone ? alone : together).push_back(i);
    }
  }
  // Begun here: the hub ends with the thread that started it.
  LocalHub hub;
  std::vector<Outcome> outcomes(rows.size());
  std::atomic<std::size_t> next{0};
  std::mutex printing;
  const auto work = [&](std::size_t i) {
    outcomes[i] = play(rows[i], i, hub);
    const std::lock_guard<std::mutex> lock(printing);
    std::cout << (outcomes[i].failure.empty() ? "ok    " : "FAIL  ") << outcomes[i].fault << ": "
              << outcomes[i].reason
              << (outcomes[i].failure.empty() ? "" : "; " + outcomes[i].failure) << std::endl;
  };
  std::vector<std::thread> crew;
  for (std::size_t i = 0; i < std::min(threads, together.size()); ++i) {
    crew.emplace_back([&] {
      for (std::size_t turn; (turn = next++) < together.size();) {
        work(together[turn]);
      }
    });
  }
  for (std::thread& one : crew) {
    one.join();
  }
  for (const std::size_t i : alone) {
    work(i);
  }
  Json all = Json::array();
  std::size_t failures = 0;
  for (const Outcome& outcome : outcomes) {
    if (!outcome.fault.empty()) {
      all.push_back(json_of(outcome));
      failures += outcome.failure.empty() ? 0 : 1;
    }
  }
  if (!json_file.empty()) {
    std::ofstream(json_file) << Json{{"transport", transport_kind().name}, {"rows", all}}.dump(2)
                             << '\n';
  }
  std::cout << all.size() << " rows, " << failures << " failed" << std::endl;
  return failures == 0 ? 0 : 1;
}

}  // namespace

}  // namespace hubtwin::faults

/// [--json FILE] [--threads N] [part of a fault's name...]
int main(int argc, char** argv) {
  std::string json_file;
  std::size_t threads = 24;
  std::vector<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--json" && i + 1 < argc) {
      json_file = argv[++i];
    } else if (argument == "--threads" && i + 1 < argc) {
      threads = static_cast<std::size_t>(std::max(1, std::atoi(argv[++i])));
    } else {
      wanted.push_back(argument);
    }
  }
  try {
    return hubtwin::faults::run(json_file, wanted, threads);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
