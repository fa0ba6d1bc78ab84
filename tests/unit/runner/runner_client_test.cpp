// SPDX-License-Identifier: MIT
#include "example.inc"
#include "runner_rig.hpp"
#include "support/memory_stream.hpp"
#include <hubtwin/device_client.hpp>
#include <hubtwin/mqtt/transport.hpp>

#include <string>
#include <thread>

#include <catch2/catch.hpp>

namespace {

using hubtwin::Runner;
using hubtwin::test::MemoryStream;
using runner_test::RigWith;

hubtwin::Identity identity() {
  hubtwin::Identity who;
  who.host = "hub.example";
  who.device_id = "dev";
  who.secret = hubtwin::SecretView("AAECAwQFBgcICQoLDA0ODw==");
  return who;
}

const std::string kConnack("\x20\x02\x00\x00", 4);
// For all filters of the first SUBSCRIBE of a client with twin and methods.
const std::string kSuback("\x90\x05\x00\x01\x01\x01\x01", 7);

std::string publish(const std::string& topic, const std::string& payload) {
  std::string packet = "0";
  packet += static_cast<char>(2 + topic.size() + payload.size());
  packet += '\0';
  packet += static_cast<char>(topic.size());
  return packet + topic + payload;
}

// A client on a runner's thread before a peer that tests play. All of it belongs to that thread, so
// tests post; ask() is for what they want to know.
struct Device {
  Device() {
    REQUIRE(client
                .on_method(
                    "go", [this](hubtwin::MethodCall call) { calls.emplace_back(std::move(call)); })
                .ok());
    REQUIRE(client.open().ok());
    REQUIRE(runner.start().ok());
  }

  template <class Ask>
  auto ask(Ask what) {
    std::promise<decltype(what())> promise;
    auto answer = promise.get_future();
    REQUIRE(
        runner.post([promise = std::move(promise), what]() mutable { promise.set_value(what()); })
            .ok());
    return answer.get();
  }
  // Until it holds, on the runner's thread.
  template <class Condition>
  void until(Condition condition) {
    while (!ask(condition)) {
      std::this_thread::yield();
    }
  }
  void receive(const std::string& bytes) {
    static_cast<void>(ask([this, &bytes] {
      stream.incoming += bytes;
      return true;
    }));
    // A stream would wake the runner by itself.
    rig.wake.wake();
  }
  void connect() {
    until([this] { return !stream.outgoing.empty(); });
    receive(kConnack);
    until_sent("$iothub/methods/POST/#");
    receive(kSuback);
    until([this] { return client.connection().state == hubtwin::ConnectionState::kConnected; });
  }
  void until_sent(const std::string& text) {
    until([this, &text] { return stream.outgoing.find(text) != std::string::npos; });
  }

  RigWith<hubtwin::posix::EventWake> rig;
  MemoryStream stream;
  hubtwin::mqtt::SizedTransportMemory<> memory;
  hubtwin::mqtt::Transport transport{stream, memory.memory()};
  hubtwin::SizedDeviceClient<> client{rig.context, transport, identity()};
  std::vector<hubtwin::MethodCall> calls;
  Runner runner{rig.context};
};

}  // namespace

TEST_CASE("a client on a runner: another thread sends and reports -> it goes out") {
  Device device;
  device.connect();
  std::thread worker([&device] {
    CHECK(device.ask([&device] {
      hubtwin::TelemetryMessage message;
      message.payload = hubtwin::as_bytes("from afar");
      return device.client.send(message).ok();
    }));
  });
  worker.join();
  device.until_sent("from afar");
  device.until_sent("$iothub/twin/GET/");
  device.receive(publish("$iothub/twin/res/200/?$rid=1",
                         R"({"desired":{"$version":1},"reported":{"$version":1}})"));
  REQUIRE(device.runner
              .post([&device] {
                static_cast<void>(device.client.twin().report("level", 5));
                device.client.twin().flush();
              })
              .ok());
  device.until_sent(R"({"level":5})");
}

TEST_CASE(
    "a client on a runner: a method's call is answered by another thread -> the hub gets it") {
  Device device;
  device.connect();
  device.receive(publish("$iothub/methods/POST/go/?$rid=7", "{}"));
  device.until([&device] { return !device.calls.empty(); });
  std::promise<hubtwin::MethodCall> handed;
  std::future<hubtwin::MethodCall> taken = handed.get_future();
  REQUIRE(device.runner
              .post([&device, handed = std::move(handed)]() mutable {
                handed.set_value(std::move(device.calls.back()));
              })
              .ok());
  std::thread worker([&device, call = taken.get()]() mutable {
    // The answer is worked out here; the call itself belongs to the runner's thread.
    CHECK(device.runner
              .post([call = std::move(call)]() mutable {
                static_cast<void>(call.reply(200, R"({"done":true})"));
              })
              .ok());
  });
  worker.join();
  device.until_sent("$iothub/methods/res/200/?$rid=7");
  device.until_sent(R"({"done":true})");
}

TEST_CASE("a client on a runner: destroyed in the midst of it -> nothing is left behind") {
  for (int round = 0; round < 5; ++round) {
    Device device;
    device.connect();
    device.receive(publish("$iothub/methods/POST/go/?$rid=7", "{}"));
  }
}

namespace {
int measurements = 0;
double measure() {
  return ++measurements <= 3 ? 20.5 : -1;
}
}  // namespace

TEST_CASE("the example in the runner's text -> reports from another thread and ends") {
  RigWith<hubtwin::posix::EventWake> rig;
  MemoryStream stream;
  hubtwin::mqtt::SizedTransportMemory<> memory;
  hubtwin::mqtt::Transport transport{stream, memory.memory()};
  const hubtwin::Ports ports{rig.clock, rig.crypto, rig.random, &rig.wake};
  CHECK(run_gateway(ports, transport, identity(), measure).ok());
  CHECK(measurements == 4);
}
