// SPDX-License-Identifier: MIT
#include <hubtwin/posix/event_wake.hpp>
#include <hubtwin/posix/system_clock.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/eventfd.h>
#include <unistd.h>

namespace {

bool no_descriptors = false;

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's names
// The linker puts the first of these in place of the system's, and names that the second.
extern "C" int __wrap_eventfd(unsigned int count, int flags);
extern "C" int __real_eventfd(unsigned int count, int flags);

int __wrap_eventfd(unsigned int count, int flags) {
  if (no_descriptors) {
    errno = EMFILE;
    return -1;
  }
  return __real_eventfd(count, flags);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace {

using namespace std::chrono_literals;
using hubtwin::Error;
using hubtwin::kNever;
using hubtwin::MonotonicTime;
using hubtwin::posix::EventWake;
using hubtwin::posix::SystemClock;

// A wait that returns within this was woken; none of the deadlines below is as near.
constexpr auto kSoon = 10s;

bool readable(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return poll(&entry, 1, 0) == 1;
}

struct Pipe {
  Pipe() { REQUIRE(pipe(fds) == 0); }
  ~Pipe() {
    close(fds[0]);
    close(fds[1]);
  }
  int reader() const { return fds[0]; }
  void send() const { REQUIRE(write(fds[1], "x", 1) == 1); }
  int fds[2] = {-1, -1};
};

TEST_CASE("event wake: woken before the wait -> returns at once and forgets") {
  SystemClock clock;
  EventWake wake(clock);
  REQUIRE(wake.status().ok());
  wake.wake();
  wake.wake();
  CHECK(readable(wake.fd()));
  const MonotonicTime start = clock.now();
  wake.wait(kNever);
  CHECK(clock.now() - start < kSoon);
  CHECK_FALSE(readable(wake.fd()));

  wake.wake();  // works again after a wait
  CHECK(readable(wake.fd()));
}

TEST_CASE("event wake: deadline in the past -> returns at once") {
  SystemClock clock;
  EventWake wake(clock);
  const MonotonicTime start = clock.now();
  wake.wait(start - 1s);
  wake.wait(MonotonicTime::min() + 1ms);
  CHECK(clock.now() - start < kSoon);
}

TEST_CASE("event wake: not woken -> sleeps until the deadline and no less") {
  SystemClock clock;
  EventWake wake(clock);
  const MonotonicTime deadline = clock.now() + 30ms;
  wake.wait(deadline);
  CHECK(clock.now() >= deadline);
}

TEST_CASE("event wake: woken by another thread -> no wake-up is lost") {
  SystemClock clock;
  EventWake wake(clock);
  constexpr int kRounds = 20000;
  std::atomic<int> asked{0};
  std::atomic<int> done{0};
  std::thread other([&] {
    for (int i = 1; i <= kRounds; ++i) {
      asked.store(i, std::memory_order_relaxed);
      wake.wake();
      while (i % 16 == 0 && done.load() < i) {
        std::this_thread::yield();
      }
    }
  });
  const MonotonicTime start = clock.now();
  int seen = 0;
  while (seen < kRounds) {
    wake.wait(kNever);
    seen = asked.load(std::memory_order_relaxed);
    done.store(seen);
  }
  other.join();
  // A lost wake-up costs kLongestWait.
  CHECK(clock.now() - start < EventWake::kLongestWait);
}

EventWake* woken_by_signal = nullptr;

TEST_CASE("event wake: woken by a signal handler -> the wait ends and errno is kept") {
  SystemClock clock;
  EventWake wake(clock);
  woken_by_signal = &wake;
  const auto previous = std::signal(SIGUSR1, [](int) {
    errno = EDOM;
    woken_by_signal->wake();
    if (errno != EDOM) {
      std::abort();
    }
  });
  REQUIRE(std::raise(SIGUSR1) == 0);
  const MonotonicTime start = clock.now();
  wake.wait(kNever);
  CHECK(clock.now() - start < kSoon);
  std::signal(SIGUSR1, previous);
}

TEST_CASE("event wake: used with an event loop -> clear forgets what made fd readable") {
  SystemClock clock;
  EventWake wake(clock);
  wake.wake();
  REQUIRE(readable(wake.fd()));
  wake.clear();
  CHECK_FALSE(readable(wake.fd()));
}

TEST_CASE("event wake: a watched descriptor becomes ready -> the wait ends and tells which") {
  SystemClock clock;
  EventWake wake(clock);
  const Pipe quiet;
  const Pipe busy;
  REQUIRE(wake.watch(quiet.reader(), POLLIN).ok());
  REQUIRE(wake.watch(busy.reader(), POLLIN).ok());
  busy.send();
  const MonotonicTime start = clock.now();
  wake.wait(kNever);
  CHECK(clock.now() - start < kSoon);
  CHECK(wake.ready(busy.reader()) == POLLIN);
  CHECK(wake.ready(quiet.reader()) == 0);

  wake.unwatch(busy.reader());
  const MonotonicTime deadline = clock.now() + 20ms;
  wake.wait(deadline);
  CHECK(clock.now() >= deadline);
  CHECK(wake.ready(busy.reader()) == 0);
}

TEST_CASE("event wake: watch with a bad descriptor or too many -> refused") {
  SystemClock clock;
  EventWake wake(clock);
  CHECK(wake.watch(-1, POLLIN).error() == Error::kInvalidArgument);
  const int first = 1000;
  for (int i = 0; i < static_cast<int>(EventWake::kMaxWatched); ++i) {
    REQUIRE(wake.watch(first + i, POLLIN).ok());
  }
  CHECK(wake.watch(5000, POLLIN).error() == Error::kNoSpace);
  CHECK(wake.watch(first, POLLOUT).ok());  // replaces
  wake.unwatch(first + 3);
  CHECK(wake.watch(5000, POLLIN).ok());
}

TEST_CASE("event wake: no descriptor left -> says so, and waits stay short") {
  SystemClock clock;
  no_descriptors = true;
  EventWake wake(clock);
  no_descriptors = false;
  CHECK(wake.status().error() == Error::kNoSpace);
  CHECK(wake.status().os_code() == EMFILE);
  CHECK(wake.fd() < 0);
  wake.wake();
  const MonotonicTime start = clock.now();
  wake.wait(kNever);
  CHECK(clock.now() - start < kSoon);
}

}  // namespace
