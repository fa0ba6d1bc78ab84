// SPDX-License-Identifier: MIT

/// \file
/// The port that docs/porting.md shows, on a board that is the test's: what a porter writes on a
/// desk before there is hardware.

#include "board_port.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace std::chrono_literals;

namespace {

// The board: one connection, whose other end the test plays.
struct FakeBoard {
  std::uint32_t counter = 0;
  std::int64_t rtc = 0;
  int masked = 0;          // depth of board_interrupts_off()
  bool event_due = false;  // an interrupt waits to be served
  void (*event)(void*) = nullptr;
  void* event_self = nullptr;
  int slept = 0;

  bool handle_free = true;
  std::string host;
  std::uint16_t port = 0;
  BoardTcp state = kBoardConnecting;
  std::string received;
  std::string sent;
  std::size_t send_room = 1000;
  bool ended = false;

  void serve_event() {
    if (event_due && masked == 0) {
      event_due = false;
      event(event_self);
    }
  }
};
FakeBoard fake;

constexpr int kHandle = 7;

}  // namespace

extern "C" {
std::uint32_t board_milliseconds() {
  return fake.counter;
}
std::int64_t board_rtc_seconds() {
  return fake.rtc;
}
void board_interrupts_off() {
  ++fake.masked;
}
void board_interrupts_on() {
  --fake.masked;
  fake.serve_event();
}
void board_sleep() {
  ++fake.slept;
  fake.counter += fake.event_due ? 0 : 1;
}
int board_tcp_open(const char* host, std::uint16_t port) {
  if (!fake.handle_free) {
    return -1;
  }
  fake.handle_free = false;
  fake.host = host;
  fake.port = port;
  return kHandle;
}
BoardTcp board_tcp_state(int handle) {
  REQUIRE(handle == kHandle);
  return fake.state;
}
int board_tcp_waiting(int handle) {
  REQUIRE(handle == kHandle);
  return static_cast<int>(fake.received.size());
}
int board_tcp_receive(int handle, void* bytes, std::size_t most) {
  REQUIRE(handle == kHandle);
  if (fake.received.empty() && fake.ended) {
    return -1;
  }
  const std::size_t size = fake.received.copy(static_cast<char*>(bytes), most);
  fake.received.erase(0, size);
  return static_cast<int>(size);
}
int board_tcp_send(int handle, const void* bytes, std::size_t most) {
  REQUIRE(handle == kHandle);
  if (fake.ended) {
    return -1;
  }
  const std::size_t size = std::min(most, fake.send_room);
  fake.sent.append(static_cast<const char*>(bytes), size);
  fake.send_room -= size;
  return static_cast<int>(size);
}
void board_tcp_close(int handle) {
  REQUIRE(handle == kHandle);
  REQUIRE_FALSE(fake.handle_free);  // never twice
  fake.handle_free = true;
}
void board_tcp_on_event(void (*event)(void* self), void* self) {
  fake.event = event;
  fake.event_self = self;
}
}

namespace {

constexpr MonotonicTime kNow{1h};

struct Rig {
  Rig() { fake = FakeBoard(); }
  ~Rig() { stream.close(); }
  void connect() {
    REQUIRE(stream.open("hub.example", 8883).ok());
    fake.state = kBoardConnected;
    REQUIRE(stream.advance(kNow).value());
  }
  std::string read(std::size_t most) {
    std::string room(most, '?');
    const auto got =
        stream.read(ByteSpan(reinterpret_cast<std::uint8_t*>(room.data()), room.size()));
    REQUIRE(got.ok());
    return room.substr(0, *got);
  }
  Error read_error() {
    std::uint8_t room[4];
    return stream.read(ByteSpan(room)).error();
  }

