// SPDX-License-Identifier: MIT
// Values longer than the room for an update, which go straight out of the arena.
#include "staging.hpp"
#include "updates.hpp"
#include <hubtwin/twin/limits.hpp>

#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kRoom = 128;  // for an update

std::string text_of(char letter, std::size_t size = 300) {
  return std::string(size, letter);
}
std::string quoted(const std::string& text) {
  return '"' + text + '"';
}

// A section of which "a.text" is being sent, and so many bytes of it are.
struct Streaming : Staging {
  explicit Streaming(std::size_t bytes_sent = 50, std::size_t arena = 4096)
      : Staging(arena, kRoom) {
    REQUIRE(reported.report("a.n", 1).ok());
    id = *reported.report("a.text", text_of('x'));
    REQUIRE(next() == R"({"a":{"n":1}})");
    reported.acknowledge(kNoVersion);
    REQUIRE(next() == "streamed " + std::to_string(whole.size()));
    sent = bytes_sent == 0 ? "" : read(bytes_sent);
  }
  // The update that is on its way, to its end.
  std::string rest() { return sent + read(whole.size() - sent.size()); }

  const std::string whole = R"({"a":{"text":)" + quoted(text_of('x')) + "}}";
  std::string sent;
  FlushId id = kNothingToFlush;
};

}  // namespace

TEST_CASE("stream: a value longer than the room -> whole, in pieces of any size") {
  std::string list = R"([1,-25,"x\"y\nü",{"k":[]})";
  for (int number = 0; number < 60; ++number) {
    list += ',' + std::to_string(number);
  }
  list += ']';
  for (std::size_t step = 1; step < 400; step = step * 2 + 1) {
    CAPTURE(step);
    Staging staging(4096, kRoom);
    REQUIRE(staging.reported.report_json("a.b.list", list).ok());
    REQUIRE(staging.next().rfind("streamed", 0) == 0);
    const std::size_t size = staging.source->size();
    std::string body;
    while (body.size() < size) {
      REQUIRE(staging.reported.sending());
      body += staging.read(std::min(step, size - body.size()));
    }
    REQUIRE_FALSE(staging.reported.sending());
    REQUIRE(body == R"({"a":{"b":{"list":)" + list + "}}}");
    staging.reported.acknowledge(7);
    REQUIRE(staging.next().empty());
    REQUIRE(staging.reported.finish_flush().status.ok());
  }
}

TEST_CASE("stream: replaced while it is sent -> the old value to its end, then the new one") {
  const std::size_t already = GENERATE(0U, 1U, 50U, 316U);
  Streaming streaming(already);
  FlushId later = kNothingToFlush;
  std::string update;
  SECTION("by a string") {
    later = *streaming.reported.report("a.text", "short");
    update = R"({"a":{"text":"short"}})";
  }
  SECTION("twice") {
    REQUIRE(streaming.reported.report("a.text", "short").ok());
    later = *streaming.reported.report("a.text", 2);
    update = R"({"a":{"text":2}})";
  }
  SECTION("by JSON beside other things") {
    later = *streaming.reported.report_json("", R"({"a":{"n":1,"text":[1],"m":{}}})");
    update = R"({"a":{"text":[1],"m":{}}})";
  }
  SECTION("by its removal") {
    later = *streaming.reported.report_removal("a.text");
    update = R"({"a":{"text":null}})";
  }
  SECTION("by the removal of what it is in") {
    later = *streaming.reported.report_removal("a");
    update = R"({"a":null})";
  }
  SECTION("by an object, which the hub would merge") {
    later = *streaming.reported.report_json("a.text", R"({"k":1})");
    update = R"({"a":{"text":null}}{"a":{"text":{"k":1}}})";
  }
  CHECK(later != streaming.id);
  REQUIRE(streaming.rest() == streaming.whole);
  streaming.reported.acknowledge(kNoVersion);
  REQUIRE(streaming.next().empty());
  REQUIRE(streaming.reported.finish_flush().id == streaming.id);
  REQUIRE(streaming.drain() == update);
}

