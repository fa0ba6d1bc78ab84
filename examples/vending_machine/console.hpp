// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the machine says, one line at a time: who, then what.

#include <hubtwin/session/session.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace vending {

inline void say(std::string_view who, const std::string& what) {
  std::printf("%-20.*s %s\n", static_cast<int>(who.size()), who.data(), what.c_str());
  std::fflush(stdout);
}

/// A change of connection in words.
inline std::string describe(const hubtwin::ConnectionStatus& status) {
  std::string text = to_string(status.state);
  const bool old_news = status.state == hubtwin::ConnectionState::kConnecting ||
                        status.state == hubtwin::ConnectionState::kClosed;
  if (!status.reason.ok() && !old_news) {
    text += std::string(": ") + to_string(status.reason.error());
  }
  if (status.state == hubtwin::ConnectionState::kWaitingToRetry) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(status.next_retry_in);
    text += ", attempt " + std::to_string(status.attempt + 1) + " in " +
            std::to_string(seconds.count()) + " s";
  }
  return text;
}

/// For calls that can't fail with the capacities of this program.
inline void must(hubtwin::Status status) {
  if (!status.ok()) {
    std::fprintf(stderr, "vending_machine: %s\n", to_string(status.error()));
    std::abort();
  }
}

}  // namespace vending
