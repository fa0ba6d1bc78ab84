// SPDX-License-Identifier: MIT
#include "unix_stream.hpp"

#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace hubtwin::conformance {

namespace {

// A full queue of connections tells nobody when there is room again.
constexpr Duration kPause = std::chrono::milliseconds(20);

Error reason_of(int code) {
  switch (code) {
    case ECONNREFUSED:
    case ENOENT:
      return Error::kConnectRefused;
    case ECONNRESET:
    case EPIPE:
      return Error::kLinkLost;
    default:
      return Error::kNetworkFailed;
  }
}

bool would_wait(int code) {
  return code == EAGAIN || code == EINTR;
}

}  // namespace

UnixStream::UnixStream(std::string folder, posix::EventWake& wake)
    : folder_(std::move(folder)), wake_(wake) {}

UnixStream::~UnixStream() {
  close();
}

Status UnixStream::open(std::string_view, std::uint16_t port) {
  if (fd_ >= 0) {
    return Error::kWrongState;
  }
  path_ = folder_ + "/" + std::to_string(port);
  if (path_.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error::kNoSpace;
  }
  fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) {
    return failed(errno);
  }
  const Status watched = wake_.watch(fd_, 0);
  if (!watched.ok()) {
    close();
  }
  return watched;
}

Result<bool> UnixStream::advance(MonotonicTime now) {
  if (fd_ < 0) {
    return Error::kWrongState;
  }
  if (connected_) {
    return true;
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    connected_ = true;
    deadline_ = kNever;
    watch(POLLIN);
    return true;
  }
  if (!would_wait(errno)) {
    return failed(errno);
  }
  if (give_up_at_ == kNever) {
    give_up_at_ = after(now, kPatience);
  }
  if (now >= give_up_at_) {
    close();
    return Error::kConnectTimeout;
  }
  deadline_ = after(now, kPause);
  return false;
}

// What is read to its end is watched; what isn't will be read again without being told.
Result<std::size_t> UnixStream::read(ByteSpan room) {
  if (!connected_) {
    return Error::kWrongState;
  }
  if (room.empty()) {
    return std::size_t{0};
  }
  const ssize_t size = recv(fd_, room.data(), room.size(), 0);
  if (size > 0) {
    watch(watched_ & ~POLLIN);
    return static_cast<std::size_t>(size);
  }
  if (size < 0 && would_wait(errno)) {
    watch(watched_ | POLLIN);
    return std::size_t{0};
  }
  return failed(size == 0 ? EPIPE : errno);
}

Result<std::size_t> UnixStream::write(ByteView bytes) {
  if (!connected_) {
    return Error::kWrongState;
  }
  const ssize_t size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (size >= 0) {
    const auto taken = static_cast<std::size_t>(size);
    watch(taken < bytes.size() ? watched_ | POLLOUT : watched_ & ~POLLOUT);
    return taken;
  }
  if (would_wait(errno)) {
    watch(watched_ | POLLOUT);
    return std::size_t{0};
  }
  const int code = errno;
  char waiting = 0;
  if (recv(fd_, &waiting, 1, MSG_PEEK) > 0) {
    watch(POLLIN);
    return std::size_t{0};  // the peer's last words come first
  }
  return failed(code);
}

void UnixStream::close() {
  if (fd_ >= 0) {
    wake_.unwatch(fd_);
    ::close(fd_);
  }
  fd_ = -1;
  watched_ = 0;
  connected_ = false;
  give_up_at_ = kNever;
  deadline_ = kNever;
}

Status UnixStream::failed(int code) {
  close();
  return Status::with_os_code(reason_of(code), code);
}

void UnixStream::watch(int events) {
  if (events != watched_) {
    watched_ = events;
    static_cast<void>(wake_.watch(fd_, static_cast<short>(events)));  // it has its place already
  }
}

}  // namespace hubtwin::conformance
