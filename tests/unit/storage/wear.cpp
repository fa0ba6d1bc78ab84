// SPDX-License-Identifier: MIT
//
// storage_wear [--page BYTES] [--block BYTES] [--blocks COUNT] [--endurance CYCLES]
// [NAME:BYTES:PER_DAY...]
//
// How a flash memory wears under a workload: each NAME is a record of BYTES that is replaced
// PER_DAY times a day; 0 times is one that is written once and never again. Plays the workload on
// model flash until every block was erased often enough to tell, and prints what that makes in a
// day and a year. Without records, three workloads of devices are shown. Ends with 1 when blocks
// don't wear alike or the workload doesn't fit.
#include "log_bench.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace hubtwin::test {
namespace {

struct Record {
  std::string name;
  std::size_t bytes;
  double per_day;
};

struct Options {
  FlashGeometry geometry{256, 4096, 4, 0xFF};
  double endurance = 100000;
};

class Workload {
 public:
  Workload(const Options& options, const std::vector<Record>& records)
      : options_(options), records_(records), bench_(options.geometry, 4, records.size() + 1) {}

  bool play() {
    double writes_a_day = 0;
    bool fits = bench_.reboot().ok();
    for (const Record& record : records_) {
      writes_a_day += record.per_day;
      fits = fits && write(record);
    }
    if (!fits || writes_a_day <= 0) {
      std::puts("  doesn't fit, or nothing is ever written");
      return false;
    }
    // In turn, as often as each comes: the one that is most behind.
    std::vector<double> due(records_.size());
    const std::uint32_t programs_before = bench_.flash.programs();
    const std::uint32_t least_before = least();
    double writes = 0;
    while (least() < least_before + 60 && writes < 200000) {
      for (std::size_t index = 0; index < records_.size(); ++index) {
        due[index] += records_[index].per_day / writes_a_day;
      }
      const auto next =
          static_cast<std::size_t>(std::max_element(due.begin(), due.end()) - due.begin());
      due[next] -= 1;
      ++writes;
      if (!write(records_[next])) {
        std::puts("  doesn't fit");
        return false;
      }
    }
    std::uint32_t most = 0;
    for (std::uint32_t block = 0; block < options_.geometry.blocks; ++block) {
      most = std::max(most, bench_.flash.erases(block));
    }
    const double days = writes / writes_a_day;
    const double programs = (bench_.flash.programs() - programs_before) / days;
    const double erases = (least() - least_before) / days;
    std::printf("  %-28s %8s %10s\n", "record", "bytes", "writes/day");
    for (const Record& record : records_) {
      std::printf("  %-28s %8zu %10.1f\n", record.name.c_str(), record.bytes, record.per_day);
    }
    std::printf("  in all %.1f writes and %.1f pages programmed a day\n", writes_a_day, programs);
    std::printf("  each block is erased %.3f times a day, %.0f times a year: %.1f years to %.0f\n",
                erases, erases * 365, options_.endurance / (erases * 365), options_.endurance);
    std::printf("  a write took %u calls at most; blocks differ by %u erases\n",
                bench_.most_calls(), most - least());
    return most - least() <= 2;
  }

 private:
  std::uint32_t least() const {
    std::uint32_t least = bench_.flash.erases(0);
    for (std::uint32_t block = 1; block < options_.geometry.blocks; ++block) {
      least = std::min(least, bench_.flash.erases(block));
    }
    return least;
  }
  bool write(const Record& record) {
    const auto id = static_cast<std::uint16_t>(&record - records_.data());
    return bench_.write(id, std::string(record.bytes, 'x')).ok();
  }

  Options options_;
  const std::vector<Record>& records_;
  LogBench bench_;
};

bool show(const char* title, const Options& options, const std::vector<Record>& records) {
  std::printf("%s: %u blocks of %u bytes, pages of %u\n", title, options.geometry.blocks,
              options.geometry.block_bytes, options.geometry.page_bytes);
  const bool good = Workload(options, records).play();
  std::puts("");
  return good;
}

Record parse(const std::string& text) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first + 1);
  if (second == std::string::npos) {
    throw std::invalid_argument("not NAME:BYTES:PER_DAY: " + text);
  }
  return {text.substr(0, first), std::stoul(text.substr(first + 1)),
          std::stod(text.substr(second + 1))};
}

int run(int count, char** arguments) {
  Options options;
  std::vector<Record> records;
  for (int index = 1; index < count; ++index) {
    const std::string argument = arguments[index];
    const bool option = argument.substr(0, 2) == "--";
    if (!option) {
      records.push_back(parse(argument));
      continue;
    }
    if (index + 1 == count) {
      throw std::invalid_argument("a value is missing behind " + argument);
    }
    const double value = std::stod(arguments[++index]);
    if (argument == "--page") {
      options.geometry.page_bytes = static_cast<std::uint32_t>(value);
    } else if (argument == "--block") {
      options.geometry.block_bytes = static_cast<std::uint32_t>(value);
    } else if (argument == "--blocks") {
      options.geometry.blocks = static_cast<std::uint32_t>(value);
    } else if (argument == "--endurance") {
      options.endurance = value;
    } else {
      throw std::invalid_argument("unknown option " + argument);
    }
  }
  if (!records.empty()) {
    return show("workload", options, records) ? 0 : 1;
  }
  bool good = true;
  options.geometry = {256, 4096, 4, 0xFF};
  good &= show(
      "serial flash; a change of configuration an hour, values unacknowledged for long 20 times a "
      "day",
      options,
      {{"desired section", 1200, 24}, {"reported values", 200, 40}, {"trust bundle", 2600, 0}});
  options.geometry = {64, 2048, 8, 0xFF};
  options.endurance = 10000;
  good &= show("a microcontroller's own flash; the same with smaller documents", options,
               {{"desired section", 400, 24}, {"reported values", 100, 40}});
  options.geometry = {256, 4096, 8, 0xFF};
  options.endurance = 100000;
  good &= show("serial flash; a durable message a minute, stored and removed", options,
               {{"desired section", 1200, 2}, {"messages", 180, 2880}});
  return good ? 0 : 1;
}

}  // namespace
}  // namespace hubtwin::test

int main(int count, char** arguments) {
  try {
    return hubtwin::test::run(count, arguments);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "storage_wear: %s\n", problem.what());
    return 2;
  }
}
