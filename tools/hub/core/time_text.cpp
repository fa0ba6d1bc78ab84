// SPDX-License-Identifier: MIT
#include "tools/hub/core/time_text.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <ratio>

namespace hubtwin::hub {

std::string to_iso8601(TimePoint time) {
  using Ticks = std::chrono::duration<long long, std::ratio<1, 10000000>>;
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto ticks = std::chrono::duration_cast<Ticks>(time - whole).count();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%07lldZ",
                parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                parts.tm_sec, ticks);
  return text.data();
}

}  // namespace hubtwin::hub
