// SPDX-License-Identifier: MIT
#include <hubtwin/posix/socket_stream.hpp>
#include <hubtwin/posix/system_clock.hpp>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace hubtwin;
using namespace std::chrono_literals;

namespace {

// Stands in for the system's resolver where a test says so.
std::mutex resolver_mutex;
std::function<std::optional<int>(const char* host, addrinfo** found)> resolver;

class Resolver {
 public:
  explicit Resolver(decltype(resolver) instead) {
    const std::lock_guard<std::mutex> lock(resolver_mutex);
    resolver = std::move(instead);
  }
  ~Resolver() {
    const std::lock_guard<std::mutex> lock(resolver_mutex);
    resolver = nullptr;
  }
};

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's names
extern "C" {
int __real_getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**);
int __wrap_getaddrinfo(const char* host, const char* port, const addrinfo* hints,
                       addrinfo** found) {
  decltype(resolver) instead;
  {
    const std::lock_guard<std::mutex> lock(resolver_mutex);
    instead = resolver;
  }
  if (instead != nullptr && (hints->ai_flags & AI_NUMERICHOST) == 0) {
    if (const std::optional<int> answer = instead(host, found)) {
      return *answer;
    }
  }
  return __real_getaddrinfo(host, port, hints, found);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace {

// A server's socket on a free port of the loopback.
class Listener {
 public:
  Listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(fd_, 4) == 0);
    socklen_t size = sizeof address;
    REQUIRE(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { stop(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const { return port_; }
  int accept() const { return ::accept(fd_, nullptr, nullptr); }
  void stop() {
    if (fd_ >= 0) {
      close(fd_);
      fd_ = -1;
    }
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

struct Connection {
  posix::SystemClock clock;
  posix::EventWake wake{clock};
  posix::SocketStream stream{wake};

  // Until it stands or failed.
  Result<bool> connect() {
    const MonotonicTime give_up = clock.now() + 20s;
    for (;;) {
      const Result<bool> ready = stream.advance(clock.now());
      if (!ready.ok() || *ready) {
        return ready;
      }
      if (clock.now() > give_up) {
        return Error::kConnectTimeout;
      }
      wake.wait(earlier(stream.next_deadline(), give_up));
    }
  }
  // What comes until the peer closes, or so many bytes.
  Result<std::string> read(std::size_t size) {
    std::string text;
    const MonotonicTime give_up = clock.now() + 20s;
    while (text.size() < size && clock.now() < give_up) {
      std::uint8_t room[4096];
      const Result<std::size_t> got = stream.read(ByteSpan(room));
      if (!got.ok()) {
        return got.status();
      }
      text.append(room, room + *got);
      if (*got == 0) {
        wake.wait(give_up);
      }
    }
    return text;
  }
};

}  // namespace

TEST_CASE("socket stream: a literal address and a name -> connected, bytes pass both ways") {
  const std::string host = GENERATE("127.0.0.1", "localhost");
  Listener listener;
  Connection connection;
  REQUIRE(connection.stream.open(host, listener.port()).ok());
  REQUIRE(connection.stream.open(host, listener.port()).error() == Error::kWrongState);
  REQUIRE(*connection.connect());
  const int peer = listener.accept();
  REQUIRE(*connection.stream.write(as_bytes("hello")) == 5);
  char room[5];
  REQUIRE(recv(peer, room, sizeof room, MSG_WAITALL) == 5);
  REQUIRE(std::string(room, 5) == "hello");
  REQUIRE(*connection.stream.read(ByteSpan()) == 0);  // no room isn't the end
  REQUIRE(send(peer, "answer", 6, 0) == 6);
  REQUIRE(*connection.read(6) == "answer");
  close(peer);
  REQUIRE(connection.read(1).error() == Error::kLinkLost);
  REQUIRE(connection.stream.fd() == -1);
  REQUIRE(connection.stream.read(ByteSpan()).error() == Error::kWrongState);
}

TEST_CASE("socket stream: a peer that doesn't read -> part taken, told when there is room again") {
  Listener listener;
  Connection connection;
  REQUIRE(connection.stream.open("127.0.0.1", listener.port()).ok());
  REQUIRE(*connection.connect());
  const int peer = listener.accept();
  const std::string chunk(100000, 'x');
  std::size_t sent = 0;
  for (;;) {
    const Result<std::size_t> taken = connection.stream.write(as_bytes(chunk));
    REQUIRE(taken.ok());
    sent += *taken;
    if (*taken < chunk.size()) {
      break;
    }
  }
  REQUIRE((connection.stream.wanted() & POLLOUT) != 0);
  std::vector<char> room(sent);
  REQUIRE(recv(peer, room.data(), room.size(), MSG_WAITALL) == static_cast<ssize_t>(sent));
  connection.wake.wait(connection.clock.now() + 20s);
  REQUIRE(connection.wake.ready(connection.stream.fd()) == POLLOUT);
  REQUIRE(*connection.stream.write(as_bytes("x")) == 1);
  REQUIRE((connection.stream.wanted() & POLLOUT) == 0);
  close(peer);
}

TEST_CASE("socket stream: what waits unread wakes nobody until it is read to its end") {
  Listener listener;
  Connection connection;
  REQUIRE(connection.stream.open("127.0.0.1", listener.port()).ok());
  REQUIRE(*connection.connect());
  const int peer = listener.accept();
  REQUIRE(send(peer, "abc", 3, 0) == 3);
  connection.wake.wait(connection.clock.now() + 20s);
  std::uint8_t one[1];
  REQUIRE(*connection.stream.read(ByteSpan(one)) == 1);
  REQUIRE((connection.stream.wanted() & POLLIN) == 0);
  REQUIRE(*connection.read(2) == "bc");
  REQUIRE(*connection.stream.read(ByteSpan(one)) == 0);
  REQUIRE((connection.stream.wanted() & POLLIN) != 0);
  close(peer);
}

TEST_CASE("socket stream: reset by the peer -> what it said before is read first") {
  Listener listener;
  Connection connection;
  REQUIRE(connection.stream.open("127.0.0.1", listener.port()).ok());
  REQUIRE(*connection.connect());
  const int peer = listener.accept();
  REQUIRE(send(peer, "goodbye", 7, 0) == 7);
  const linger reset{1, 0};
  REQUIRE(setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
  close(peer);
  pollfd reset_seen{connection.stream.fd(), 0, 0};
  REQUIRE(poll(&reset_seen, 1, 20000) == 1);
  // Taken and lost: whoever writes before reading, as TLS does in a handshake, must come to read.
  REQUIRE(*connection.stream.write(as_bytes("xyz")) == 3);
  REQUIRE(*connection.stream.write(as_bytes("xyz")) == 3);
  REQUIRE(*connection.read(7) == "goodbye");
  const Result<std::string> more = connection.read(1);
  REQUIRE_FALSE(more.ok());
  REQUIRE(connection.stream.fd() == -1);
}

TEST_CASE("socket stream: nobody listens -> refused, with errno") {
  Listener listener;
  listener.stop();
  Connection connection;
  REQUIRE(connection.stream.open("127.0.0.1", listener.port()).ok());
  const Result<bool> ready = connection.connect();
  REQUIRE(ready.status() == Status::with_os_code(Error::kConnectRefused, ECONNREFUSED));
  REQUIRE(connection.stream.open("127.0.0.1", listener.port()).ok());
}

TEST_CASE("socket stream: the name has no address -> resolve failed, asked again the next time") {
  std::atomic<int> asked{0};
  const Resolver none([&](const char*, addrinfo**) {
    ++asked;
    return std::optional<int>(EAI_NONAME);
  });
  Connection connection;
  for (int attempt = 1; attempt <= 2; ++attempt) {
    REQUIRE(connection.stream.open("no.such.host.example", 8883).ok());
    const Result<bool> ready = connection.connect();
    REQUIRE(ready.status() == Status::with_os_code(Error::kResolveFailed, EAI_NONAME));
    REQUIRE(asked == attempt);
  }
}

TEST_CASE("socket stream: a resolver that answers late -> nobody waits, the stream may be gone") {
  std::mutex mutex;
  std::condition_variable changed;
  bool asked = false;
  bool answer = false;
  bool answered = false;
  const Resolver slow([&](const char*, addrinfo**) {
    std::unique_lock<std::mutex> lock(mutex);
    asked = true;
    changed.notify_all();
    changed.wait(lock, [&] { return answer; });
    answered = true;
    changed.notify_all();
    return std::optional<int>(EAI_AGAIN);
  });
  {
    Connection connection;
    REQUIRE(connection.stream.open("slow.example", 8883).ok());
    REQUIRE_FALSE(*connection.stream.advance(connection.clock.now()));
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return asked; });
  }
  std::unique_lock<std::mutex> lock(mutex);
  answer = true;
  changed.notify_all();
  changed.wait(lock, [&] { return answered; });
}

TEST_CASE("socket stream: the first address refuses -> the next one is tried") {
  Listener gone;
  gone.stop();
  Listener listener;
  const Resolver two([&](const char*, addrinfo** found) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    __real_getaddrinfo("127.0.0.1", std::to_string(gone.port()).c_str(), &hints, found);
    __real_getaddrinfo("127.0.0.1", std::to_string(listener.port()).c_str(), &hints,
                       &(*found)->ai_next);
    return std::optional<int>(0);
  });
  Connection connection;
  REQUIRE(connection.stream.open("two.example", 8883).ok());
  REQUIRE(*connection.connect());
}

TEST_CASE("socket stream: more connections than the wake can watch -> no space") {
  Listener listener;
  Connection connection;
  std::vector<int> fillers;
  for (std::size_t index = 0; index < posix::EventWake::kMaxWatched; ++index) {
    fillers.push_back(dup(0));
    REQUIRE(connection.wake.watch(fillers.back(), POLLIN).ok());
  }
  REQUIRE(connection.stream.open("127.0.0.1", listener.port()).ok());
  REQUIRE(connection.connect().error() == Error::kNoSpace);
  for (const int filler : fillers) {
    connection.wake.unwatch(filler);
    close(filler);
  }
}

TEST_CASE("socket stream: names that can't be -> refused at once") {
  Connection connection;
  REQUIRE(connection.stream.open("", 8883).error() == Error::kInvalidArgument);
  REQUIRE(connection.stream.open(std::string_view("a\0b", 3), 8883).error() ==
          Error::kInvalidArgument);
  REQUIRE(connection.stream.advance(connection.clock.now()).error() == Error::kWrongState);
}
