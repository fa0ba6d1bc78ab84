// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What stands between client and hub to count: bytes and segments as the kernel's TCP counts them.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>

namespace hubtwin::liveness {

/// Of one connection, both directions together.
struct Traffic {
  std::uint64_t bytes = 0;     ///< What TCP carries: records of TLS.
  std::uint64_t segments = 0;  ///< Acknowledgements without bytes included.
  std::uint64_t words = 0;     ///< How often the client said something.

  /// With the heads of IPv4 (20 bytes) and TCP (20 bytes, and 12 of time stamps).
  std::uint64_t on_the_wire() const { return bytes + 52 * segments; }
  Traffic operator-(const Traffic& other) const {
    return {bytes - other.bytes, segments - other.segments, words - other.words};
  }
};

/// Passes one connection after the other on to a port of loopback, in segments of Ethernet's size.
class Relay {
 public:
  /// Throws std::system_error when the system refuses.
  explicit Relay(std::uint16_t to);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::uint16_t port() const { return port_; }
  /// Of the present connection, or the last one.
  Traffic traffic();

 private:
  void run();
  void pass(int client);
  void note(int client);

  std::uint16_t to_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  Traffic traffic_;  // guarded
  std::thread thread_;
};

}  // namespace hubtwin::liveness
