// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// When to repeat a request that the hub answered with "later", or not at all.

#include <hubtwin/session/context.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// Draws the waits between tries of one kind of request. A server error or a missing answer waits
/// an even-spread time up to a bound that doubles from 1 s to 1 min; throttling waits at least half
/// of a bound that doubles from 10 s to 10 min, since the hub counts what it refuses, too.
class RequestBackoff {
 public:
  /// The wait before the next try after one that failed for `reason`.
  Duration next(Error reason, const Context& context);
  /// A try succeeded.
  void reset() { failures_ = 0; }
  /// Tries that failed in a row.
  std::uint8_t failures() const { return failures_; }

 private:
  static constexpr Duration kBase = std::chrono::seconds(1);
  static constexpr Duration kCap = std::chrono::minutes(1);
  static constexpr std::uint8_t kThrottledFactor = 10;

  std::uint8_t failures_ = 0;
};

HUBTWIN_NAMESPACE_END
