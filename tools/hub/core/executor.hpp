// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The way into the hub from other threads.

#include <functional>

namespace hubtwin::hub {

class Hub;

/// Implemented by whoever owns the hub's thread; safe to call on any other.
class Executor {
 public:
  virtual ~Executor() = default;

  /// Queues `job` for the hub's thread and wakes it. False when the hub is stopping; the job is
  /// then dropped. A job that was queued may also be destroyed unrun by a stop: a waiter on a
  /// std::future whose promise the job owns gets std::future_errc::broken_promise and answers 503.
  virtual bool run(std::function<void(Hub&)> job) = 0;
};

}  // namespace hubtwin::hub
