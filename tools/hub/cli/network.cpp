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

struct Listening {
  int port = 0;
  int error = 0;
};

/// Listens for a moment, with the socket option that the broker uses too.
Listening try_to_listen(const std::string& address, int port) {
  const SocketAddress wanted = to_socket_address(address, port);
  const int socket = ::socket(wanted.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  Listening result;
  if (socket < 0 || setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      bind(socket, wanted.get(), wanted.size) != 0 || listen(socket, 1) != 0 ||
      getsockname(socket, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0) {
    result.error = errno;
  } else if (bound.storage.ss_family == AF_INET) {
    result.port = ntohs(reinterpret_cast<const sockaddr_in*>(&bound.storage)->sin_port);
  } else {
    result.port = ntohs(reinterpret_cast<const sockaddr_in6*>(&bound.storage)->sin6_port);
  }
  if (socket >= 0) {
    close(socket);
  }
  return result;
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
  return try_to_listen(address, port).error == 0;
}

int usable_port(const std::string& address, int port, const std::string& option) {
  const Listening result = try_to_listen(address, port);
  if (result.error == EADDRINUSE) {
    throw UsageError(address + " port " + std::to_string(port) +
                     " is in use: another hub or broker runs there; stop it, choose another port "
                     "by " +
                     option + " (0: a free one), or another address by --bind");
  }
  if (result.error != 0) {
    throw UsageError("cannot listen on " + address + " port " + std::to_string(port) + ": " +
                     std::generic_category().message(result.error));
  }
  return result.port;
}

}  // namespace hubtwin::hub::cli
