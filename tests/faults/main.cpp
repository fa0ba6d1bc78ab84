// SPDX-License-Identifier: MIT

/// \file
/// Plays the rows side by side, and writes down how each went.

#include "support/text_file.hpp"
#include "trial.hpp"

#include <atomic>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace hubtwin::faults {

namespace {

/// What stood in the logs, and must not have.
struct Logs {
  std::mutex mutex;
  test::Secrets secrets;
  std::size_t lines = 0;
};

Outcome play(const Row& row, std::size_t number, LocalHub& hub, Logs& logs) {
  Outcome outcome;
  try {
    Trial trial(hub, "row-" + std::to_string(number));
    try {
      row.play(trial);
      trial.no_secret_is_out();
      trial.polls_were_short();
    } catch (const std::exception& error) {
      trial.outcome.failure = error.what();
    }
    outcome = trial.outcome;
    const std::lock_guard<std::mutex> lock(logs.mutex);
    logs.secrets.add_all(trial.secrets);
    logs.lines += trial.log_lines();
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
          {"longestPollCpuUs", outcome.longest.took.count()},
          {"stepOfLongestPollUs", outcome.longest.longest_step.count()},
          {"longestStepUs", outcome.longest_step.count()},
          {"longestRestUs", outcome.longest_rest.count()},
          {"mostSteps", outcome.most_steps},
          {"polls", outcome.polls}};
}

/// Looks through what others than the library wrote down. \return what is wrong with it, and how
/// much it was.
Json look_through(const std::vector<std::filesystem::path>& files, const test::Secrets& secrets) {
  Json looked = Json::array();
  for (const std::filesystem::path& file : files) {
    const std::string text = test::text_of(file);
    const std::string secret = secrets.found_in(text);
    const std::string failure = text.empty()      ? "nothing was written"
                                : !secret.empty() ? "a secret stands in it: " + secret
                                                  : "";
    looked.push_back({{"file", file.filename().string()},
                      {"bytes", text.size()},
                      {"ok", failure.empty()},
                      {"failure", failure}});
    std::cout << (failure.empty() ? "ok    " : "FAIL  ") << file.filename().string() << ", "
              << text.size() << " bytes: " << failure << std::endl;
  }
  return looked;
}

struct Options {
  std::string json_file;
  std::vector<std::string> wanted;  // parts of faults' names; empty: all
  std::size_t threads = 24;
  bool slow = false;  // rows that are slow as well
};

bool is_wanted(const Row& row, const Options& options) {
  if (options.wanted.empty()) {
    return options.slow || !row.slow;
  }
  return std::any_of(options.wanted.begin(), options.wanted.end(), [&](const std::string& word) {
    return row.fault.find(word) != std::string::npos;
  });
}

int run(const Options& options) {
  std::vector<std::size_t> together;
  std::vector<std::size_t> alone;
  const std::vector<Row>& rows = all_rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (is_wanted(rows[i], options)) {
      (rows[i].alone ? alone : together).push_back(i);
    }
  }
  if (together.empty() && alone.empty()) {
    throw std::runtime_error("no row has such a name");  // else a row renamed would pass unplayed
  }
  // Begun here: the hub ends with the thread that started it.
  LocalHub hub;
  std::vector<std::filesystem::path> files = transport_kind().trace(hub.directory());
  files.push_back(hub.directory() / "hub.log");
  Logs logs;
  std::vector<Outcome> outcomes(rows.size());
  std::atomic<std::size_t> next{0};
  std::mutex printing;
  const auto work = [&](std::size_t i) {
    outcomes[i] = play(rows[i], i, hub, logs);
    const std::lock_guard<std::mutex> lock(printing);
    std::cout << (outcomes[i].failure.empty() ? "ok    " : "FAIL  ") << outcomes[i].fault << ": "
              << outcomes[i].reason
              << (outcomes[i].failure.empty() ? "" : "; " + outcomes[i].failure) << std::endl;
  };
  std::vector<std::thread> crew;
  for (std::size_t i = 0; i < std::min(options.threads, together.size()); ++i) {
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
  std::cout << "looked through " << logs.lines << " lines of the log, and these, for "
            << logs.secrets.size() << " forms of keys and signatures\n";
  const Json looked = look_through(files, logs.secrets);
  failures += static_cast<std::size_t>(std::count_if(
      looked.begin(), looked.end(), [](const Json& file) { return !file.at("ok").get<bool>(); }));
  if (!options.json_file.empty()) {
    std::ofstream(options.json_file) << Json{{"transport", transport_kind().name},
                                             {"rows", all},
                                             {"logLines", logs.lines},
                                             {"secretForms", logs.secrets.size()},
                                             {"files", looked}}
                                            .dump(2)
                                     << '\n';
  }
  std::cout << all.size() << " rows, " << failures << " failed" << std::endl;
  return failures == 0 ? 0 : 1;
}

}  // namespace

}  // namespace hubtwin::faults

/// [--json FILE] [--threads N] [--slow] [part of a fault's name...]
int main(int argc, char** argv) {
  hubtwin::faults::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--json" && i + 1 < argc) {
      options.json_file = argv[++i];
    } else if (argument == "--threads" && i + 1 < argc) {
      options.threads = static_cast<std::size_t>(std::max(1, std::atoi(argv[++i])));
    } else if (argument == "--slow") {
      options.slow = true;
    } else {
      options.wanted.push_back(argument);
    }
  }
  try {
    return hubtwin::faults::run(options);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
