// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Wakes the broker's loop from other threads.

#include <functional>
#include <memory>
#include <string>

namespace hubtwin::hub {

/// A standing MQTT connection to the broker's own Unix socket. The broker sleeps in its loop up to
/// 100 ms; a PINGREQ from here ends the sleep, and TICK follows. Without the connection all works,
/// only later.
class Waker {
 public:
  Waker(std::string socket_path, const std::string& client_id, const std::string& password);
  ~Waker();
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  /// Begins to connect, on a thread of its own; retries and reconnects until destruction.
  /// `on_ready` runs once, on that thread, when the broker has accepted the connection: its
  /// listeners are then open.
  void start(std::function<void()> on_ready);

  /// Any thread, also before start(); never waits for the network.
  void wake();

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace hubtwin::hub
