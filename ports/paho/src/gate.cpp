// SPDX-License-Identifier: MIT
#include "gate.hpp"

#include <mutex>
#include <thread>

#include <mqtt/async_client.h>

HUBTWIN_NAMESPACE_BEGIN
namespace paho {
namespace {

// Never destroyed: a straggling thread may still need them when the program's statics end.
struct Keeper {
  std::mutex mutex;
  int users = 0;
  std::unique_ptr<::mqtt::async_client> client;
};

Keeper& keeper_of_process() {
  static Keeper* const keeper = new Keeper;
  return *keeper;
}

}  // namespace

Gate& Gate::of_process() {
  static Gate* const gate = new Gate;
  return *gate;
}

void Gate::shut() {
  shut_.fetch_add(1);
  while (inside_.load() != 0) {
    std::this_thread::yield();  // one call of Paho that doesn't wait: microseconds
  }
}

std::shared_ptr<void> keep_paho_running() {
  Keeper& keeper = keeper_of_process();
  const std::lock_guard<std::mutex> lock(keeper.mutex);
  if (keeper.users == 0) {
    // Never connects.
    keeper.client = std::make_unique<::mqtt::async_client>(
        "tcp://127.0.0.1:1", "keeper", ::mqtt::create_options(MQTTVERSION_3_1_1, 1));
  }
  ++keeper.users;
  return {&keeper, [](Keeper* kept) {
            const std::lock_guard<std::mutex> release(kept->mutex);
            if (--kept->users == 0) {
              kept->client.reset();
            }
          }};
}

}  // namespace paho
HUBTWIN_NAMESPACE_END
