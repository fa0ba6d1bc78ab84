// SPDX-License-Identifier: MIT
#include "worker.hpp"

HUBTWIN_NAMESPACE_BEGIN
namespace paho {

void TaskQueue::post(std::function<void()> task) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopped_) {
    return;
  }
  tasks_.push_back(std::move(task));
  unfinished_.fetch_add(1);
  changed_.notify_all();
}

void TaskQueue::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !tasks_.empty() || stopping_; });
    if (tasks_.empty()) {
      break;
    }
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it holds goes before it counts as done
    lock.lock();
    unfinished_.fetch_sub(1);
  }
  stopped_ = true;
  changed_.notify_all();
}

void TaskQueue::stop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

bool TaskQueue::wait_until_stopped(std::chrono::milliseconds patience) {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return stopped_; });
}

Worker::Worker()
    : tasks_(std::make_shared<TaskQueue>()), thread_([tasks = tasks_] { tasks->run(); }) {}

Worker::~Worker() {
  tasks_->stop();
  if (tasks_->wait_until_stopped(kPatience)) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

}  // namespace paho
HUBTWIN_NAMESPACE_END
