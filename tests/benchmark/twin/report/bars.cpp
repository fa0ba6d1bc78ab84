// SPDX-License-Identifier: MIT
#include "bars.hpp"

#include <algorithm>

namespace hubtwin::benchmark {
namespace {

// A figure of ours in a list of them, if it was measured.
class Bars {
 public:
  explicit Bars(const Figures& figures) : figures_(figures) {}

  void at_most(const std::string& name, const Place& place, double divisor, double bar, int digits,
               std::optional<double> aim = std::nullopt) {
    add({name, 0, bar, aim, false, digits}, place, divisor);
  }
  void at_least(const std::string& name, const Place& place, double bar,
                std::optional<double> aim = std::nullopt) {
    add({name, 0, bar, aim, true, 2}, place, 1);
  }
  std::vector<Bar> take() { return std::move(bars_); }

 private:
  void add(Bar bar, const Place& place, double divisor) {
    if (const std::optional<double> figure = figures_.at(place)) {
      bar.name += ", " + place.size;
      bar.name += ", " + place.target;
      bar.measured = *figure / divisor;
      bars_.push_back(bar);
    }
  }

  const Figures& figures_;
  std::vector<Bar> bars_;
};

}  // namespace

std::vector<Bar> bars_of(const Figures& figures) {
  Bars bars(figures);
  const std::string& host = figures.host();
  const struct {
    const char* size;
    double held;
  } held_bars[] = {{"small", 224}, {"medium", 9500}, {"large", 58000}};
  for (const std::string& target : {host, std::string("armhf")}) {
    for (const auto& [size, held] : held_bars) {
      bars.at_most("bytes held", {target, "memory", size, kOurs, "held"}, 1, held, 0);
    }
    for (const char* size : kSizes) {
      bars.at_most("peak above held, first reading", {target, "memory", size, kOurs, "peak"}, 1,
                   1200, 0);
    }
    bars.at_most("growth by 100 patches, %", {target, "memory", "medium", kOurs, "growth-percent"},
                 1, 5, 1);
  }
  for (const char* size : {"medium", "large"}) {
    bars.at_least("take in, x RapidJSON DOM", {host, "read", size, kOurs, "speed"}, 1, 1.2);
  }
  bars.at_least("apply a patch, x RapidJSON DOM", {host, "patches", "medium", kOurs, "speed"}, 1.5,
                3);
  for (const char* size : {"medium", "large"}) {
    bars.at_least("write reported, x RapidJSON DOM", {host, "write", size, kOurs, "speed"}, 1);
  }
  for (const char* size : {"medium", "large"}) {
    bars.at_most("read, instructions a byte", {"cortex-m4", "read", size, kOurs, "instructions"},
                 static_cast<double>(figures.twin_bytes(size)), 36, 1, 25);
  }
  bars.at_most("apply a patch, instructions",
               {"cortex-m4", "patches", "medium", kOurs, "instructions"},
               static_cast<double>(figures.patches("medium")), 4500, 0, 2500);
  return bars.take();
}

}  // namespace hubtwin::benchmark
