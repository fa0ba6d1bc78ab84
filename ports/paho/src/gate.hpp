// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What all transports of a process share, because Paho C keeps one lock and one pair of threads
/// for all its clients.

#include <hubtwin/config.hpp>

#include <atomic>
#include <memory>

HUBTWIN_NAMESPACE_BEGIN
namespace paho {

/// Tells when a call to Paho can't be held up by one of our own clients. Paho resolves names and
/// reads trust stores with its lock held; a thread that must not wait therefore calls Paho only
/// inside the gate, which is shut meanwhile.
class Gate {
 public:
  static Gate& of_process();

  /// Never waits. False while the gate is shut; after true, leave() must follow.
  bool try_enter() {
    inside_.fetch_add(1);
    if (shut_.load() == 0) {
      return true;
    }
    leave();
    return false;
  }
  void leave() { inside_.fetch_sub(1); }

  /// Shuts the gate and waits until nobody is inside. May be nested by several threads.
  void shut();
  void open() { shut_.fetch_sub(1); }

 private:
  // Both sequentially consistent: either the one who enters sees that the gate is shut, or the one
  // who shuts it sees that somebody is inside.
  std::atomic<int> shut_{0};
  std::atomic<int> inside_{0};
};

/// Keeps Paho's threads from being stopped between two links. Paho stops them when its last client
/// is destroyed; a client made meanwhile may find them still "running" and then wait for ever.
/// Making it and letting go of the last one may wait up to about a second.
std::shared_ptr<void> keep_paho_running();

}  // namespace paho
HUBTWIN_NAMESPACE_END
