// SPDX-License-Identifier: MIT
#include "../hub/temporary_folder.hpp"
#include "tools/hub/plugin/job_queue.hpp"
#include "tools/hub/plugin/plugin_options.hpp"
#include "tools/hub/plugin/waker.hpp"

#include <array>
#include <chrono>
#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

using namespace hubtwin::hub;

namespace {

using Options = std::map<std::string, std::string>;

/// Longer than anything takes; a test that waits for what never comes fails instead of hanging.
constexpr std::chrono::seconds kLimit{20};

/// The broker's side of the waker's socket.
class FakeBroker {
 public:
  explicit FakeBroker(const std::string& path) : listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 1) != 0) {
      throw std::runtime_error("can't listen on " + path);
    }
    limit(listener_);
  }
  ~FakeBroker() {
    drop();
    ::close(listener_);
  }
  FakeBroker(const FakeBroker&) = delete;
  FakeBroker& operator=(const FakeBroker&) = delete;

  void accept() {
    connection_ = ::accept(listener_, nullptr, nullptr);
    if (connection_ < 0) {
      throw std::runtime_error("nobody connects");
    }
    limit(connection_);
  }
  void drop() {
    if (connection_ >= 0) {
      ::close(std::exchange(connection_, -1));
    }
  }

  /// Waits for so many bytes; fewer if the other side closes.
  std::string read(std::size_t size) {
    std::string bytes(size, '\0');
    const ssize_t count = ::recv(connection_, bytes.data(), size, MSG_WAITALL);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }
  void write(const std::string& bytes) {
    (void)::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

 private:
  static void limit(int socket) {
    timeval time{};
    time.tv_sec = kLimit.count();
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  }

  int listener_;
  int connection_ = -1;
};

const std::string kConnect = std::string("\x10\x17\x00\x04MQTT\x04\xC2\x00\x00", 12) +
                             std::string("\x00\x02/w\x00\x02/w\x00\x03pwd", 13);
const std::string kAccepted("\x20\x02\x00\x00", 4);
const std::string kPing("\xC0\x00", 2);

}  // namespace

TEST_CASE("the waker connects, tells when it has, pings, and comes back") {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/socket";
  std::promise<void> ready;
  Waker waker(path, "/w", "pwd");
  waker.wake();                                  // before the start: nothing to wake
  waker.start([&ready] { ready.set_value(); });  // before the broker listens

  FakeBroker broker(path);
  for (int round = 0; round < 2; ++round) {
    broker.accept();
    CHECK(broker.read(kConnect.size()) == kConnect);
    broker.write(kAccepted.substr(0, 1));
    broker.write(kAccepted.substr(1));
    if (round == 0) {
      REQUIRE(ready.get_future().wait_for(kLimit) == std::future_status::ready);
      waker.wake();
      CHECK(broker.read(kPing.size()) == kPing);
      broker.write(std::string("\xD0\x00", 2));
    }
    broker.drop();
  }
}

TEST_CASE("the waker doesn't take a refusal for readiness, and tries again") {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/socket";
  FakeBroker broker(path);
  std::promise<void> ready;
  auto readiness = ready.get_future();
  Waker waker(path, "/w", "pwd");
  waker.start([&ready] { ready.set_value(); });
  broker.accept();
  CHECK(broker.read(kConnect.size()) == kConnect);
  broker.write(std::string("\x20\x02\x00\x05", 4));
  CHECK(broker.read(1).empty());
  broker.drop();
  CHECK(readiness.wait_for(std::chrono::seconds{0}) == std::future_status::timeout);
  broker.accept();
  CHECK(broker.read(kConnect.size()) == kConnect);
  broker.write(kAccepted);
  CHECK(readiness.wait_for(kLimit) == std::future_status::ready);
}

TEST_CASE("a socket path that is too long is named") {
  CHECK_THROWS_WITH(Waker(std::string(200, 'p'), "/w", "pwd"),
                    Catch::Contains("is too long for a socket"));
}

