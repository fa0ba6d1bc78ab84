// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A second port to see docs/porting.md through: a ByteStream over UNIX sockets.

#include <hubtwin/port/byte_stream.hpp>
#include <hubtwin/posix/event_wake.hpp>
#include <hubtwin/status.hpp>

#include <string>

namespace hubtwin::conformance {

/// Connects to the socket `<folder>/<port>`, whatever the host is called.
class UnixStream final : public ByteStream {
 public:
  /// A peer whose queue of connections is full is given up after so long.
  static constexpr Duration kPatience = std::chrono::seconds(10);

  /// \param[in] wake  Outlives this.
  UnixStream(std::string folder, posix::EventWake& wake);
  ~UnixStream();
  UnixStream(const UnixStream&) = delete;
  UnixStream& operator=(const UnixStream&) = delete;

  Status open(std::string_view host, std::uint16_t port) override;
  Result<bool> advance(MonotonicTime now) override;
  Result<std::size_t> read(ByteSpan room) override;
  Result<std::size_t> write(ByteView bytes) override;
  void close() override;
  MonotonicTime next_deadline() const override { return deadline_; }

 private:
  Status failed(int code);
  void watch(int events);

  const std::string folder_;
  posix::EventWake& wake_;
  std::string path_;
  MonotonicTime give_up_at_ = kNever;
  MonotonicTime deadline_ = kNever;
  int fd_ = -1;
  int watched_ = 0;
  bool connected_ = false;
};

}  // namespace hubtwin::conformance
