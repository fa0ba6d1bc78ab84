// SPDX-License-Identifier: MIT
#include "relay.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hubtwin::liveness {

namespace {

constexpr int kSegment = 1448;   // Ethernet's 1,500 bytes, less the heads
constexpr int kPatienceMs = 20;  // how soon the counters and the end are looked at

int check(int result, const char* what) {
  if (result < 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
  return result;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

int new_socket() {
  const int socket = check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  check(setsockopt(socket, IPPROTO_TCP, TCP_MAXSEG, &kSegment, sizeof(kSegment)), "TCP_MAXSEG");
  return socket;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// \return false when there is nothing more to pass.
bool pass_on(int from, int to) {
  std::array<char, 65536> bytes{};
  const ssize_t size = read(from, bytes.data(), bytes.size());
  for (ssize_t sent = 0; sent < size;) {
    const ssize_t written =
        send(to, bytes.data() + sent, static_cast<std::size_t>(size - sent), MSG_NOSIGNAL);
    if (written < 0) {
      return false;
    }
    sent += written;
  }
  return size > 0;
}

}  // namespace

Relay::Relay(std::uint16_t to) : to_(to) {
  listener_ = new_socket();
  sockaddr_in address = loopback(0);
  check(bind(listener_, generic(address), sizeof(address)), "bind");
  check(listen(listener_, 8), "listen");
  socklen_t size = sizeof(address);
  check(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
  stop_ = true;
  thread_.join();
  close(listener_);
}

Traffic Relay::traffic() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return traffic_;
}

void Relay::run() {
  while (!stop_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (poll(&waiting, 1, kPatienceMs) > 0) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client >= 0) {
        pass(client);
        close(client);
      }
    }
  }
}

void Relay::pass(int client) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    traffic_ = Traffic();
  }
  const int hub = new_socket();
  const sockaddr_in address = loopback(to_);
  check(connect(hub, generic(address), sizeof(address)), "connect");
  bool open = true;
  while (open && !stop_) {
    std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{hub, POLLIN, 0}};
    poll(ends.data(), ends.size(), kPatienceMs);
    if (ends[0].revents != 0) {
      open = pass_on(client, hub);
      const std::lock_guard<std::mutex> lock(mutex_);
      traffic_.words += open ? 1 : 0;
    }
    if (open && ends[1].revents != 0) {
      open = pass_on(hub, client);
    }
    note(client);
  }
  close(hub);
}

void Relay::note(int client) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  check(getsockopt(client, IPPROTO_TCP, TCP_INFO, &info, &size), "TCP_INFO");
  const std::lock_guard<std::mutex> lock(mutex_);
  traffic_.bytes = info.tcpi_bytes_sent + info.tcpi_bytes_received;
  traffic_.segments = std::uint64_t{info.tcpi_segs_in} + info.tcpi_segs_out;
}

}  // namespace hubtwin::liveness
