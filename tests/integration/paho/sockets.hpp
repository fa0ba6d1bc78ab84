// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The few socket calls that the tests need.

#include <cstdint>
#include <string>

/// A file descriptor with an owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }
  int get() const { return fd_; }
  void reset(int fd = -1);
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_ = -1;
};

/// A socket that listens on a free port of 127.0.0.1.
Descriptor listen_on_loopback(std::uint16_t& port);

/// A port of 127.0.0.1 on which nobody listens.
std::uint16_t free_port();

/// Reads until `size` bytes are there or the peer has closed or 10 s are over.
std::string read_bytes(int fd, std::size_t size);

/// False when the peer is gone.
bool write_bytes(int fd, const std::string& bytes);
