// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A thread that does one thing after the other.

#include <hubtwin/config.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

HUBTWIN_NAMESPACE_BEGIN
namespace paho {

/// Tasks waiting for a Worker; shared by it and those who post, so that either may go first.
/// Everything may be called from any thread, a task included. Tasks don't throw.
class TaskQueue {
 public:
  /// Dropped when the worker has stopped.
  void post(std::function<void()> task);

  /// Whether everything posted so far has been done.
  bool idle() const { return unfinished_.load() == 0; }

 private:
  friend class Worker;

  void run();
  void stop();
  bool wait_until_stopped(std::chrono::milliseconds patience);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  std::atomic<std::size_t> unfinished_{0};
  bool stopping_ = false;
  bool stopped_ = false;
};

/// Runs tasks in the order they were posted, on a thread of its own.
class Worker {
 public:
  /// \throws std::system_error when there are no threads left.
  Worker();
  /// Lets what was posted be done and waits for it, at most kPatience; what still runs then is left
  /// to end by itself, so tasks own or share what they touch.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  static constexpr std::chrono::seconds kPatience{3};

  const std::shared_ptr<TaskQueue>& tasks() const { return tasks_; }

 private:
  std::shared_ptr<TaskQueue> tasks_;
  std::thread thread_;
};

}  // namespace paho
HUBTWIN_NAMESPACE_END