TEST_CASE("stream: the same value reported while it is sent -> on its way already") {
  std::string list = "[0";
  for (int number = 1; number < 60; ++number) {
    list += ',' + std::to_string(number);
  }
  list += ']';
  Staging staging(4096, kRoom);
  REQUIRE(staging.reported.report_json("", R"({"a":{"n":1,"list":)" + list + "}}").ok());
  REQUIRE(staging.next() == R"({"a":{"n":1}})");
  staging.reported.acknowledge(kNoVersion);
  REQUIRE(staging.next().rfind("streamed", 0) == 0);
  const std::size_t size = staging.source->size();
  std::string body = staging.read(40);
  SECTION("alone") {
    REQUIRE(*staging.reported.report_json("a.list", list) == 1);
    REQUIRE_FALSE(staging.reported.dirty());
  }
  SECTION("in what it is in, whole") {
    REQUIRE(staging.reported.report_json("", R"({"a":{"n":1,"list":)" + list + "}}").ok());
  }
  SECTION("after another one") {
    REQUIRE(staging.reported.report("a.list", "other").ok());
    REQUIRE(*staging.reported.report_json("a.list", list) == 1);
  }
  body += staging.read(size - body.size());
  REQUIRE(body == R"({"a":{"list":)" + list + "}}");
  staging.reported.acknowledge(kNoVersion);
  REQUIRE(staging.drain().empty());
}

TEST_CASE("stream: the same string reported while it is sent -> on its way already") {
  Streaming streaming;
  REQUIRE(*streaming.reported.report("a.text", text_of('x')) == streaming.id);
  REQUIRE_FALSE(streaming.reported.dirty());
  REQUIRE(streaming.rest() == streaming.whole);
  streaming.reported.acknowledge(kNoVersion);
  REQUIRE(streaming.drain().empty());
}

TEST_CASE("stream: other values reported while it is sent -> wait for the next update") {
  Streaming streaming;
  REQUIRE(streaming.reported.report("a.n", 2).ok());
  REQUIRE(streaming.reported.report_json("b.c", "[true,false]").ok());
  REQUIRE(streaming.rest() == streaming.whole);
  streaming.reported.acknowledge(kNoVersion);
  REQUIRE(streaming.drain() == R"({"a":{"n":2},"b":{"c":[true,false]}})");
}

TEST_CASE("stream: replaced in a full arena -> refused, and nothing has changed") {
  bool refused = false;
  bool taken = false;
  for (std::size_t arena = 380; arena < 800; ++arena) {
    CAPTURE(arena);
    Streaming streaming(50, arena);
    const Result<FlushId> id = streaming.reported.report("a.text", text_of('y', 299));
    REQUIRE((id.ok() || id.error() == Error::kNoSpace));
    (id.ok() ? taken : refused) = true;
    REQUIRE(streaming.reported.view().at("a.text").as_string().value() ==
            (id.ok() ? text_of('y', 299) : text_of('x')));
    REQUIRE(streaming.rest() == streaming.whole);
    // Once it is sent its room is free for what replaces it.
    REQUIRE(streaming.reported.report("a.text", text_of('z', 298)).ok());
    streaming.reported.acknowledge(kNoVersion);
    REQUIRE(streaming.reported.finish_flush().status.ok());
    REQUIRE(streaming.next().rfind("streamed", 0) == 0);
    REQUIRE(streaming.read(streaming.source->size()).find("zzz") != std::string::npos);
  }
  REQUIRE(refused);
  REQUIRE(taken);
}

TEST_CASE(
    "stream: the section's limit -> counts what is being sent once, while it is the section's") {
  Staging staging(65536, kRoom);
  for (int number = 0; number < 7; ++number) {
    REQUIRE(staging.reported.report("s" + std::to_string(number), text_of('s', 4090)).ok());
  }
  REQUIRE(staging.reported.report("t", text_of('t', 4000)).ok());
  while (staging.next().rfind("streamed 41", 0) == 0) {
    staging.read(staging.source->size());
    staging.reported.acknowledge(kNoVersion);
  }
  staging.read(100);
  REQUIRE(section_size(staging.reported.view()) > kMaxSectionBytes - 200);
  REQUIRE(staging.reported.report_json("", R"({"u":")" + std::string(60, 'u') + R"("})").ok());
  REQUIRE(staging.reported
              .report_json("", R"({"v":[")" + std::string(60, 'v') + R"(",")" +
                                   std::string(60, 'v') + R"("]})")
              .error() == Error::kPropertyTooLarge);
  REQUIRE(staging.reported.report("t", text_of('n', 3990)).ok());
}