  board::BoardStream stream;
};

TEST_CASE("guide's clock: the counter begins anew -> time goes on") {
  fake = FakeBoard();
  board::BoardClock clock;
  fake.counter = 0xFFFFFF00u;
  const MonotonicTime before = clock.now();
  fake.counter = 0x100;
  CHECK(clock.now() - before == 512ms);
  CHECK(clock.now() - before == 512ms);
}

TEST_CASE("guide's clock: never set -> no UTC, set -> UTC") {
  fake = FakeBoard();
  board::BoardClock clock;
  CHECK_FALSE(clock.utc().has_value());
  fake.rtc = 1793491200;
  CHECK(clock.utc() == UtcTime(1793491200s));
}

TEST_CASE("guide's wake: nothing happens -> sleeps until the deadline") {
  fake = FakeBoard();
  board::BoardClock clock;
  board::BoardWake wake(clock);
  wake.wait(clock.now() + 5ms);
  CHECK(fake.slept == 5);
  CHECK(fake.masked == 0);
  wake.wait(kAtOnce);
  CHECK(fake.slept == 5);
}

TEST_CASE("guide's wake: an event before, or between look and sleep -> not slept through") {
  fake = FakeBoard();
  board::BoardClock clock;
  board::BoardWake wake(clock);
  SECTION("before") {
    wake.wake();
    wake.wait(kNever);
    CHECK(fake.slept == 0);
  }
  SECTION("between") {
    fake.event_due = true;  // served at the earliest when interrupts are on again
    wake.wait(kNever);
    CHECK(fake.slept == 1);
  }
  wake.wait(clock.now() + 3ms);  // forgotten
  CHECK(fake.slept >= 3);
}

TEST_CASE("guide's stream: opened -> connected when the board is, bytes pass both ways") {
  Rig rig;
  REQUIRE(rig.stream.open("hub.example", 8883).ok());
  CHECK(fake.host == "hub.example");
  CHECK(fake.port == 8883);
  CHECK_FALSE(rig.stream.advance(kNow).value());
  CHECK(rig.read_error() == Error::kWrongState);
  CHECK(rig.stream.write(as_bytes("x")).error() == Error::kWrongState);
  fake.state = kBoardConnected;
  REQUIRE(rig.stream.advance(kNow).value());
  CHECK(rig.stream.next_deadline() == kNever);
  CHECK(rig.read(10).empty());
  fake.received = "answer";
  CHECK(rig.read(0).empty());
  CHECK(rig.read(3) == "ans");
  CHECK(rig.read(10) == "wer");
  CHECK(rig.stream.write(as_bytes("words")).value() == 5);
  CHECK(fake.sent == "words");
}

TEST_CASE("guide's stream: a full send buffer -> 0 and no end, the rest later") {
  Rig rig;
  rig.connect();
  fake.send_room = 3;
  CHECK(rig.stream.write(as_bytes("words")).value() == 3);
  CHECK(rig.stream.write(as_bytes("ds")).value() == 0);
  fake.send_room = 10;
  CHECK(rig.stream.write(as_bytes("ds")).value() == 2);
  CHECK(fake.sent == "words");
}

TEST_CASE("guide's stream: the peer closes behind its words -> they are read first") {
  Rig rig;
  rig.connect();
  fake.received = "refused";
  fake.ended = true;
  CHECK(rig.stream.write(as_bytes("x")).value() == 0);
  CHECK(rig.read(10) == "refused");
  SECTION("read tells the end") {
    CHECK(rig.read_error() == Error::kLinkLost);
  }
  SECTION("write tells it") {
    CHECK(rig.stream.write(as_bytes("x")).error() == Error::kLinkLost);
  }
  CHECK(fake.handle_free);
  CHECK(rig.read_error() == Error::kWrongState);
}

TEST_CASE("guide's stream: closed in any state, twice -> can be opened again") {
  Rig rig;
  rig.stream.close();
  REQUIRE(rig.stream.open("a", 1).ok());
  rig.stream.close();
  rig.stream.close();
  CHECK(fake.handle_free);
  REQUIRE(rig.stream.open("a", 1).ok());
  CHECK_FALSE(rig.stream.advance(kNow).value());
  rig.stream.close();
  CHECK(rig.stream.next_deadline() == kNever);
  rig.connect();
  CHECK(rig.stream.open("a", 1).error() == Error::kWrongState);
  rig.stream.close();
  CHECK(fake.handle_free);
  CHECK(rig.stream.advance(kNow).error() == Error::kWrongState);
  rig.connect();
}

TEST_CASE("guide's stream: why it couldn't be made -> by its reason, and closed") {
  Rig rig;
  const auto reason = [&rig](BoardTcp state) {
    REQUIRE(rig.stream.open("a", 1).ok());
    fake.state = state;
    const Error error = rig.stream.advance(kNow).error();
    CHECK(fake.handle_free);
    return error;
  };
  CHECK(reason(kBoardNoSuchName) == Error::kResolveFailed);
  CHECK(reason(kBoardRefused) == Error::kConnectRefused);
  CHECK(reason(kBoardFailed) == Error::kNetworkFailed);
  CHECK(rig.stream.open("", 1).error() == Error::kInvalidArgument);
  CHECK(rig.stream.open(std::string(300, 'a'), 1).error() == Error::kNoSpace);
  fake.handle_free = false;
  CHECK(rig.stream.open("a", 1).error() == Error::kNoSpace);
  fake.handle_free = true;
}

TEST_CASE("guide's stream: no answer -> given up when its patience is at its end, and not before") {
  Rig rig;
  for (const MonotonicTime start : {kNow, kNow + 24h}) {
    REQUIRE(rig.stream.open("a", 1).ok());
    CHECK_FALSE(rig.stream.advance(start).value());
    const MonotonicTime deadline = rig.stream.next_deadline();
    CHECK(deadline == start + board::BoardStream::kPatience);
    CHECK_FALSE(rig.stream.advance(deadline - 1ms).value());
    CHECK(rig.stream.advance(deadline).error() == Error::kConnectTimeout);
    CHECK(fake.handle_free);
  }
}

}  // namespace
