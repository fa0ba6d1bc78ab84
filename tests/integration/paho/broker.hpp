// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A Mosquitto of the test's own.

#include <cstdint>
#include <string>

#include <sys/types.h>

/// Runs from construction to destruction, on loopback.
class Broker {
 public:
  /// Plain TCP on a free port.
  Broker() : Broker("", "", 0) {}
  /// TLS with a PEM file of certificate and key, on a free port.
  Broker(const std::string& certificate_file, const std::string& key_file)
      : Broker(certificate_file, key_file, 0) {}
  /// Plain TCP on a given port, for a broker that comes back.
  explicit Broker(std::uint16_t port) : Broker("", "", port) {}
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  std::uint16_t port() const { return port_; }

  /// Ends it without a word to anybody.
  void kill();
  /// Leaves it alive and silent, as a cable that was pulled.
  void freeze();

 private:
  Broker(const std::string& certificate_file, const std::string& key_file, std::uint16_t port);
  bool start(const std::string& certificate_file, const std::string& key_file);

  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};
