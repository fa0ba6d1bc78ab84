// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Log lines on a descriptor, by default the standard error stream.

#include <hubtwin/port/log.hpp>

HUBTWIN_NAMESPACE_BEGIN
namespace posix {

/// Writes `2026-01-31T12:00:00.000Z warning who: text`, one write(2) a line, so that lines of
/// several threads and processes stay whole. Control characters come out as `?`: what a line quotes
/// may have come from the network. A line that the descriptor doesn't take is lost.
class StandardErrorLog final : public Log {
 public:
  /// \param[in] most_verbose  Lines of higher levels are left out.
  /// \param[in] fd  An open descriptor; stays the caller's.
  explicit StandardErrorLog(LogLevel most_verbose = LogLevel::kInfo, int fd = 2);

  void write(LogLevel level, std::string_view who, std::string_view line) override;

 private:
  const LogLevel most_verbose_;
  const int fd_;
};

}  // namespace posix
HUBTWIN_NAMESPACE_END
