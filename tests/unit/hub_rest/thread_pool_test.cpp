// SPDX-License-Identifier: MIT
#include "tools/hub/rest/thread_pool.hpp"

#include <atomic>
#include <future>

#include <catch2/catch.hpp>

namespace hubtwin::hub::rest {
namespace {

TEST_CASE("jobs that wait for each other all run, up to the most") {
  constexpr int kJobs = 20;
  std::promise<void> all_here;
  std::atomic<int> here{0};
  ThreadPool pool(kJobs);
  std::shared_future<void> gate = all_here.get_future().share();
  for (int i = 0; i < kJobs; ++i) {
    pool.run([&, gate] {
      if (++here == kJobs) {
        all_here.set_value();
      }
      gate.wait();
    });
  }
  pool.stop();
  CHECK(here == kJobs);
}

TEST_CASE("more jobs than threads wait their turn, and stopping waits for them") {
  std::atomic<int> done{0};
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  ThreadPool pool(2);
  for (int i = 0; i < 200; ++i) {
    pool.run([&] {
      const int now = ++at_once;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      --at_once;
      ++done;
    });
  }
  pool.stop();
  CHECK(done == 200);
  CHECK(most <= 2);
}

}  // namespace
}  // namespace hubtwin::hub::rest
