// SPDX-License-Identifier: MIT
#include "tools/hub/rest/thread_pool.hpp"

#include <utility>

namespace hubtwin::hub::rest {

void ThreadPool::run(std::function<void()> job) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push(std::move(job));
    if (jobs_.size() > idle_ && threads_.size() < most_) {
      threads_.emplace_back([this] { work(); });
    }
  }
  changed_.notify_one();
}

void ThreadPool::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

void ThreadPool::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) {
      return;
    }
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop();
    lock.unlock();
    job();
    lock.lock();
  }
}

}  // namespace hubtwin::hub::rest