TEST_CASE("jobs are taken in order, and a closed queue drops them and breaks their promises") {
  int woken = 0;
  JobQueue jobs([&woken] { ++woken; });
  std::string order;
  CHECK(jobs.run([&order](Hub&) { order += 'a'; }));
  CHECK(jobs.run([&order](Hub&) { order += 'b'; }));
  CHECK(woken == 2);
  CHECK(jobs.take().size() == 2);
  CHECK(jobs.take().empty());

  auto promise = std::make_shared<std::promise<int>>();
  auto future = promise->get_future();
  const bool taken = jobs.run([promise = std::move(promise)](Hub&) { promise->set_value(1); });
  CHECK(taken);
  jobs.close();
  CHECK_THROWS_AS(future.get(), std::future_error);
  CHECK_FALSE(jobs.run([](Hub&) {}));
  CHECK(jobs.take().empty());
  CHECK(woken == 3);
}

TEST_CASE("jobs come from many threads") {
  JobQueue jobs([] {});
  std::array<std::thread, 4> threads;
  for (auto& thread : threads) {
    thread = std::thread([&jobs] {
      for (int i = 0; i < 1000; ++i) {
        jobs.run([](Hub&) {});
      }
    });
  }
  std::size_t taken = 0;
  while (taken < 4000) {
    taken += jobs.take().size();
    std::this_thread::yield();
  }
  for (auto& thread : threads) {
    thread.join();
  }
  CHECK(taken == 4000);
}

TEST_CASE("the plugin's options have defaults") {
  const auto options = PluginOptions::read({{"wake_socket", "w"}});
  CHECK(options.hub.host_name == "localhost");
  CHECK(options.hub.max_modules_per_device == 20);
  CHECK(options.store == ":memory:");
  CHECK(options.ready_file.empty());
  CHECK_FALSE(options.rest);
}

TEST_CASE("the plugin's options are read") {
  const TemporaryFolder folder;
  const std::string policy = folder.path() + "/policy";
  std::ofstream(policy) << R"({"name":"owner","primaryKey":"AAAA","secondaryKey":"BBBB"})";
  const auto options = PluginOptions::read({{"wake_socket", "w"},
                                            {"host_name", "h"},
                                            {"max_modules", "3"},
                                            {"store", "s"},
                                            {"ready_file", "r"},
                                            {"rest_port", "0"},
                                            {"rest_bind", "127.0.0.2"},
                                            {"rest_certificate", "c"},
                                            {"rest_key", "k"},
                                            {"policy_file", policy}});
  CHECK(options.hub.max_modules_per_device == 3);
  REQUIRE(options.rest);
  CHECK(options.rest->host_name == "h");
  CHECK(options.rest->bind_address == "127.0.0.2");
  CHECK(options.rest->policy.name == "owner");
  CHECK(options.rest->policy.secondary_key == "BBBB");
}

TEST_CASE("what is wrong with the plugin's options is named") {
  const TemporaryFolder folder;
  const std::string policy = folder.path() + "/policy";
  Options options{{"wake_socket", "w"},
                  {"rest_port", "0"},
                  {"rest_certificate", "c"},
                  {"rest_key", "k"},
                  {"policy_file", policy}};
  std::string why;
  SECTION("nothing to be woken through") {
    options.erase("wake_socket");
    why = "plugin_opt_wake_socket is missing";
  }
  SECTION("an unknown option") {
    options = {{"wake_socket", "w"}, {"colour", "red"}};
    why = "plugin_opt_colour isn't known";
  }
  SECTION("a number that isn't one") {
    options["rest_port"] = GENERATE("", "x", "1x", "-1", "65536", "99999999999");
    why = "plugin_opt_rest_port isn't a number from 0 to 65535";
  }
  SECTION("REST without a key") {
    options.erase("rest_key");
    why = "plugin_opt_rest_key is missing";
  }
  SECTION("no policy file") {
    why = "the policy file " + policy + " can't be read";
  }
  SECTION("a policy file that isn't JSON") {
    std::ofstream(policy) << "secret";
    why = "the policy file " + policy + " lacks name";
  }
  SECTION("a policy without a key") {
    std::ofstream(policy) << R"({"name":"n","primaryKey":"AAAA"})";
    why = "the policy file " + policy + " lacks secondaryKey";
  }
  SECTION("a key that isn't base64") {
    std::ofstream(policy) << R"({"name":"n","primaryKey":"AAAA","secondaryKey":"secret!"})";
    why = "the policy file " + policy + " has a key that isn't base64";
  }
  CHECK_THROWS_WITH(PluginOptions::read(options), why);
}
