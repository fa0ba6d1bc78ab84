// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A relay on this computer: the network between a real transport and a real hub, to be broken.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hubtwin::conformance {

/// Passes bytes on, unread, between those who connect to port() and a port of 127.0.0.1. Works in a
/// thread of its own; all functions may be called from another.
class Relay {
 public:
  /// \param[in] socket_folder  Empty: listens on a free TCP port of loopback. Otherwise on the UNIX
  ///            socket `<socket_folder>/<port()>`, the number being free there.
  explicit Relay(std::uint16_t target_port, std::string socket_folder = "");
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// Where it listens, reachable or not.
  std::uint16_t port() const { return port_; }
  /// False: nobody listens any more, connecting is refused. Connections that stand stay.
  void set_reachable(bool reachable);
  /// Resets all connections, towards both ends.
  void cut();

 private:
  struct Connection {
    int client = -1;
    int target = -1;
  };

  void listen_anywhere();
  void listen_on_port();
  void listen_on_socket();
  void stop_listening();
  std::string socket_path() const { return socket_folder_ + "/" + std::to_string(port_); }
  void run();
  void accept_one();
  static bool pass(int from, int to);
  void wake();

  const std::uint16_t target_port_;
  const std::string socket_folder_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;  // guards what follows
  int listener_ = -1;
  bool cut_wanted_ = false;
  std::vector<Connection> connections_;
  std::atomic<bool> ending_{false};
  int wake_ = -1;
  std::thread thread_;
};

}  // namespace hubtwin::conformance
