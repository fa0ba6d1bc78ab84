// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Port: time.

#include <hubtwin/time.hpp>

#include <optional>

HUBTWIN_NAMESPACE_BEGIN

/// Tells time. A device without a real-time clock answers "not known yet" for UTC, and the client
/// waits instead of signing tokens for 1970.
class Clock {
 public:
  /// Monotonic time: never goes back, goes on while the device sleeps, 64 bits. Resolution of
  /// 1 ms is wanted, 100 ms will do. May be called often; doesn't block.
  virtual MonotonicTime now() = 0;

  /// UTC to about a second, or nothing while it isn't known or not trusted. It may step in either
  /// direction; only tokens and certificates depend on it.
  virtual std::optional<UtcTime> utc() = 0;

 protected:
  ~Clock() = default;
};

HUBTWIN_NAMESPACE_END
