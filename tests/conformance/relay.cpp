// SPDX-License-Identifier: MIT
#include "relay.hpp"

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace hubtwin::conformance {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void send_at_once(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void reset(int fd) {
  const linger at_once = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close(fd);
}

}  // namespace

Relay::Relay(std::uint16_t target_port, std::string socket_folder)
    : target_port_(target_port), socket_folder_(std::move(socket_folder)) {
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_ < 0) {
    fail("eventfd");
  }
  listen_anywhere();
  thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
  ending_ = true;
  wake();
  thread_.join();
  for (const Connection& connection : connections_) {
    close(connection.client);
    close(connection.target);
  }
  stop_listening();
  close(wake_);
}

void Relay::listen_anywhere() {
  if (socket_folder_.empty()) {
    listen_on_port();
  } else {
    listen_on_socket();
  }
}

// On any free port at first, and on that one ever after.
void Relay::listen_on_port() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = loopback(port_);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 16) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("the relay can't listen");
  }
  port_ = ntohs(address.sin_port);
}

// On any free number at first, and on that one ever after.
void Relay::listen_on_socket() {
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool any = port_ == 0;
  bool bound = false;
  do {
    port_ = static_cast<std::uint16_t>(port_ + (any ? 1 : 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const std::string path = socket_path();
    if (path.size() >= sizeof(address.sun_path)) {
      throw std::runtime_error("too long for a socket: " + path);
    }
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    bound = bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  } while (any && !bound && errno == EADDRINUSE);
  if (!bound || listen(listener_, 16) != 0) {
    fail("the relay can't listen");
  }
}

// A UNIX socket's name stays behind when it is closed.
void Relay::stop_listening() {
  if (listener_ < 0) {
    return;
  }
  close(listener_);
  listener_ = -1;
  if (!socket_folder_.empty()) {
    std::remove(socket_path().c_str());
  }
}

void Relay::set_reachable(bool reachable) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (reachable && listener_ < 0) {
      listen_anywhere();
    } else if (!reachable) {
      stop_listening();
    }
  }
  wake();
}

void Relay::cut() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    cut_wanted_ = true;
  }
  wake();
}

void Relay::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!write(wake_, &one, sizeof(one)));
}

void Relay::accept_one() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) {
    return;
  }
  const int target = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(target_port_);
  if (connect(target, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(target);
    reset(client);
    return;
  }
  send_at_once(client);
  send_at_once(target);
  connections_.push_back({client, target});
}

// False when one end is gone.
bool Relay::pass(int from, int to) {
  char bytes[16384];
  const ssize_t size = recv(from, bytes, sizeof(bytes), 0);
  if (size <= 0) {
    return false;
  }
  for (ssize_t sent = 0; sent < size;) {
    const ssize_t now = send(to, bytes + sent, static_cast<std::size_t>(size - sent), MSG_NOSIGNAL);
    if (now <= 0) {
      return false;
    }
    sent += now;
  }
  return true;
}

void Relay::run() {
  while (!ending_) {
    std::vector<pollfd> watched;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (cut_wanted_) {
        cut_wanted_ = false;
        for (const Connection& connection : connections_) {
          reset(connection.client);
          reset(connection.target);
        }
        connections_.clear();
      }
      watched.push_back({wake_, POLLIN, 0});
      watched.push_back({listener_, POLLIN, 0});  // poll(2) ignores a negative one
      for (const Connection& connection : connections_) {
        watched.push_back({connection.client, POLLIN, 0});
        watched.push_back({connection.target, POLLIN, 0});
      }
    }
    poll(watched.data(), watched.size(), -1);
    const std::lock_guard<std::mutex> lock(mutex_);
    std::uint64_t wakes = 0;
    static_cast<void>(!read(wake_, &wakes, sizeof(wakes)));
    if (listener_ >= 0 && watched[1].fd == listener_ && watched[1].revents != 0) {
      accept_one();
    }
    // Backwards, so that a connection may go while those before it keep their places.
    for (std::size_t i = (watched.size() - 2) / 2; i-- > 0;) {
      const Connection connection = connections_[i];
      const bool from_client = watched[2 + 2 * i].revents != 0;
      const bool from_target = watched[3 + 2 * i].revents != 0;
      if ((from_client && !pass(connection.client, connection.target)) ||
          (from_target && !pass(connection.target, connection.client))) {
        close(connection.client);
        close(connection.target);
        connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }
}

}  // namespace hubtwin::conformance
