// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Work from other threads for the hub's.

#include "tools/hub/core/executor.hpp"

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace hubtwin::hub {

class JobQueue : public Executor {
 public:
  using Job = std::function<void(Hub&)>;

  /// `wake` is called on the thread that queues.
  explicit JobQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

  bool run(Job job) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (closed_) {
        return false;
      }
      jobs_.push_back(std::move(job));
    }
    wake_();
    return true;
  }

  /// What was queued since the last time.
  std::vector<Job> take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(jobs_, {});
  }

  /// From now on run() refuses; what is queued is destroyed unrun.
  void close() {
    std::vector<Job> dropped;
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    dropped.swap(jobs_);
  }

 private:
  const std::function<void()> wake_;
  std::mutex mutex_;
  bool closed_ = false;
  std::vector<Job> jobs_;
};

}  // namespace hubtwin::hub
