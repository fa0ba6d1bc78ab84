// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Threads that come when they are needed.

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace hubtwin::hub::rest {

/// Runs jobs at once, each on a thread of its own as long as `most` isn't reached; later ones wait
/// for a thread to become free. An HTTP connection occupies a thread even while it idles, so a pool
/// of a fixed, small size would let idle clients block the others.
class ThreadPool {
 public:
  explicit ThreadPool(std::size_t most) : most_(most) {}
  ~ThreadPool() { stop(); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Not once stop() has begun. New threads inherit the caller's signal mask.
  void run(std::function<void()> job);

  /// Waits for all jobs, those still queued included, and joins every thread.
  void stop();

 private:
  void work();

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::queue<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace hubtwin::hub::rest
