// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Port: a sink for log lines, and the macros that compile away.

#include <hubtwin/config.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
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

/// A piece of a line: text as it stands, or a number in decimal. Lives as long as what it was made
/// from, which is the call that it is a part of.
class LogPart {
 public:
  // NOLINTBEGIN: implicit, so that a list of parts reads as a line
  constexpr LogPart(std::string_view text) : data_(text.data()), size_(text.size()) {}
  constexpr LogPart(const char* text) : LogPart(std::string_view(text)) {}
  constexpr LogPart(const std::int64_t& number) : data_(&number), size_(kNumber) {}
  // NOLINTEND

 private:
  friend void write_log(Log& log, LogLevel level, std::string_view who,
                        std::initializer_list<LogPart> parts);
  static constexpr std::size_t kNumber = static_cast<std::size_t>(-1);

  const void* data_;
  std::size_t size_;
};

/// Writes the parts as one line. A function of its own, so that the line's memory isn't in the
/// frame of everyone who might have something to tell.
void write_log(Log& log, LogLevel level, std::string_view who,
               std::initializer_list<LogPart> parts);

HUBTWIN_NAMESPACE_END

/// Used as HUBTWIN_LOG(kInfo, log_pointer, client_id, "text", number); the parts are evaluated only
/// where there is a sink, and above HUBTWIN_LOG_LEVEL nothing is left.
#define HUBTWIN_LOG(level, log, who, ...)                                                  \
  do {                                                                                     \
    if constexpr (static_cast<int>(::hubtwin::LogLevel::level) <= HUBTWIN_LOG_LEVEL) {     \
      if (::hubtwin::Log* const hubtwin_log_sink_ = (log); hubtwin_log_sink_ != nullptr) { \
        ::hubtwin::write_log(*hubtwin_log_sink_, ::hubtwin::LogLevel::level, (who),        \
                             {__VA_ARGS__});                                               \
      }                                                                                    \
    }                                                                                      \
  } while (false)
