// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A context for a runner's thread, and a gate to hold that thread at.

#include "support/fake_random.hpp"
#include "support/test_crypto.hpp"
#include <hubtwin/posix/event_wake.hpp>
#include <hubtwin/posix/runner.hpp>
#include <hubtwin/posix/system_clock.hpp>

#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>

namespace runner_test {

/// Without a wake-up it sleeps for ever: a runner that misses one hangs, and CTest ends the test.
class PatientWake final : public hubtwin::Wake {
 public:
  explicit PatientWake(hubtwin::Clock&) {}
  void wake() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  void wait(hubtwin::MonotonicTime) override {
    std::unique_lock<std::mutex> lock(mutex_);
    ++waits_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return woken_; });
    woken_ = false;
  }
  /// Waits until the other thread has gone to sleep so many times.
  void await_waits(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this, count] { return waits_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  int waits_ = 0;
};

template <class WakePort>
struct RigWith {
  hubtwin::posix::SystemClock clock;
  hubtwin::test::FakeRandom random;
  hubtwin::test::TestCrypto crypto;
  WakePort wake{clock};
  hubtwin::SizedContext<> context{hubtwin::Ports{clock, crypto, random, &wake}};
};
using Rig = RigWith<PatientWake>;

/// Holds a runner's thread in a task until it is opened.
class Gate {
 public:
  /// Posts the task, and returns when the thread stands in it.
  void hold(hubtwin::Runner& runner) {
    std::promise<void> reached;
    std::future<void> at_gate = reached.get_future();
    const hubtwin::Status posted =
        runner.post([reached = std::move(reached), open = open_.get_future()]() mutable {
          reached.set_value();
          open.wait();
        });
    if (posted.ok()) {
      at_gate.wait();
    }
  }
  void open() { open_.set_value(); }

 private:
  std::promise<void> open_;
};

}  // namespace runner_test