TEST_CASE("stream: refused by the hub -> named, and dropped unless replaced") {
  Streaming streaming;
  const bool replaced = GENERATE(false, true);
  if (replaced) {
    REQUIRE(streaming.reported.report("a.text", "short").ok());
  }
  streaming.rest();
  REQUIRE_FALSE(streaming.reported.can_isolate(Error::kHubBadRequest));
  streaming.reported.reject(Error::kHubBadRequest);
  REQUIRE(streaming.next().empty());
  const FlushOutcome outcome = streaming.reported.finish_flush();
  REQUIRE(outcome.status.error() == Error::kHubBadRequest);
  REQUIRE(outcome.refused == (replaced ? "" : "a.text"));
  REQUIRE(streaming.drain() == (replaced ? R"({"a":{"text":"short"}})" : ""));
}

TEST_CASE(
    "stream: the link is lost in the middle -> from its beginning again, or what replaced it") {
  Streaming streaming;
  const bool replaced = GENERATE(false, true);
  if (replaced) {
    REQUIRE(streaming.reported.report("a.text", "short").ok());
  }
  streaming.reported.interrupt();
  REQUIRE_FALSE(streaming.reported.sending());
  if (replaced) {
    REQUIRE(streaming.drain() == R"({"a":{"text":"short"}})");
    return;
  }
  REQUIRE(streaming.next() == "streamed " + std::to_string(streaming.whole.size()));
  REQUIRE(streaming.read(streaming.whole.size()) == streaming.whole);
}

TEST_CASE("stream: a path too long to be streamed -> refused when reported") {
  Staging staging(4096, kRoom);
  const std::string path(kRoom - 63, 'p');
  REQUIRE(staging.reported.report(path, text_of('x')).error() == Error::kNoSpace);
  REQUIRE(staging.reported.report(path, "short").ok());
}

TEST_CASE("updates: a value longer than the room, on a slow link -> other things wait for it") {
  TwinSizes sizes;
  sizes.transmit = kRoom;
  Updates updates(sizes);
  updates.bench.transport.set_source_bytes_per_poll(1);
  updates.open();
  updates.report("a", text_of('x'));
  updates.report("b", 1);
  for (int poll = 0; poll < 100; ++poll) {
    updates.world.context.poll();
    updates.report("a", "new");
  }
  // Longer than an answer may take: the time for that begins with the last byte.
  updates.bench.transport.set_source_bytes_per_poll(0);
  updates.world.run_for(200s);
  REQUIRE(updates.bench.updates().empty());
  updates.bench.transport.set_source_bytes_per_poll(1);
  updates.world.settle();
  REQUIRE(updates.bench.last_update() == R"({"a":)" + quoted(text_of('x')) + "}");
  REQUIRE(updates.bench.updates().size() == 1);
  updates.bench.answer_update(204, 2);
  REQUIRE(updates.bench.updates().size() == 2);
  REQUIRE(updates.bench.last_update() == R"({"b":1})");
  updates.bench.answer_update(204, 3);
  REQUIRE(updates.await_update(3));
  REQUIRE(updates.bench.last_update() == R"({"a":"new"})");
}

TEST_CASE("updates: an answer before the last byte of a long value -> not taken for its own") {
  TwinSizes sizes;
  sizes.transmit = kRoom;
  Updates updates(sizes);
  updates.bench.transport.set_source_bytes_per_poll(100);
  updates.open();
  updates.report("a", text_of('x'));
  updates.world.context.poll();
  updates.bench.transport.deliver("$iothub/twin/res/204/?$rid=2&$version=5", "");
  updates.world.context.poll();
  REQUIRE(updates.outcomes.empty());
  updates.world.settle();
  REQUIRE(updates.bench.updates().size() == 1);
  updates.bench.answer_update(204, 6);
  REQUIRE(updates.outcomes.size() == 1);
}

TEST_CASE("updates: a transport that takes less at once -> what is longer goes from the arena") {
  Updates updates;
  updates.bench.transport.set_largest_payload(100);
  updates.open();
  updates.report("a", text_of('x'));
  updates.world.settle();
  REQUIRE(updates.bench.last_update() == R"({"a":)" + quoted(text_of('x')) + "}");
  updates.bench.answer_update(204, 2);
  REQUIRE(updates.outcomes.size() == 1);
  REQUIRE(updates.outcomes[0].status.ok());
}
