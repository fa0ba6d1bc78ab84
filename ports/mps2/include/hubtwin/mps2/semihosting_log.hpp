// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A log sink on the emulator's standard error.

#include <hubtwin/port/log.hpp>

HUBTWIN_NAMESPACE_BEGIN
namespace mps2 {

/// Lines with their level, and control characters as question marks. For the emulator only; see
/// semihosting.hpp.
class SemihostingLog final : public Log {
 public:
  /// \param[in] most_verbose  What is more verbose is left out.
  explicit SemihostingLog(LogLevel most_verbose = LogLevel::kInfo) : most_verbose_(most_verbose) {}
  void write(LogLevel level, std::string_view who, std::string_view line) override;

 private:
  LogLevel most_verbose_;
};

}  // namespace mps2
HUBTWIN_NAMESPACE_END
