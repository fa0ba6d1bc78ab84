// SPDX-License-Identifier: MIT
#include "rig.hpp"

#include <cerrno>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace hubtwin::hub::proxy {

namespace {

constexpr std::chrono::seconds kPatience{20};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::string packet(int type, const std::string& rest) {
  return std::string{static_cast<char>(type << 4), static_cast<char>(rest.size())} + rest;
}

std::string text(const std::string& content) {
  return std::string{'\0', static_cast<char>(content.size())} + content;
}

}  // namespace

void End::say(const std::string& bytes) {
  if (send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    reset_ = reset_ || errno == ECONNRESET || errno == EPIPE;
  }
}

void End::listen() {
  char bytes[4096];
  for (;;) {
    const ssize_t size = recv(descriptor_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (size > 0) {
      heard_.append(bytes, static_cast<std::size_t>(size));
      continue;
    }
    ended_ = ended_ || size == 0;
    reset_ = reset_ || (size < 0 && errno == ECONNRESET);
    return;
  }
}

const std::string& End::heard() {
  listen();
  return heard_;
}

bool End::ended() {
  listen();
  return ended_;
}

bool End::was_reset() {
  listen();
  return reset_;
}

Rig::Rig(ProxyOptions options) : hub_listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(hub_listener_.get(), generic, size) != 0 || ::listen(hub_listener_.get(), 8) != 0 ||
      getsockname(hub_listener_.get(), generic, &size) != 0) {
    throw std::runtime_error("the rig can't listen");
  }
  options.hub_port = ntohs(address.sin_port);
  proxy_ = std::make_unique<Proxy>(std::move(options));
}

std::unique_ptr<End> Rig::device() {
  Descriptor end(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(proxy_->port());
  if (connect(end.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    end.close();
  }
  return std::make_unique<End>(std::move(end));
}

std::unique_ptr<End> Rig::hub() {
  Descriptor end;
  until([&] {
    pollfd waiting = {hub_listener_.get(), POLLIN, 0};
    if (poll(&waiting, 1, 0) == 1) {
      end = Descriptor(accept4(hub_listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }
    return end.open();
  });
  return std::make_unique<End>(std::move(end));
}

std::pair<std::unique_ptr<End>, std::unique_ptr<End>> Rig::link() {
  auto one = device();
  return {std::move(one), hub()};
}

bool Rig::until(const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > give_up) {
      return false;
    }
    proxy_->step(std::chrono::milliseconds(10));
  }
  return true;
}

void Rig::settle() {
  for (int i = 0; i < 10; ++i) {
    proxy_->step(std::chrono::milliseconds(0));
  }
}

std::string Rig::add(const Json& fault) {
  const Result<Fault> parsed = Fault::parse(fault);
  if (!parsed) {
    throw std::runtime_error(parsed.error().message);
  }
  const Result<Json> added = proxy_->add(parsed.value());
  if (!added) {
    throw std::runtime_error(added.error().message);
  }
  return added.value().at("id").get<std::string>();
}

std::string Rig::refusal(const Json& fault) {
  const Result<Fault> parsed = Fault::parse(fault);
  if (!parsed) {
    return parsed.error().message;
  }
  const Result<Json> added = proxy_->add(parsed.value());
  return added ? "" : added.error().message;
}

std::string connect_packet(const std::string& client_id) {
  return packet(1, text("MQTT") + std::string("\x04\x02\x00\x3C", 4) + text(client_id));
}

std::string connack_packet(int code) {
  return packet(2, std::string{'\0', static_cast<char>(code)});
}

std::string suback_packet() {
  return packet(9, std::string("\x00\x01\x00\x01", 4));
}

std::string puback_packet(int id) {
  return packet(4, std::string{'\0', static_cast<char>(id)});
}

std::string publish_packet(const std::string& topic, const std::string& payload) {
  return packet(3, text(topic) + payload);
}

}  // namespace hubtwin::hub::proxy
