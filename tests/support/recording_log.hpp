// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A log that remembers its lines.

#include <hubtwin/port/log.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hubtwin::test {

/// Whether this build's library says anything in a log; at level 0 it is silent.
constexpr bool kLogs = HUBTWIN_LOG_LEVEL > 0;

/// Keeps every line, so that a test can look for what must, or must never, stand in it.
class RecordingLog final : public Log {
 public:
  struct Line {
    LogLevel level;
    std::string who;
    std::string text;
  };

  void write(LogLevel level, std::string_view who, std::string_view line) override {
    lines_.push_back({level, std::string(who), std::string(line)});
  }

  const std::vector<Line>& lines() const { return lines_; }

  /// Whether any line, or any name of who wrote it, contains `text`.
  bool contains(std::string_view text) const {
    for (const Line& line : lines_) {
      if (line.text.find(text) != std::string::npos || line.who.find(text) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  void clear() { lines_.clear(); }

 private:
  std::vector<Line> lines_;
};

}  // namespace hubtwin::test
