// SPDX-License-Identifier: MIT
#include "fake_broker.hpp"

#include <stdexcept>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

std::string length_prefixed(const std::string& text) {
  return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 0xff)} +
         text;
}

std::string packet(int first_byte, const std::string& rest) {
  std::string bytes(1, static_cast<char>(first_byte));
  std::size_t left = rest.size();
  do {
    const std::size_t low = left % 128;
    left /= 128;
    bytes += static_cast<char>(low | (left > 0 ? 0x80u : 0u));
  } while (left > 0);
  return bytes + rest;
}

}  // namespace

std::string FakeBroker::Connection::read_packet() const {
  std::string bytes = read_bytes(fd_, 2);
  std::size_t length = 0;
  unsigned shift = 0;
  while (bytes.size() >= 2) {
    const auto digit = static_cast<unsigned char>(bytes.back());
    length |= static_cast<std::size_t>(digit & 0x7fu) << shift;
    if ((digit & 0x80u) == 0) {
      return bytes + read_bytes(fd_, length);
    }
    shift += 7;
    bytes += read_bytes(fd_, 1);
  }
  return {};
}

void FakeBroker::Connection::read_all() const {
  while (!read_bytes(fd_, 1).empty()) {
  }
}

FakeBroker::FakeBroker(std::function<void(const Connection&)> script)
    : listener_(listen_on_loopback(port_)) {
  int ends[2] = {-1, -1};
  if (pipe(ends) != 0) {
    throw std::runtime_error("no pipe");
  }
  stop_reader_.reset(ends[0]);
  stop_writer_.reset(ends[1]);
  thread_ = std::thread([this, script = std::move(script)] {
    pollfd entries[] = {{listener_.get(), POLLIN, 0}, {stop_reader_.get(), POLLIN, 0}};
    if (poll(entries, 2, -1) > 0 && (entries[0].revents & POLLIN) != 0) {
      const Descriptor accepted(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      script(Connection(accepted.get()));
    }
  });
}

FakeBroker::~FakeBroker() {
  stop_writer_.reset();
  thread_.join();
}

std::string FakeBroker::connack(int code, bool session_present) {
  return packet(0x20, {static_cast<char>(session_present ? 1 : 0), static_cast<char>(code)});
}

std::string FakeBroker::publish(const std::string& topic, const std::string& payload,
                                std::uint16_t id, bool duplicate) {
  const std::string id_bytes{static_cast<char>(id >> 8), static_cast<char>(id & 0xff)};
  return packet(0x30 | (id != 0 ? 2 : 0) | (duplicate ? 8 : 0),
                length_prefixed(topic) + (id != 0 ? id_bytes : "") + payload);
}

std::string FakeBroker::packet_id_of(const std::string& bytes) {
  std::size_t at = 1;
  while ((static_cast<unsigned char>(bytes[at]) & 0x80u) != 0) {
    ++at;
  }
  ++at;
  if ((static_cast<unsigned char>(bytes[0]) & 0xf0u) == 0x30) {
    at += 2 + static_cast<std::size_t>(static_cast<unsigned char>(bytes[at])) * 256 +
          static_cast<unsigned char>(bytes[at + 1]);
  }
  return bytes.substr(at, 2);
}
