// SPDX-License-Identifier: MIT
#include "tools/hub/cli/network.hpp"

#include "tools/hub/cli/errors.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hubtwin::hub::cli {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress to_socket_address(const std::string& address, int port) {
  SocketAddress result;
  sockaddr_in ipv4{};
  sockaddr_in6 ipv6{};
  if (inet_pton(AF_INET, address.c_str(), &ipv4.sin_addr) == 1) {
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&result.storage, &ipv4, sizeof ipv4);
    result.size = sizeof ipv4;
  } else if (inet_pton(AF_INET6, address.c_str(), &ipv6.sin6_addr) == 1) {
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&result.storage, &ipv6, sizeof ipv6);
    result.size = sizeof ipv6;
  }
  return result;
}

/// Listens as long as it lives, with the socket option that the broker uses too.
class Listener {
 public:
  Listener(const std::string& address, int port) {
    const SocketAddress wanted = to_socket_address(address, port);
    const int yes = 1;
    SocketAddress bound;
    bound.size = sizeof bound.storage;
    socket_ = socket(wanted.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0 || setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(socket_, wanted.get(), wanted.size) != 0 || listen(socket_, 1) != 0 ||
        getsockname(socket_, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0) {
      error_ = errno;
    } else if (bound.storage.ss_family == AF_INET) {
      port_ = ntohs(reinterpret_cast<const sockaddr_in*>(&bound.storage)->sin_port);
    } else {
      port_ = ntohs(reinterpret_cast<const sockaddr_in6*>(&bound.storage)->sin6_port);
    }
  }
  ~Listener() {
    if (socket_ >= 0) {
      close(socket_);
    }
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }
  int error() const { return error_; }  ///< errno; 0: it listens

 private:
  int socket_ = -1;
  int port_ = 0;
  int error_ = 0;
};

/// Throws UsageError unless that listens.
void require_listening(const Listener& listener, const std::string& address, const PortWish& wish) {
  const std::string place = address + " port " + std::to_string(wish.port);
  if (listener.error() == EADDRINUSE) {
    throw UsageError(place +
                     " is in use: another hub or broker runs there; stop it, choose another port "
                     "by " +
                     wish.option + " (0: a free one), or another address by --bind");
  }
  if (listener.error() != 0) {
    throw UsageError("cannot listen on " + place + ": " +
                     std::generic_category().message(listener.error()));
  }
}

}  // namespace

void check_address(const std::string& address) {
  if (to_socket_address(address, 0).size == 0) {
    throw UsageError("--bind takes an address such as 127.0.0.1, not '" + address + "'");
  }
}

bool is_wildcard_address(const std::string& address) {
  return address == "0.0.0.0" || address == "::";
}

std::string connectable_address(const std::string& address) {
  if (!is_wildcard_address(address)) {
    return address;
  }
  return address == "::" ? "::1" : "127.0.0.1";
}

std::string default_host_name(const std::string& address) {
  if (address == "127.0.0.1" || address == "::1") {
    return "localhost";
  }
  if (!is_wildcard_address(address)) {
    return address;
  }
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') {
    throw UsageError("this machine has no name that clients could use: give one by --host-name");
  }
  return name;
}

bool can_listen(const std::string& address, int port) {
  return Listener(address, port).error() == 0;
}

int usable_port(const std::string& address, const PortWish& wish) {
  const Listener listener(address, wish.port);
  require_listening(listener, address, wish);
  return listener.port();
}

std::pair<int, int> usable_ports(const std::string& address, const PortWish& one,
                                 const PortWish& other) {
  if (one.port != 0 && one.port == other.port) {
    throw UsageError(one.option + " and " + other.option + " are the same port, " +
                     std::to_string(one.port));
  }
  // The first one is held while the second is looked for, which else could be the same.
  const Listener first(address, one.port);
  require_listening(first, address, one);
  const Listener second(address, other.port);
  require_listening(second, address, other);
  return {first.port(), second.port()};
}

}  // namespace hubtwin::hub::cli
