// SPDX-License-Identifier: MIT
#include "inbox.hpp"

#include <string>
#include <thread>

#include <catch2/catch.hpp>

namespace {

using hubtwin::as_bytes;
using hubtwin::as_text;
using hubtwin::Error;
using hubtwin::MonotonicTime;
using hubtwin::Qos;
using hubtwin::Status;
using hubtwin::paho::Event;
using hubtwin::paho::Inbox;

class CountingWake final : public hubtwin::Wake {
 public:
  void wake() override { ++count; }
  void wait(MonotonicTime) override {}
  int count = 0;
};

Event message(std::string_view topic, std::string_view payload) {
  Event event;
  event.kind = Event::Kind::kMessage;
  event.topic = topic;
  event.payload = as_bytes(payload);
  return event;
}

Event published(std::uint16_t id) {
  Event event;
  event.kind = Event::Kind::kPublished;
  event.id = id;
  return event;
}

TEST_CASE("inbox: events of every kind -> come out whole and in order") {
  Inbox inbox(1000, nullptr);
  CHECK(inbox.front() == nullptr);
  Event first = message("topic", "payload");
  first.flag = true;
  first.qos = Qos::kAtLeastOnce;
  first.id = 0xfffe;
  inbox.push(first);
  inbox.push(published(7));
  inbox.push(message("", ""));

  const Event* event = inbox.front();
  REQUIRE(event != nullptr);
  CHECK(inbox.front() == event);  // until it is popped
  CHECK(event->kind == Event::Kind::kMessage);
  CHECK(event->topic == "topic");
  CHECK(as_text(event->payload) == "payload");
  CHECK(event->flag);
  CHECK(event->qos == Qos::kAtLeastOnce);
  CHECK(event->id == 0xfffe);
  inbox.push(published(8));  // doesn't disturb what is being read
  CHECK(event->topic == "topic");
  inbox.pop();
  REQUIRE(inbox.front() != nullptr);
  CHECK(inbox.front()->kind == Event::Kind::kPublished);
  CHECK(inbox.front()->id == 7);
  inbox.pop();
  REQUIRE(inbox.front() != nullptr);
  CHECK(inbox.front()->topic.empty());
  CHECK(inbox.front()->payload.empty());
  inbox.pop();
  REQUIRE(inbox.front() != nullptr);
  CHECK(inbox.front()->id == 8);
  inbox.pop();
  CHECK(inbox.front() == nullptr);
}

TEST_CASE("inbox: more than its bytes -> kept up to twice, then lost, until there is room") {
  Inbox inbox(100, nullptr);
  const std::string forty(38, 'x');
  CHECK(inbox.push(message("tt", forty)) == Inbox::Push::kKept);
  CHECK(inbox.push(message("tt", forty)) == Inbox::Push::kKept);
  CHECK(inbox.push(message("tt", forty)) == Inbox::Push::kOverfull);
  CHECK(inbox.push(message("tt", forty)) == Inbox::Push::kOverfull);
  CHECK(inbox.push(message("tt", forty)) == Inbox::Push::kOverfull);
  CHECK(inbox.push(message("tt", forty)) == Inbox::Push::kLost);
  CHECK(inbox.push(published(1)) == Inbox::Push::kKept);
  int messages = 0;
  while (const Event* const event = inbox.front()) {
    messages += event->kind == Event::Kind::kMessage ? 1 : 0;
    inbox.pop();
    if (messages == 1) {
      // Room counts as soon as it is made, not only when all has been read.
      CHECK(inbox.push(published(2)) == Inbox::Push::kKept);
    }
  }
  CHECK(messages == 5);
  CHECK(inbox.push(message("tt", forty)) == Inbox::Push::kKept);
}

TEST_CASE("inbox: room made while reading -> can be used at once") {
  Inbox inbox(100, nullptr);
  const std::string ninety(90, 'x');
  CHECK(inbox.push(message("", ninety)) == Inbox::Push::kKept);
  REQUIRE(inbox.front() != nullptr);
  inbox.pop();
  CHECK(inbox.push(message("", ninety)) == Inbox::Push::kKept);
}

TEST_CASE("inbox: a message beyond twice its bytes -> lost whole") {
  Inbox inbox(100, nullptr);
  CHECK(inbox.push(message("", std::string(201, 'x'))) == Inbox::Push::kLost);
  CHECK(inbox.front() == nullptr);
}

TEST_CASE("inbox: many events before the reader comes -> one wake") {
  CountingWake wake;
  Inbox inbox(1000, &wake);
  inbox.push(published(1));
  inbox.push(published(2));
  CHECK(wake.count == 1);
  REQUIRE(inbox.front() != nullptr);
  inbox.push(published(3));
  CHECK(wake.count == 2);
  inbox.push(published(4));
  CHECK(wake.count == 2);
}

TEST_CASE("inbox: the end -> always wakes, with all events still to be read") {
  CountingWake wake;
  Inbox inbox(1000, &wake);
  CHECK_FALSE(inbox.ended().has_value());
  inbox.push(published(1));
  inbox.end(Error::kLinkLost);
  CHECK(wake.count == 2);
  REQUIRE(inbox.ended().has_value());
  CHECK(*inbox.ended() == Status(Error::kLinkLost));
  CHECK(inbox.front() != nullptr);
}

TEST_CASE("inbox: told to forget the wake -> never touches it again") {
  CountingWake wake;
  Inbox inbox(1000, &wake);
  inbox.forget_wake();
  inbox.push(published(1));
  inbox.end(Error::kLinkLost);
  CHECK(wake.count == 0);
}

TEST_CASE("inbox: several writers and a reader -> every event once, each writer's in order") {
  constexpr int kWriters = 3;
  constexpr std::uint16_t kEach = 20000;
  Inbox inbox(1 << 20, nullptr);
  std::vector<std::thread> writers;
  writers.reserve(kWriters);
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&inbox, writer] {
      const std::string topic = std::to_string(writer);
      for (std::uint16_t i = 1; i <= kEach;) {
        Event event = message(topic, "0123456789");
        event.id = i;
        if (inbox.push(event) == Inbox::Push::kLost) {
          std::this_thread::yield();
        } else {
          ++i;
        }
      }
    });
  }
  std::uint16_t last[kWriters] = {};
  int left = kWriters * kEach;
  bool in_order = true;
  while (left > 0) {
    if (const Event* const event = inbox.front(); event != nullptr) {
      const auto writer = static_cast<std::size_t>(event->topic[0] - '0');
      in_order =
          in_order && event->id == last[writer] + 1 && as_text(event->payload) == "0123456789";
      last[writer] = event->id;
      inbox.pop();
      --left;
    } else {
      std::this_thread::yield();
    }
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  CHECK(in_order);
  CHECK(inbox.front() == nullptr);
}

}  // namespace
