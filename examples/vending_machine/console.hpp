// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the machine says, one line at a time: who, then what. Where it says it, the program
/// decides.

#include <hubtwin/contract.hpp>
#include <hubtwin/port/log.hpp>
#include <hubtwin/session/session.hpp>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace vending {

using Console = hubtwin::Log;

inline void say(Console& console, std::string_view who,
                std::initializer_list<hubtwin::LogPart> what) {
  hubtwin::write_log(console, hubtwin::LogLevel::kInfo, who, what);
}

/// A change of connection in words.
inline void say(Console& console, std::string_view who, const hubtwin::ConnectionStatus& status) {
  const bool old_news = status.state == hubtwin::ConnectionState::kConnecting ||
                        status.state == hubtwin::ConnectionState::kClosed;
  const bool has_reason = !status.reason.ok() && !old_news;
  const std::string_view state = to_string(status.state);
  const std::string_view colon = has_reason ? ": " : "";
  const std::string_view reason = has_reason ? to_string(status.reason.error()) : "";
  if (status.state == hubtwin::ConnectionState::kWaitingToRetry) {
    const std::int64_t attempt = std::int64_t{status.attempt} + 1;
    const std::int64_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(status.next_retry_in).count();
    say(console, who, {state, colon, reason, ", attempt ", attempt, " in ", seconds, " s"});
  } else {
    say(console, who, {state, colon, reason});
  }
}

/// For calls that can't fail with the capacities of this program.
inline void must(hubtwin::Status status) {
  if (!status.ok()) {
    hubtwin::contract_violated(to_string(status.error()));
  }
}

}  // namespace vending
