// SPDX-License-Identifier: MIT
#include "runner_rig.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace {

using hubtwin::Error;
using hubtwin::Runner;
using hubtwin::Status;
using runner_test::Gate;
using runner_test::Rig;

}  // namespace

TEST_CASE("posts of several threads -> done on the runner's thread, each thread's in order") {
  constexpr int kThreads = 4;
  constexpr int kPosts = 500;
  Rig rig;
  std::array<std::vector<int>, kThreads> done;  // touched on the runner's thread alone
  std::atomic<bool> elsewhere{false};
  {
    Runner runner(rig.context, 16);
    REQUIRE(runner.start().ok());
    CHECK_FALSE(runner.is_this_thread());
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int post = 0; post < kPosts; ++post) {
          Runner::Task task = [&, thread, post] {
            elsewhere = elsewhere || !runner.is_this_thread();
            done[static_cast<std::size_t>(thread)].push_back(post);
          };
          // Refused while the queue is full, and then still whole.
          while (runner.post(std::move(task)) == Error::kNoSpace) {
            std::this_thread::yield();
          }
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  }
  CHECK_FALSE(elsewhere);
  for (const std::vector<int>& posts : done) {
    REQUIRE(posts.size() == kPosts);
    for (int post = 0; post < kPosts; ++post) {
      CHECK(posts[static_cast<std::size_t>(post)] == post);
    }
  }
}

TEST_CASE("queue: full -> the next is refused and kept by its owner, what was taken is done") {
  Rig rig;
  int done = 0;
  Runner runner(rig.context, 3);
  REQUIRE(runner.start().ok());
  Gate gate;
  gate.hold(runner);
  for (int i = 0; i < 3; ++i) {
    CHECK(runner.post([&done] { ++done; }).ok());
  }
  auto owned = std::make_unique<int>(7);
  Runner::Task refused = [&done, owned = std::move(owned)] { done += *owned; };
  CHECK(runner.post(std::move(refused)) == Error::kNoSpace);
  CHECK(refused);
  gate.open();
  runner.stop();
  CHECK(done == 3);
  refused();
  CHECK(done == 10);
}

TEST_CASE("a post while the runner sleeps -> it wakes") {
  Rig rig;
  Runner runner(rig.context);
  REQUIRE(runner.start().ok());
  for (int round = 1; round <= 3; ++round) {
    rig.wake.await_waits(round);
    std::promise<int> answer;
    std::future<int> answered = answer.get_future();
    REQUIRE(runner.post([answer = std::move(answer), round]() mutable { answer.set_value(round); })
                .ok());
    CHECK(answered.get() == round);
  }
}

TEST_CASE("stop: tasks wait -> they are done first, and later ones refused") {
  Rig rig;
  std::vector<int> done;
  Runner runner(rig.context);
  const Runner::Remote remote = runner.remote();
  REQUIRE(runner.start().ok());
  Gate gate;
  gate.hold(runner);
  for (int i = 0; i < 5; ++i) {
    CHECK(remote.post([&done, i] { done.push_back(i); }).ok());
  }
  std::thread opener([&gate] { gate.open(); });
  runner.stop();
  opener.join();
  CHECK(done == std::vector<int>{0, 1, 2, 3, 4});
  CHECK(runner.post([] {}) == Error::kExpired);
  CHECK(remote.post([] {}) == Error::kExpired);
  CHECK(runner.start() == Error::kWrongState);
  runner.stop();  // once more does nothing
}

TEST_CASE("stop: from a task -> what was taken before is done, and the thread ends") {
  Rig rig;
  int done = 0;
  Runner runner(rig.context);
  REQUIRE(runner.post([&runner] { runner.stop(); }).ok());
  REQUIRE(runner.post([&done] { ++done; }).ok());
  REQUIRE(runner.start().ok());
  while (runner.post([] {}) != Error::kExpired) {
    std::this_thread::yield();
  }
  runner.stop();
  CHECK(done == 1);
  CHECK_FALSE(runner.is_this_thread());
}

TEST_CASE("destroyed while threads post -> each post is done or refused, and nobody waits") {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> taken{0};
    std::atomic<int> done{0};
    std::atomic<int> ready{0};
    std::vector<std::thread> threads;
    {
      // Both are gone while the threads still hold their ways in.
      auto rig = std::make_unique<runner_test::RigWith<hubtwin::posix::EventWake>>();
      Runner runner(rig->context, 8);
      REQUIRE(runner.start().ok());
      for (int thread = 0; thread < 3; ++thread) {
        threads.emplace_back([&, remote = runner.remote()] {
          ++ready;
          for (;;) {
            const Status status = remote.post([&done] { ++done; });
            if (status == Error::kExpired) {
              return;
            }
            taken += status.ok() ? 1 : 0;
          }
        });
      }
      while (ready < 3) {
        std::this_thread::yield();
      }
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    CHECK(taken == done);
  }
}

TEST_CASE("never started -> tasks wait, and go undone with the runner") {
  Rig rig;
  std::future<void> answer;
  int done = 0;
  {
    Runner runner(rig.context, 2);
    std::promise<void> promise;
    answer = promise.get_future();
    REQUIRE(runner.post([promise = std::move(promise), &done]() mutable { ++done; }).ok());
    REQUIRE(runner.post([&done] { ++done; }).ok());
    CHECK(runner.post([&done] { ++done; }) == Error::kNoSpace);
  }
  CHECK(done == 0);
  CHECK_THROWS_AS(answer.get(), std::future_error);
}

TEST_CASE("posted before the start -> done after it") {
  Rig rig;
  int done = 0;
  Runner runner(rig.context);
  REQUIRE(runner.post([&done] { ++done; }).ok());
  REQUIRE(runner.start().ok());
  CHECK(runner.start() == Error::kWrongState);
  runner.stop();
  CHECK(done == 1);
}

TEST_CASE("start: a context without a Wake port -> refused") {
  Rig rig;
  hubtwin::SizedContext<> context{rig.clock, rig.crypto, rig.random};
  Runner runner(context);
  CHECK(runner.start() == Error::kNotSupported);
  CHECK(runner.post([] {}).ok());
}

TEST_CASE("post: an empty task -> refused") {
  Rig rig;
  Runner runner(rig.context);
  CHECK(runner.post(Runner::Task()) == Error::kInvalidArgument);
}

TEST_CASE("the runner's thread -> takes no signals, the one that starts it keeps its own") {
  Rig rig;
  Runner runner(rig.context);
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  REQUIRE(runner.start().ok());
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  CHECK(sigismember(&after, SIGTERM) == sigismember(&before, SIGTERM));
  bool blocked = false;
  REQUIRE(runner
              .post([&blocked] {
                sigset_t here;
                pthread_sigmask(SIG_SETMASK, nullptr, &here);
                blocked = sigismember(&here, SIGTERM) == 1;
              })
              .ok());
  runner.stop();
  CHECK(blocked);
}

TEST_CASE("a task is moved -> what it owns lives once, and goes with it") {
  const auto owned = std::make_shared<int>(1);
  {
    Runner::Task first = [owned] { ++*owned; };
    Runner::Task second = std::move(first);
    CHECK(second);
    CHECK(owned.use_count() == 2);
    Runner::Task third = [] {};
    third = std::move(second);
    third();
    CHECK(owned.use_count() == 2);
  }
  CHECK(*owned == 2);
  CHECK(owned.use_count() == 1);
}
