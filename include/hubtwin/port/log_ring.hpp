// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The last log lines, kept for a support bundle.

#include <hubtwin/bytes.hpp>
#include <hubtwin/port/clock.hpp>
#include <hubtwin/port/log.hpp>
#include <hubtwin/time.hpp>

#include <cstddef>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// A line as it was logged. The texts live until the ring is written to or ends.
struct LogRecord {
  MonotonicTime time{};
  LogLevel level = LogLevel::kDebug;
  std::string_view who;   ///< Client id; empty where no client is concerned.
  std::string_view text;  ///< At most kMaxLogLine characters.
};

/// A sink that keeps the last lines in memory of the caller's, the oldest making way for new ones:
/// what a device did before it called for help. Give it to the Context as Ports::log. Lines above
/// HUBTWIN_LOG_LEVEL aren't there, and no secret ever is.
class LogRing final : public Log {
 public:
  /// Least memory, in bytes: room for one line of kMaxLogLine characters.
  static constexpr std::size_t kLeastMemory = 160;

  /// \param[in] clock   Tells the time of each line; outlives the ring.
  /// \param[in] memory  kLeastMemory or more; some 60 bytes a line. Outlives the ring.
  /// \param[in] next    Gets each line as well, e.g. a console; may be null. Outlives the ring.
  LogRing(Clock& clock, ByteSpan memory, Log* next = nullptr);
  LogRing(const LogRing&) = delete;
  LogRing& operator=(const LogRing&) = delete;

  /// As in Log. A `who` longer than 24 characters is cut in the ring.
  void write(LogLevel level, std::string_view who, std::string_view line) override;

  /// Calls `visit` with each LogRecord, oldest first. \pre `visit` logs nothing into this ring.
  template <class Visit>
  void for_each(Visit visit) const {
    std::size_t at = 0;
    while (at < size_) {
      visit(read(at));
    }
  }

  /// Lines that made way for newer ones.
  std::size_t dropped() const { return dropped_; }
  /// Forgets all lines, and how many were dropped.
  void clear();

 private:
  /// The record at a place, which becomes that of the next one.
  LogRecord read(std::size_t& at) const;

  Clock& clock_;
  ByteSpan memory_;
  Log* next_;
  std::size_t size_ = 0;
  std::size_t dropped_ = 0;
};

HUBTWIN_NAMESPACE_END
