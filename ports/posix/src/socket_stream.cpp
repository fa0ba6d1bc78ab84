// SPDX-License-Identifier: MIT
#include <hubtwin/posix/socket_stream.hpp>

#include <cerrno>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

HUBTWIN_NAMESPACE_BEGIN
namespace posix {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Status network_status(int code) {
  switch (code) {
    case ECONNREFUSED:
      return Status::with_os_code(Error::kConnectRefused, code);
    case ETIMEDOUT:
      return Status::with_os_code(Error::kConnectTimeout, code);
    case ECONNRESET:
    case EPIPE:
      return Status::with_os_code(Error::kLinkLost, code);
    default:
      return Status::with_os_code(Error::kNetworkFailed, code);
  }
}

bool would_wait(int code) {
  return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

}  // namespace

// Asks for the addresses of a host. Shared by the stream and the thread that waits for the answer,
// which may come long after the stream has lost its interest, or its life.
class SocketStream::Lookup {
 public:
  Lookup(std::string_view host, std::uint16_t port) : host_(host), port_(std::to_string(port)) {}

  // Literal addresses need nobody else.
  bool resolve_literal() {
    resolve(AI_NUMERICHOST);
    return addresses_ != nullptr;
  }

  static Status start(const std::shared_ptr<Lookup>& lookup, EventWake& wake) {
    lookup->wake_ = &wake;
    try {
      std::thread([lookup] { lookup->run(); }).detach();
    } catch (const std::system_error& error) {
      return Status::with_os_code(Error::kResolveFailed, error.code().value());
    }
    return {};
  }

  void forget() {
    const std::lock_guard<std::mutex> lock(mutex_);
    wake_ = nullptr;
  }

  // Whether the answer is here; from then on only the stream uses this.
  bool done() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return done_;
  }
  int error() const { return error_; }

  // The next address that wasn't tried; null after the last.
  const addrinfo* next() {
    next_ = next_ == nullptr ? addresses_.get() : next_->ai_next;
    return next_;
  }

 private:
  void run() {
    resolve(AI_ADDRCONFIG);
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
    if (wake_ != nullptr) {
      wake_->wake();
    }
  }

  void resolve(int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    error_ = getaddrinfo(host_.c_str(), port_.c_str(), &hints, &found);
    addresses_.reset(error_ == 0 ? found : nullptr);
  }

  const std::string host_;
  const std::string port_;
  Addresses addresses_;
  const addrinfo* next_ = nullptr;
  int error_ = 0;
  std::mutex mutex_;  // guards what follows
  EventWake* wake_ = nullptr;
  bool done_ = false;
};

SocketStream::SocketStream(EventWake& wake) : wake_(wake) {}

SocketStream::~SocketStream() {
  close();
}

Status SocketStream::open(std::string_view host, std::uint16_t port) {
  if (lookup_ != nullptr || fd_ >= 0) {
    return Error::kWrongState;
  }
  if (host.empty() || host.find('\0') != std::string_view::npos) {
    return Error::kInvalidArgument;
  }
  const auto lookup = std::make_shared<Lookup>(host, port);
  resolved_ = lookup->resolve_literal();
  if (!resolved_) {
    const Status started = Lookup::start(lookup, wake_);
    if (!started.ok()) {
      return started;
    }
  }
  lookup_ = lookup;
  last_failure_ = Status();
  deadline_ = kNever;
  return {};
}

Result<bool> SocketStream::advance(MonotonicTime now) {
  if (connected_) {
    return true;
  }
  if (lookup_ == nullptr) {
    return Error::kWrongState;
  }
  if (!resolved_) {
    if (!lookup_->done()) {
      return false;
    }
    resolved_ = true;
  }
  if (fd_ < 0) {
    const Status begun = try_next_address(now);
    if (!begun.ok()) {
      return failed(begun);
    }
  }
  return look_whether_connected(now);
}

// Begins to connect to the first of the remaining addresses that can be tried at all.
Status SocketStream::try_next_address(MonotonicTime now) {
  drop_socket();
  while (const addrinfo* const address = lookup_->next()) {
    fd_ = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ >= 0) {
      watched_ = POLLOUT;
      const Status watched = wake_.watch(fd_, watched_);
      if (!watched.ok()) {
        return watched;
      }
      const int on = 1;
      setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      if (connect(fd_, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS) {
        deadline_ = after(now, kAddressPatience);
        return {};
      }
    }
    last_failure_ = network_status(errno);
    drop_socket();
  }
  if (last_failure_.ok()) {
    return Status::with_os_code(Error::kResolveFailed, lookup_->error());
  }
  return last_failure_;
}

Result<bool> SocketStream::look_whether_connected(MonotonicTime now) {
  for (;;) {
    pollfd entry{fd_, POLLOUT, 0};
    if (poll(&entry, 1, 0) == 0) {
      if (now < deadline_) {
        return false;
      }
      last_failure_ = Error::kConnectTimeout;
    } else {
      int code = 0;
      socklen_t size = sizeof code;
      getsockopt(fd_, SOL_SOCKET, SO_ERROR, &code, &size);
      if (code == 0) {
        connected_ = true;
        lookup_.reset();
        deadline_ = kNever;
        watch(POLLIN);
        return true;
      }
      last_failure_ = network_status(code);
    }
    const Status next = try_next_address(now);
    if (!next.ok()) {
      return failed(next);
    }
  }
}

// What is read to its end is watched; what isn't will be read again without being told.
Result<std::size_t> SocketStream::read(ByteSpan room) {
  if (!connected_) {
    return Error::kWrongState;
  }
  if (room.empty()) {
    return std::size_t{0};  // for recv() that would mean the end
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
  return failed(size == 0 ? Status(Error::kLinkLost) : network_status(errno));
}

Result<std::size_t> SocketStream::write(ByteView bytes) {
  if (!connected_) {
    return Error::kWrongState;
  }
  const ssize_t size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (size < 0 && !would_wait(errno)) {
    const Status reason = network_status(errno);
    // The peer's last words come first, and read() tells the end; whoever waited for room would
    // never read them.
    std::uint8_t byte;
    const bool unread = recv(fd_, &byte, 1, MSG_PEEK) > 0;
    return unread ? Result<std::size_t>(bytes.size()) : failed(reason);
  }
  const std::size_t taken = size < 0 ? 0 : static_cast<std::size_t>(size);
  watch(taken < bytes.size() ? watched_ | POLLOUT : watched_ & ~POLLOUT);
  return taken;
}

void SocketStream::close() {
  if (lookup_ != nullptr) {
    lookup_->forget();
    lookup_.reset();
  }
  drop_socket();
  connected_ = false;
  deadline_ = kNever;
}

Status SocketStream::failed(Status reason) {
  close();
  return reason;
}

void SocketStream::drop_socket() {
  if (fd_ >= 0) {
    wake_.unwatch(fd_);
    ::close(fd_);
    fd_ = -1;
  }
}

// The place in the wait is kept as long as the descriptor, also while nothing is waited for.
void SocketStream::watch(int events) {
  if (events != watched_) {
    watched_ = static_cast<short>(events);
    static_cast<void>(wake_.watch(fd_, watched_));  // there is room: it is watched already
  }
}

}  // namespace posix
HUBTWIN_NAMESPACE_END
