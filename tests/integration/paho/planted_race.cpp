// SPDX-License-Identifier: MIT
/// \file
/// Shows that ThreadSanitizer, with our suppressions, sees a race in the inbox: one is planted by
/// leaving out its lock, with one of Paho's threads as writer. `planted_race unlocked` must be
/// reported, `planted_race locked` must not.

#include "fake_broker.hpp"
#include "inbox.hpp"
#include <hubtwin/posix/event_wake.hpp>
#include <hubtwin/posix/system_clock.hpp>

#include <cstring>
#include <iostream>
#include <mutex>

#include <mqtt/async_client.h>

namespace {

using hubtwin::paho::BasicInbox;
using hubtwin::paho::Event;

constexpr int kMessages = 500;

struct NoMutex {
  void lock() {}
  void unlock() {}
};

template <class Mutex>
int run() {
  const FakeBroker broker([](const FakeBroker::Connection& connection) {
    connection.read_packet();
    connection.write(FakeBroker::connack(0));
    for (int i = 0; i < kMessages; ++i) {
      connection.write(FakeBroker::publish("t", "payload"));
    }
    connection.read_all();
  });
  hubtwin::posix::SystemClock clock;
  hubtwin::posix::EventWake wake(clock);
  BasicInbox<Mutex> inbox(1024 * 1024, &wake);
  mqtt::async_client client("tcp://127.0.0.1:" + std::to_string(broker.port()), "race",
                            mqtt::create_options(MQTTVERSION_3_1_1, 1));
  client.set_message_callback([&inbox](const mqtt::const_message_ptr& message) {
    Event event;
    event.topic = message->get_topic();
    event.payload = hubtwin::as_bytes(message->get_payload());
    inbox.push(event);
  });
  mqtt::connect_options options;
  options.set_mqtt_version(MQTTVERSION_3_1_1);
  client.connect(options)->wait();

  const hubtwin::MonotonicTime limit = clock.now() + std::chrono::seconds(10);
  int messages = 0;
  while (messages < kMessages && clock.now() < limit) {
    while (inbox.front() != nullptr) {
      inbox.pop();
      ++messages;
    }
    wake.wait(limit);
  }
  return messages == kMessages ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const char* const how = count == 2 ? arguments[1] : "";
  if (std::strcmp(how, "locked") == 0) {
    return run<std::mutex>();
  }
  if (std::strcmp(how, "unlocked") == 0) {
    return run<NoMutex>();
  }
  std::cerr << "usage: planted_race locked|unlocked\n";
  return 2;
}
