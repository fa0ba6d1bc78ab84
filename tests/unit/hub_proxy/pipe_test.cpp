// SPDX-License-Identifier: MIT
#include "tools/hub/proxy/pipe.hpp"

#include <catch2/catch.hpp>

namespace hubtwin::hub::proxy {

using namespace std::chrono_literals;

namespace {

const Time kStart = Time() + 1h;

std::string drain(Pipe& pipe, Time now) {
  std::string out;
  for (;;) {
    const std::string ready(pipe.ready(now));
    if (ready.empty()) {
      return out;
    }
    pipe.took(ready.size(), now);
    out += ready;
  }
}

}  // namespace

TEST_CASE("pipe: nothing wrong -> bytes leave at once, in order") {
  Pipe pipe;
  pipe.put("one", kStart);
  pipe.put("two", kStart);
  CHECK(drain(pipe, kStart) == "onetwo");
  CHECK(pipe.passed() == 6);
  CHECK(pipe.next_time() == kNever);
}

TEST_CASE("pipe: a delay -> bytes leave when it is over, and it says when") {
  Pipe pipe;
  pipe.set_delay(200ms);
  pipe.put("late", kStart);
  CHECK(drain(pipe, kStart + 199ms).empty());
  CHECK(pipe.next_time() == kStart + 200ms);
  CHECK(drain(pipe, kStart + 200ms) == "late");
}

TEST_CASE("pipe: a byte a second -> one leaves each second") {
  Pipe pipe;
  pipe.set_rate(1);
  pipe.put("abc", kStart);
  CHECK(drain(pipe, kStart) == "a");
  CHECK(pipe.next_time() == kStart + 1s);
  CHECK(drain(pipe, kStart + 999ms).empty());
  CHECK(drain(pipe, kStart + 1s) == "b");
  pipe.set_rate(0);
  CHECK(drain(pipe, kStart + 1s) == "c");
}

TEST_CASE("pipe: a higher rate -> as many bytes as it says leave in a second") {
  Pipe pipe;
  pipe.set_rate(2000);
  pipe.put(std::string(10000, 'x'), kStart);
  std::size_t passed = 0;
  for (Time now = kStart; now < kStart + 1s; now += 1ms) {
    passed += drain(pipe, now).size();
  }
  CHECK(passed == 2000);
}

TEST_CASE("pipe: silence -> nothing leaves until it ends") {
  Pipe pipe;
  pipe.set_silent(true);
  pipe.put("kept", kStart);
  CHECK(drain(pipe, kStart + 1h).empty());
  CHECK(pipe.next_time() == kNever);
  pipe.set_silent(false);
  CHECK(drain(pipe, kStart) == "kept");
}

TEST_CASE("pipe: a number of bytes to stop after -> no more leave") {
  Pipe pipe;
  pipe.put("abcdef", kStart);
  pipe.stop_after(4);
  CHECK_FALSE(pipe.stopped());
  CHECK(drain(pipe, kStart) == "abcd");
  CHECK(pipe.stopped());
  pipe.go_on();
  CHECK(drain(pipe, kStart) == "ef");
}

TEST_CASE("pipe: more than its room waits -> it says that it is full") {
  Pipe pipe;
  pipe.set_silent(true);
  pipe.put(std::string(Pipe::kRoom - 1, 'x'), kStart);
  CHECK_FALSE(pipe.full());
  pipe.put("x", kStart);
  CHECK(pipe.full());
}

}  // namespace hubtwin::hub::proxy
