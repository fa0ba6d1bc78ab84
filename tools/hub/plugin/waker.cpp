// SPDX-License-Identifier: MIT
#include "tools/hub/plugin/waker.hpp"

#include "tools/hub/plugin/blocked_signals.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace hubtwin::hub {
namespace {

constexpr int kRetryMs = 20;
constexpr std::array<char, 2> kPingRequest{'\xC0', '\x00'};
constexpr std::array<char, 4> kAccepted{'\x20', '\x02', '\x00', '\x00'};

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  void reset() {
    if (number_ >= 0) {
      ::close(std::exchange(number_, -1));
    }
  }

 private:
  int number_;
};

std::string mqtt_text(std::string_view text) {
  return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 0xff)} +
         std::string(text);
}

/// MQTT 3.1.1 CONNECT: clean session, no keep alive. Short: its length takes one byte.
std::string connect_packet(const std::string& client_id, const std::string& password) {
  constexpr char kCleanWithUserAndPassword = '\xC2';
  const std::string body = mqtt_text("MQTT") + '\x04' + kCleanWithUserAndPassword +
                           std::string(2, '\0') + mqtt_text(client_id) + mqtt_text(client_id) +
                           mqtt_text(password);
  if (body.size() > 127) {
    throw std::logic_error("the waker's CONNECT is too long");
  }
  return std::string{'\x10', static_cast<char>(body.size())} + body;
}

}  // namespace

class Waker::Connection {
 public:
  Connection(std::string path, const std::string& client_id, const std::string& password)
      : path_(std::move(path)),
        connect_packet_(connect_packet(client_id, password)),
        stop_(::eventfd(0, EFD_CLOEXEC)) {
    if (path_.size() >= sizeof(sockaddr_un::sun_path)) {
      throw std::runtime_error("plugin_opt_wake_socket " + path_ + " is too long for a socket");
    }
    if (!stop_) {
      throw std::runtime_error(std::string("eventfd: ") + std::strerror(errno));
    }
  }

  ~Connection() {
    ::eventfd_write(stop_.get(), 1);
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  void start(std::function<void()> on_ready) {
    on_ready_ = std::move(on_ready);
    const BlockedSignals blocked;
    thread_ = std::thread([this] { run(); });
  }

  void wake() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ready_) {
      // A full socket means that many wake-ups are on their way already.
      (void)::send(socket_.get(), kPingRequest.data(), kPingRequest.size(),
                   MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  }

 private:
  void run() {
    do {
      connect();
      serve();
    } while (!stopped_within(kRetryMs));
  }

  bool stopped_within(int timeout_ms) {
    pollfd events{stop_.get(), POLLIN, 0};
    return ::poll(&events, 1, timeout_ms) > 0;
  }

  void connect() {
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (!socket ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::send(socket.get(), connect_packet_.data(), connect_packet_.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(connect_packet_.size())) {
      return;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    socket_ = std::move(socket);
  }

  /// Reads until the connection or the waker ends: first the CONNACK, then answers to pings.
  void serve() {
    std::string answer;
    std::array<pollfd, 2> events{{{stop_.get(), POLLIN, 0}, {socket_.get(), POLLIN, 0}}};
    while (socket_ && ::poll(events.data(), events.size(), -1) >= 0 && events[0].revents == 0) {
      std::array<char, 512> bytes{};
      const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (count == 0 || (count < 0 && errno != EAGAIN)) {
        break;
      }
      if (count > 0 && !ready_) {
        answer.append(bytes.data(), static_cast<std::size_t>(count));
        if (answer.size() >= kAccepted.size()) {
          if (answer.compare(0, kAccepted.size(), kAccepted.data(), kAccepted.size()) != 0) {
            break;
          }
          become_ready();
        }
      }
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    ready_ = false;
    socket_.reset();
  }

  void become_ready() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ready_ = true;
    }
    if (const auto callback = std::exchange(on_ready_, nullptr)) {
      callback();
    }
  }

  const std::string path_;
  const std::string connect_packet_;
  std::function<void()> on_ready_;
  Descriptor stop_;
  /// Guards what wake() reads. The waker's own thread writes them under it and reads them without.
  std::mutex mutex_;
  Descriptor socket_;
  bool ready_ = false;
  std::thread thread_;
};

Waker::Waker(std::string socket_path, const std::string& client_id, const std::string& password)
    : connection_(std::make_unique<Connection>(std::move(socket_path), client_id, password)) {}

Waker::~Waker() = default;

void Waker::start(std::function<void()> on_ready) {
  connection_->start(std::move(on_ready));
}

void Waker::wake() {
  connection_->wake();
}

}  // namespace hubtwin::hub
