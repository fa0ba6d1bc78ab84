// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// ByteStream on Linux: a TCP connection.

#include <hubtwin/port/byte_stream.hpp>
#include <hubtwin/posix/event_wake.hpp>
#include <hubtwin/status.hpp>

#include <memory>

HUBTWIN_NAMESPACE_BEGIN
namespace posix {

/// A non-blocking TCP connection. Names are resolved by a short-lived thread of its own, anew for
/// each connection, so that no poll() waits for a name server; its addresses are tried one after
/// the other. SIGPIPE is never raised.
class SocketStream final : public ByteStream {
 public:
  /// An address that doesn't answer for so long is given up for the next one.
  static constexpr Duration kAddressPatience = std::chrono::seconds(10);

  /// \param[in] wake  Woken when there is something to do: the connection takes one of the
  ///                  EventWake::kMaxWatched descriptors that it can watch. Outlives this.
  explicit SocketStream(EventWake& wake);
  ~SocketStream();
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  Status open(std::string_view host, std::uint16_t port) override;
  Result<bool> advance(MonotonicTime now) override;
  Result<std::size_t> read(ByteSpan room) override;
  Result<std::size_t> write(ByteView bytes) override;
  void close() override;
  MonotonicTime next_deadline() const override { return deadline_; }

  /// For an event loop of the application's own: what poll(2) is to wait for on fd().
  short wanted() const { return watched_; }
  /// The connection's descriptor, which stays this object's; -1 without one. Also for socket
  /// options.
  int fd() const { return fd_; }

 private:
  class Lookup;

  Status try_next_address(MonotonicTime now);
  Result<bool> look_whether_connected(MonotonicTime now);
  Status failed(Status reason);
  void watch(int events);
  void drop_socket();

  EventWake& wake_;
  std::shared_ptr<Lookup> lookup_;  // while open and not connected
  Status last_failure_;             // of an address
  MonotonicTime deadline_ = kNever;
  int fd_ = -1;
  short watched_ = 0;
  bool resolved_ = false;
  bool connected_ = false;
};

}  // namespace posix
HUBTWIN_NAMESPACE_END
