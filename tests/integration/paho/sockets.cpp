// SPDX-License-Identifier: MIT
#include "sockets.hpp"

#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

void Descriptor::reset(int fd) {
  if (fd_ >= 0) {
    close(fd_);
  }
  fd_ = fd;
}

Descriptor listen_on_loopback(std::uint16_t& port) {
  Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener.get(), generic, size) != 0 || listen(listener.get(), 16) != 0 ||
      getsockname(listener.get(), generic, &size) != 0) {
    throw std::runtime_error("can't listen on loopback");
  }
  port = ntohs(address.sin_port);
  return listener;
}

std::uint16_t free_port() {
  std::uint16_t port = 0;
  listen_on_loopback(port);
  return port;
}

std::string read_bytes(int fd, std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    pollfd entry{fd, POLLIN, 0};
    if (poll(&entry, 1, 10000) != 1) {
      break;
    }
    std::string part(size - bytes.size(), '\0');
    const ssize_t count = recv(fd, part.data(), part.size(), 0);
    if (count <= 0) {
      break;
    }
    bytes.append(part, 0, static_cast<std::size_t>(count));
  }
  return bytes;
}

bool write_bytes(int fd, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) {
      return false;
    }
    sent += static_cast<std::size_t>(count);
  }
  return true;
}
