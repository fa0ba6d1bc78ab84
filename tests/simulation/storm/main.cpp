// SPDX-License-Identifier: MIT

/// \file
/// Plays the storms, prints their curves, and says which promise was broken.

#include "scenarios.hpp"
#include "simulation/options.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace hubtwin::storm;
using hubtwin::Duration;

constexpr const char* kUsage =
    "usage: storm [--devices N] [--rate R] [--seed S] [--outage-hours H] [--only NAME]\n"
    "             [--json FILE] [--noticed PROMISE]\n"
    "  --devices N       how many; default 10000\n"
    "  --rate R          connects a second that the hub takes; default 100\n"
    "  --seed S          default 1\n"
    "  --outage-hours H  how long the long outage is; default 1\n"
    "  --only NAME       power-on, failover, restart, silence, long-outage, renewals, rivals or\n"
    "                    deleted\n"
    "  --json FILE       writes all figures there as well\n"
    "  --noticed PROMISE success means that this was broken: for a library with a planted bug\n";

struct Options {
  Setting setting;
  std::string only;
  std::string json;
  std::string noticed;  // part of a promise; empty: none may be broken
};

bool read_number(const char* text, std::uint64_t most, std::uint64_t& number) {
  const char* const end = text + std::strlen(text);
  return std::from_chars(text, end, number).ptr == end && text != end && number != 0 &&
         number <= most;
}

bool is_known(const std::string& name) {
  for (const std::string& known : storm_names()) {
    if (name == known) {
      return true;
    }
  }
  return name == "rivals" || name == "deleted";
}

bool read_value(std::string_view name, const char* value, Options& options) {
  std::uint64_t number = 0;
  if (name == "--devices" && read_number(value, 100000, number)) {
    options.setting.devices = static_cast<std::size_t>(number);
  } else if (name == "--rate" && read_number(value, 100000, number)) {
    options.setting.connects_per_second = static_cast<unsigned>(number);
  } else if (name == "--seed" && read_number(value, UINT32_MAX, number)) {
    options.setting.seed = number;
  } else if (name == "--outage-hours" && read_number(value, 48, number)) {
    options.setting.long_outage = std::chrono::hours(number);
  } else if (name == "--only" && is_known(value)) {
    options.only = value;
  } else if (name == "--json") {
    options.json = value;
  } else if (name == "--noticed" && *value != 0) {
    options.noticed = value;
  } else {
    return false;
  }
  return true;
}

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc || !read_value(argv[i], argv[i + 1], options)) {
      return false;
    }
  }
  return true;
}

double seconds(Duration time) {
  return static_cast<double>(time.count()) / 1000;
}

void print_broken(const std::vector<std::string>& broken) {
  for (const std::string& promise : broken) {
    std::printf("  BROKEN: %s\n", promise.c_str());
  }
}

void print(const Storm& storm) {
  std::printf("%s, %s: %s; %zu devices, a hub that takes %u connects a second\n",
              storm.name.c_str(), storm.spread ? "spread" : "as it is", storm.what.c_str(),
              storm.devices, storm.connects_per_second);
  std::printf(
      "  %zu connects tried, %zu in the busiest second, %zu refused as too many;"
      " %zu twins read in the busiest second\n",
      storm.attempts, storm.busiest_second, storm.throttled, storm.twin_reads_in_busiest_second);
  if (storm.all_back != Duration(0)) {
    std::printf(
        "  since the hub serves: half are back after %.1f s, 99 %% after %.1f s, all after"
        " %.1f s; bound %.1f s\n",
        seconds(storm.half_back), seconds(storm.most_back), seconds(storm.all_back),
        seconds(storm.back_within));
  }
  const std::size_t lines = 12;
  const std::size_t each = (storm.curve.points.size() + lines - 1) / lines;
  std::printf("    %8s %12s %12s %12s %8s\n", "until s", "tried a s", "busiest s", "accepted a s",
              "up");
  for (std::size_t i = 0; i < storm.curve.points.size(); i += each) {
    Curve::Point sum;
    std::size_t count = 0;
    for (std::size_t j = i; j < i + each && j < storm.curve.points.size(); ++j, ++count) {
      const Curve::Point& point = storm.curve.points[j];
      sum.attempts += point.attempts;
      sum.accepted += point.accepted;
      sum.busiest_second = std::max(sum.busiest_second, point.busiest_second);
      sum.up = point.up;
    }
    const double span = seconds(storm.curve.step) * static_cast<double>(count);
    std::printf("    %8.0f %12.1f %12zu %12.1f %8zu\n",
                seconds(storm.curve.step) * static_cast<double>(i + count),
                static_cast<double>(sum.attempts) / span, sum.busiest_second,
                static_cast<double>(sum.accepted) / span, sum.up);
  }
  print_broken(storm.broken);
}

