// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Port: a sink for log lines, and the macros that compile away.

#include <hubtwin/config.hpp>

#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// How much a line matters.
enum class LogLevel : std::uint8_t { kError = 1, kWarning = 2, kInfo = 3, kDebug = 4 };

/// Takes log lines. Secrets never reach it: their type can't be turned into text.
class Log {
 public:
  /// One line without a line end, at most kMaxLogLine characters; longer ones are cut. The text
  /// lives until the call returns. Must not call the client that logs.
  /// \param[in] who  Client id, or empty where no client is concerned.
  virtual void write(LogLevel level, std::string_view who, std::string_view line) = 0;

 protected:
  ~Log() = default;
};

/// Longest line that reaches a sink, in characters.
constexpr std::size_t kMaxLogLine = 120;

/// Writes `parts` as one line: text as it stands, numbers in decimal. Null sink: nothing.
class LogLine {
 public:
  LogLine(Log* log, LogLevel level, std::string_view who) : log_(log), level_(level), who_(who) {}
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;
  ~LogLine() {
    if (log_ != nullptr) {
      log_->write(level_, who_, std::string_view(text_, size_));
    }
  }

  LogLine& operator<<(std::string_view text);
  LogLine& operator<<(std::int64_t number);

 private:
  Log* log_;
  LogLevel level_;
  std::string_view who_;
  char text_[kMaxLogLine];
  std::size_t size_ = 0;
};

HUBTWIN_NAMESPACE_END

/// Used as HUBTWIN_LOG(kInfo, log_pointer, client_id) << "text" << number; costs nothing above
/// HUBTWIN_LOG_LEVEL.
#define HUBTWIN_LOG(level, log, who)                                               \
  if constexpr (static_cast<int>(::hubtwin::LogLevel::level) <= HUBTWIN_LOG_LEVEL) \
    if (::hubtwin::Log* hubtwin_log_sink_ = (log); hubtwin_log_sink_ != nullptr)   \
  ::hubtwin::LogLine(hubtwin_log_sink_, ::hubtwin::LogLevel::level, (who))
