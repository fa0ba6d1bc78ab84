// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// When reported values are sent.

#include <hubtwin/config.hpp>
#include <hubtwin/time.hpp>

#include <cstddef>

HUBTWIN_NAMESPACE_BEGIN

/// When what is staged is sent, unless Twin::flush() asks for it at once. With the defaults the
/// first value after a quiet time goes at once, and what follows within a second goes together.
struct FlushPolicy {
  /// Least time from the beginning of one flush to that of the next. Zero to one day.
  Duration least_interval = std::chrono::seconds(1);
  /// How long the first value staged may wait for others to go with it. Zero to one day; zero: it
  /// goes as soon as the least interval allows.
  Duration longest_delay{0};
  /// A flush begins, whatever the times say, as soon as what is staged makes update bodies of so
  /// many bytes; 0: never for that.
  std::size_t most_bytes = 0;
};

HUBTWIN_NAMESPACE_END
