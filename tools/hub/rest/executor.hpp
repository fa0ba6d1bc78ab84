// SPDX-License-Identifier: MIT
#pragma once
/// \file
/// How the REST threads reach the one thread that owns the hub.

#include <functional>

namespace hubtwin::hub {

class Hub;

namespace rest {

/// Hands work to the hub's thread.
class Executor {
 public:
  virtual ~Executor() = default;

  /// Queues `work` for the hub's thread, wakes that thread and returns at once. Callable from any
  /// thread. Once the hub is closing, work is destroyed without being run: whoever waits for it
  /// holds a promise inside the work and sees that promise broken.
  virtual void run(std::function<void(Hub&)> work) = 0;
};

}  // namespace rest
}  // namespace hubtwin::hub
