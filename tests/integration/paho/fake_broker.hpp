// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A server that says what a test wants, however wrong.

#include "sockets.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

/// Takes one connection on a thread of its own and plays a script with it; the connection is closed
/// when the script ends.
class FakeBroker {
 public:
  /// What the script acts on.
  class Connection {
   public:
    explicit Connection(int fd) : fd_(fd) {}
    /// The next packet, whole; empty when the client has closed.
    std::string read_packet() const;
    bool write(const std::string& bytes) const { return write_bytes(fd_, bytes); }
    /// Reads and forgets until the client closes.
    void read_all() const;

   private:
    int fd_;
  };

  explicit FakeBroker(std::function<void(const Connection&)> script);
  ~FakeBroker();

  std::uint16_t port() const { return port_; }

  /// A CONNACK.
  static std::string connack(int code, bool session_present = false);
  /// A PUBLISH; with QoS 1 when `id` isn't 0.
  static std::string publish(const std::string& topic, const std::string& payload,
                             std::uint16_t id = 0, bool duplicate = false);
  /// The packet id of a PUBLISH with QoS 1 or of a SUBSCRIBE, as it stands on the wire.
  static std::string packet_id_of(const std::string& packet);

 private:
  std::uint16_t port_ = 0;
  Descriptor listener_;
  Descriptor stop_reader_;
  Descriptor stop_writer_;
  std::thread thread_;
};
