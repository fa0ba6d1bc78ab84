// SPDX-License-Identifier: MIT
#include "broker.hpp"
#include "rig.hpp"

#include <condition_variable>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <thread>

#include <catch2/catch.hpp>
#include <netdb.h>

namespace {

/// What the test's name server does with names that end in ".test".
struct NameServer {
  std::mutex mutex;
  std::condition_variable changed;
  bool stalled = false;
  int waiting = 0;
};

NameServer& name_server() {
  static NameServer* const server = new NameServer;  // a straggler may ask it until the very end
  return *server;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's names
// The linker puts the first of these in place of the system's, and names that the second.
extern "C" int __wrap_getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                                  addrinfo** result);
extern "C" int __real_getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                                  addrinfo** result);

int __wrap_getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                       addrinfo** result) {
  const std::string host = name;
  if (host.size() < 5 || host.substr(host.size() - 5) != ".test") {
    return __real_getaddrinfo(name, service, hints, result);
  }
  NameServer& server = name_server();
  std::unique_lock<std::mutex> lock(server.mutex);
  ++server.waiting;
  server.changed.notify_all();
  server.changed.wait(lock, [&server] { return !server.stalled; });
  --server.waiting;
  server.changed.notify_all();
  return EAI_AGAIN;
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace {

using namespace std::chrono_literals;
using hubtwin::Error;

/// Stalls the name server while it lives.
class Stall {
 public:
  Stall() { set(true); }
  ~Stall() { end(); }
  void end() { set(false); }
  void wait_for_a_client() {
    NameServer& server = name_server();
    std::unique_lock<std::mutex> lock(server.mutex);
    REQUIRE(server.changed.wait_for(lock, 10s, [&server] { return server.waiting > 0; }));
  }

 private:
  static void set(bool stalled) {
    NameServer& server = name_server();
    const std::lock_guard<std::mutex> lock(server.mutex);
    server.stalled = stalled;
    server.changed.notify_all();
  }
};

TEST_CASE("resolver: the name has no address -> resolve failed") {
  Rig rig(plain());
  const hubtwin::Status status = rig.refusal(8883, "hub.test");
  CHECK(status.error() == Error::kResolveFailed);
  CHECK(status.os_code() == EAI_AGAIN);
}

TEST_CASE("resolver: no answer -> nothing waits, and the time-out names the resolver") {
  Stall stall;
  Rig rig(plain());
  const auto start = rig.clock.now();
  REQUIRE(rig.connect(8883, "hub.test").ok());
  rig.transport->poll(start);
  stall.wait_for_a_client();
  rig.transport->poll(start + 30s);
  CHECK_FALSE(rig.record.linked);
  CHECK(rig.record.disconnects.back().error() == Error::kResolveFailed);
  // A second attempt waits its turn behind the first and may be closed like any other.
  REQUIRE(rig.connect(8883, "hub.test").ok());
  rig.transport->disconnect();
  CHECK(rig.end().error() == Error::kClosed);
  CHECK(rig.clock.now() - start < 1s);
  stall.end();
}

TEST_CASE("resolver: no answer for one transport -> another works as ever") {
  const Broker broker;
  Stall stall;
  Rig stuck(plain());
  REQUIRE(stuck.connect(8883, "hub.test").ok());
  stall.wait_for_a_client();

  Rig rig(plain());
  const auto start = rig.clock.now();
  rig.connect_and_wait(broker.port());
  rig.subscribe_and_wait("t");
  REQUIRE(rig.publish("t", "p").ok());
  CHECK(rig.until([&] { return rig.record.messages.size() == 1; }));
  CHECK(rig.clock.now() - start < 5s);
  stall.end();
}

// Threads of this process.
std::ptrdiff_t threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

TEST_CASE("resolver: destroyed while no answer comes -> waits a bounded time only") {
  std::thread([] {}).join();  // a sanitiser begins its own thread with a program's first one
  const std::ptrdiff_t before = threads();
  Stall stall;
  auto rig = std::make_unique<Rig>(plain());
  REQUIRE(rig->connect(8883, "hub.test").ok());
  stall.wait_for_a_client();
  const auto start = std::chrono::steady_clock::now();
  rig.reset();
  const auto waited = std::chrono::steady_clock::now() - start;
  CHECK(waited < 4s);
  // The straggler ends by itself and harms nobody.
  stall.end();
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  while (threads() > before && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(5ms);  // nobody tells when a thread has gone
  }
  CHECK(threads() <= before);
}

}  // namespace
