// SPDX-License-Identifier: MIT
#include <hubtwin/posix/runner.hpp>

#include <csignal>
#include <mutex>
#include <system_error>
#include <vector>

HUBTWIN_NAMESPACE_BEGIN

namespace {

// A thread inherits the mask of the one that makes it.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

// What remotes share with the runner and may outlive it.
struct Runner::State {
  State(std::size_t capacity, Wake* the_wake) : tasks(capacity), wake(the_wake) {}

  // The next task, or an empty one. The caller does it without the lock.
  Task take() {
    const std::lock_guard<std::mutex> lock(mutex);
    if (waiting == 0) {
      return Task();
    }
    Task task = std::move(tasks[first]);
    first = (first + 1) % tasks.size();
    --waiting;
    return task;
  }

  std::mutex mutex;
  std::vector<Task> tasks;  // a ring
  std::size_t first = 0;
  std::size_t waiting = 0;
  bool stopped = false;  // then `wake` may be gone
  Wake* wake;
  std::thread::id thread;

  void set_thread(std::thread::id id) {
    const std::lock_guard<std::mutex> lock(mutex);
    thread = id;
  }

  void run(Context& context) {
    set_thread(std::this_thread::get_id());
    work(context);
    set_thread(std::thread::id());  // the next thread may be given the same
  }

  // Does what waits, and drives the clients until it is stopped.
  void work(Context& context) {
    for (;;) {
      // Only as many as there are: who posts without end mustn't keep the clients from being
      // polled.
      std::size_t due = 0;
      bool last = false;
      {
        const std::lock_guard<std::mutex> lock(mutex);
        due = waiting;
        last = stopped;
      }
      for (; due > 0; --due) {
        take()();
      }
      context.poll();
      if (last) {
        return;  // nothing was taken since
      }
      // A post() or stop() since then has woken: the wait returns at once.
      context.wait(context.next_deadline());
    }
  }
};

Status Runner::Remote::post(Task&& task) const {
  if (!task) {
    return Error::kInvalidArgument;
  }
  State& state = *state_;
  const std::lock_guard<std::mutex> lock(state.mutex);
  if (state.stopped) {
    return Error::kExpired;
  }
  if (state.waiting == state.tasks.size()) {
    return Error::kNoSpace;
  }
  state.tasks[(state.first + state.waiting) % state.tasks.size()] = std::move(task);
  ++state.waiting;
  if (state.wake != nullptr) {
    state.wake->wake();  // under the lock: after stop() it may be gone
  }
  return Status();
}

Runner::Runner(Context& context, std::size_t capacity)
    : context_(context), state_(std::make_shared<State>(capacity, context.wake())) {
  HUBTWIN_EXPECTS(capacity > 0);
}

Runner::~Runner() {
  HUBTWIN_EXPECTS(!is_this_thread());
  stop();
}

Status Runner::start() {
  if (context_.wake() == nullptr) {
    return Error::kNotSupported;
  }
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (state_->stopped || thread_.joinable()) {
      return Error::kWrongState;
    }
  }
  const AllSignalsBlocked blocked;
  try {
    thread_ = std::thread([state = state_, &context = context_] { state->run(context); });
  } catch (const std::system_error& error) {
    return Status::with_os_code(Error::kNoSpace, error.code().value());
  }
  return Status();
}

void Runner::stop() {
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (!state_->stopped && state_->wake != nullptr) {
      state_->wake->wake();
    }
    state_->stopped = true;
  }
  if (is_this_thread()) {
    return;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
  while (state_->take()) {
    // Dropped one by one, without the lock: what a task owns may post when it goes.
  }
}

bool Runner::is_this_thread() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->thread == std::this_thread::get_id();
}

HUBTWIN_NAMESPACE_END
