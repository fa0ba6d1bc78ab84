// SPDX-License-Identifier: MIT

/// \file
/// Plays days in virtual time and tells what they were made of.

#include "days.hpp"
#include "simulation/options.hpp"

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

namespace {

using namespace hubtwin::simulation;

constexpr const char* kUsage =
    "usage: simulated_days [--days N] [--modules N] [--seed S] [--utc SECONDS] [--csv FILE]\n"
    "                      [--power] [--trace] [--twice] [--noticed]\n"
    "  --days N       default 1\n"
    "  --modules N    beside the device; default 20\n"
    "  --seed S       of all that happens; default 1\n"
    "  --utc SECONDS  since 1970, at the start; default 1793491200\n"
    "  --csv FILE     where the memory in use at each midnight is written to\n"
    "  --power        all clients store in one log, and power fails every hour or so\n"
    "  --trace        tell the last thousand things that happened\n"
    "  --twice        play them twice: both must be the same to the last line\n"
    "  --noticed      success means that something broke: for a library with a planted bug\n";

constexpr std::size_t kTold = 1000;

struct Options {
  std::uint64_t days = 1;
  std::uint64_t modules = 20;
  std::uint64_t seed = 1;
  std::uint64_t utc = 0;
  const char* csv = nullptr;
  bool power = false;
  bool trace = false;
  bool twice = false;
  bool noticed = false;
};

bool read_flag(std::string_view name, Options& options) {
  if (name == "--trace") {
    options.trace = true;
  } else if (name == "--power") {
    options.power = true;
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
  if (name == "--csv") {
    options.csv = value;
    return true;
  }
  return (name == "--days" && read_number(value, options.days)) ||
         (name == "--modules" && read_number(value, options.modules)) ||
         (name == "--seed" && read_number(value, options.seed)) ||
         (name == "--utc" && read_number(value, options.utc));
}

void tell(const Options& options, const Days& days) {
  const DaysFigures& sum = days.figures;
  const Counts& counts = sum.counts;
  const std::uint64_t clients = options.modules + 1;
  const auto line = [](const char* what, std::uint64_t number) {
    std::printf("%-58s %10" PRIu64 "\n", what, number);
  };
  line("days", options.days);
  line("clients under one poll()", clients);
  line("links", counts.links);
  if (options.power) {
    line("power cuts", counts.power_cuts);
    line("writes in the middle of another client's", counts.crossings);
    line("sections told before any network", counts.kept_sections);
    line("reported values staged again", counts.kept_values);
    line("messages sent again after a power cut", counts.kept_messages);
  } else {  // clients count since they were made
    line("links lost", sum.lost_links);
    line("tokens renewed by plan", sum.renewals);
    line("fewest tokens renewed by a client", sum.least_renewals);
  }
  line("desired changes by the back end", sum.desired_changes);
  line("changes told to handlers", counts.changes);
  line("reported updates that came to the hub", sum.updates);
  line("twins read", sum.gets);
  line("messages accepted by send()", counts.telemetry);
  line("messages that came to the hub, those sent again included", sum.received);
  line("polls a client and day", sum.polls / options.days / clients);
  line("monotonic time at the end, ms", sum.monotonic);
  if (days.midnights.empty()) {
    return;
  }
  const Fill& first = days.midnights.front();
  const Fill& last = days.midnights.back();
  const auto fill = [](const char* what, std::size_t one, std::size_t other) {
    std::printf("%-44s first day %6zu, last day %6zu\n", what, one, other);
  };
  fill("most bytes of a desired arena in use", first.desired_peak, last.desired_peak);
  fill("most bytes of a reported arena in use", first.reported_peak, last.reported_peak);
  fill("most bytes waiting in an outbox", first.outbox_peak, last.outbox_peak);
  fill("bytes of the document memory written to", first.document, last.document);
}

bool write_csv(const char* name, const Days& days) {
  std::ofstream file(name);
  file << "day,desired peak,desired,reported peak,reported,outbox peak,document\n";
  unsigned day = 0;
  for (const Fill& fill : days.midnights) {
    file << ++day << ',' << fill.desired_peak << ',' << fill.desired << ',' << fill.reported_peak
         << ',' << fill.reported << ',' << fill.outbox_peak << ',' << fill.document << '\n';
  }
  return file.flush().good();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!read_arguments(argc, argv, options) || options.modules > 1000 || options.days > 10000) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  throw_at_breaches();
  DaysSetting setting;
  setting.seed = options.seed;
  setting.length = std::chrono::hours(24 * options.days);
  setting.modules = static_cast<std::uint32_t>(options.modules);
  setting.power_fails = options.power;
  setting.utc = hubtwin::UtcTime(std::chrono::seconds(options.utc));
  setting.trace = options.trace || options.twice;
  const auto tell_day = [](unsigned day) {
    std::fprintf(stderr, "%u %s over\n", day, day == 1 ? "day" : "days");
  };
  Days days = play_days(setting, tell_day);
  if (options.twice && days.failure.empty() && play_days(setting, tell_day).trace != days.trace) {
    days.failure = "the same days went another way the second time";
  }
  const std::size_t lines = days.trace.size();
  for (std::size_t i = lines > kTold ? lines - kTold : 0; options.trace && i < lines; ++i) {
    std::printf("  %s\n", days.trace[i].c_str());
  }
  tell(options, days);
  if (options.csv != nullptr && !write_csv(options.csv, days)) {
    std::fprintf(stderr, "%s can't be written\n", options.csv);
    return 1;
  }
  if (!days.failure.empty()) {
    std::printf("BROKEN: %s\n", days.failure.c_str());
    return options.noticed ? 0 : 1;
  }
  std::printf("all twins equal, no %s message lost, nothing leaked\n",
              options.power ? "stored" : "accepted");
  return options.noticed ? 1 : 0;
}