void print(const Quarrel& quarrel) {
  std::printf("%s: %s; %zu clients\n", quarrel.name.c_str(), quarrel.what.c_str(), quarrel.clients);
  for (std::size_t hour = 0; hour < quarrel.mean_an_hour.size(); ++hour) {
    if (hour < 8 || hour % 8 == 7) {
      std::printf("    hour %2zu: %6.2f connects of a client, %zu at most\n", hour + 1,
                  quarrel.mean_an_hour[hour], quarrel.most_an_hour[hour]);
    }
  }
  for (const auto& [what, time] : quarrel.times) {
    std::printf("  %s %.1f s\n", what.c_str(), seconds(time));
  }
  print_broken(quarrel.broken);
}

// The texts have nothing in them that JSON wants escaped.
void write(std::FILE* file, const Storm& storm, bool first) {
  std::fprintf(file,
               "%s\n{\"name\":\"%s\",\"what\":\"%s\",\"spread\":%s,\"devices\":%zu,\"rate\":%u,"
               "\"attempts\":%zu,\"busiestSecond\":%zu,\"twinReads\":%zu,\"throttled\":%zu,"
               "\"outage\":%.3f,\"halfBack\":%.3f,\"mostBack\":%.3f,\"allBack\":%.3f,"
               "\"backWithin\":%.3f,\"broken\":%zu,\"step\":%.0f,\"curve\":[",
               first ? "" : ",", storm.name.c_str(), storm.what.c_str(),
               storm.spread ? "true" : "false", storm.devices, storm.connects_per_second,
               storm.attempts, storm.busiest_second, storm.twin_reads_in_busiest_second,
               storm.throttled, seconds(storm.outage), seconds(storm.half_back),
               seconds(storm.most_back), seconds(storm.all_back), seconds(storm.back_within),
               storm.broken.size(), seconds(storm.curve.step));
  const char* between = "";
  for (const Curve::Point& point : storm.curve.points) {
    std::fprintf(file, "%s[%zu,%zu,%zu,%zu]", between, point.attempts, point.busiest_second,
                 point.accepted, point.up);
    between = ",";
  }
  std::fputs("]}", file);
}

void write(std::FILE* file, const Quarrel& quarrel, bool first) {
  std::fprintf(file,
               "%s\n{\"name\":\"%s\",\"what\":\"%s\",\"clients\":%zu,\"broken\":%zu,\"hours\":[",
               first ? "" : ",", quarrel.name.c_str(), quarrel.what.c_str(), quarrel.clients,
               quarrel.broken.size());
  for (std::size_t hour = 0; hour < quarrel.mean_an_hour.size(); ++hour) {
    std::fprintf(file, "%s[%.3f,%zu]", hour == 0 ? "" : ",", quarrel.mean_an_hour[hour],
                 quarrel.most_an_hour[hour]);
  }
  std::fputs("],\"times\":{", file);
  const char* between = "";
  for (const auto& [what, time] : quarrel.times) {
    std::fprintf(file, "%s\"%s\":%.3f", between, what.c_str(), seconds(time));
    between = ",";
  }
  std::fputs("}}", file);
}

bool write_all(const std::string& path, const std::vector<Storm>& storms,
               const std::vector<Quarrel>& quarrels) {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  if (file == nullptr) {
    return false;
  }
  std::fputs("{\"storms\":[", file);
  for (std::size_t i = 0; i < storms.size(); ++i) {
    write(file, storms[i], i == 0);
  }
  std::fputs("],\n\"quarrels\":[", file);
  for (std::size_t i = 0; i < quarrels.size(); ++i) {
    write(file, quarrels[i], i == 0);
  }
  std::fputs("]}\n", file);
  const bool good = std::ferror(file) == 0;
  return std::fclose(file) == 0 && good;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!read_options(argc, argv, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  hubtwin::simulation::throw_at_breaches();
  const auto wanted = [&](const std::string& name) {
    return options.only.empty() || options.only == name;
  };
  std::vector<std::string> broken;
  const auto note = [&](const std::vector<std::string>& more) {
    broken.insert(broken.end(), more.begin(), more.end());
  };
  std::vector<Storm> storms;
  for (const std::string& name : storm_names()) {
    for (const bool spread : {false, true}) {
      if (wanted(name)) {
        storms.push_back(play_storm(name, options.setting, spread));
        print(storms.back());
        std::fflush(stdout);
        note(storms.back().broken);
      }
    }
  }
  constexpr std::size_t kFew = 100;
  std::vector<Quarrel> quarrels;
  if (wanted("rivals")) {
    quarrels.push_back(play_rivals(kFew, options.setting.seed));
  }
  if (wanted("deleted")) {
    quarrels.push_back(play_deleted(kFew, options.setting.seed));
  }
  for (const Quarrel& quarrel : quarrels) {
    print(quarrel);
    note(quarrel.broken);
  }
  if (!options.json.empty() && !write_all(options.json, storms, quarrels)) {
    std::fprintf(stderr, "storm: %s can't be written\n", options.json.c_str());
    return 2;
  }
  std::printf("%zu promises broken\n", broken.size());
  if (options.noticed.empty()) {
    return broken.empty() ? 0 : 1;
  }
  const bool noticed = std::any_of(broken.begin(), broken.end(), [&](const std::string& promise) {
    return promise.find(options.noticed) != std::string::npos;
  });
  return noticed ? 0 : 1;
}
