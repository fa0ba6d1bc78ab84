// SPDX-License-Identifier: MIT
// What is staged, refused and written, without a network.
#include "staging.hpp"
#include <hubtwin/twin/limits.hpp>

#include <cstdint>
#include <limits>
#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;
using hubtwin::test::Staging;

TEST_CASE("staging: values of all types -> one body in document order") {
  Staging staging;
  REQUIRE(staging.reported.report("b", true).ok());
  REQUIRE(staging.reported.report("o.i", -7).ok());
  REQUIRE(staging.reported.report("o.p.t", "x\"\n").ok());
  REQUIRE(staging.reported.report("o.d", 12345678901).ok());
  REQUIRE(staging.reported.report("l", PropertyValue::array()).ok());
  REQUIRE(staging.drain() == R"({"b":true,"o":{"i":-7,"p":{"t":"x\"\n"},"d":12345678901},"l":[]})");
  REQUIRE(staging.next() == "nothing");
}

TEST_CASE("staging: same path again -> the last value wins") {
  Staging staging;
  const FlushId id = *staging.reported.report("a", 1);
  REQUIRE(id != kNothingToFlush);
  REQUIRE(*staging.reported.report("a", 2) == id);
  REQUIRE(*staging.reported.report("b", 1) == id);
  REQUIRE(staging.drain() == R"({"a":2,"b":1})");
}

TEST_CASE("staging: value the hub has acknowledged -> nothing to flush") {
  Staging staging;
  REQUIRE(staging.reported.report("a", 1).ok());
  staging.drain();
  REQUIRE(*staging.reported.report("a", 1) == kNothingToFlush);
  REQUIRE(*staging.reported.report("a", 1U) == kNothingToFlush);
  REQUIRE_FALSE(staging.reported.dirty());
  REQUIRE(*staging.reported.report("a", 2) != kNothingToFlush);
}

TEST_CASE("staging: value equal to the one in flight -> that flush, other -> the next") {
  Staging staging;
  const FlushId first = *staging.reported.report("a", 1);
  REQUIRE(staging.next() == R"({"a":1})");
  REQUIRE(*staging.reported.report("a", 1) == first);
  REQUIRE_FALSE(staging.reported.dirty());
  const FlushId second = *staging.reported.report("a", 2);
  REQUIRE(second != first);
  SECTION("acknowledged -> the newer one is still to go") {
    staging.reported.acknowledge(5);
    REQUIRE(staging.next().empty());
    const FlushOutcome outcome = staging.reported.finish_flush();
    REQUIRE(outcome.id == first);
    REQUIRE(outcome.status.ok());
    REQUIRE(outcome.version == 5);
    REQUIRE(staging.next() == R"({"a":2})");
  }
  SECTION("lost -> the older one is not sent again") {
    staging.reported.requeue();
    REQUIRE(staging.next().empty());
    REQUIRE(staging.reported.finish_flush().id == first);
    REQUIRE(staging.next() == R"({"a":2})");
  }
  SECTION("changed back -> sent once more, since the hub may have the other") {
    REQUIRE(*staging.reported.report("a", 1) == second);
    staging.reported.requeue();
    REQUIRE(staging.next().empty());
    static_cast<void>(staging.reported.finish_flush());
    REQUIRE(staging.next() == R"({"a":1})");
  }
}

TEST_CASE("staging: update lost -> queued again, with what was not sent yet") {
  Staging staging;
  REQUIRE(staging.reported.report("a", 1).ok());
  REQUIRE(staging.reported.report("b", 2).ok());
  REQUIRE(staging.next(9) == R"({"a":1})");
  REQUIRE(staging.reported.in_flight() == 1);
  staging.reported.requeue();
  REQUIRE(staging.next() == R"({"a":1,"b":2})");
}

TEST_CASE("staging: removal -> null until acknowledged, then gone") {
  Staging staging;
  REQUIRE(staging.reported.report("a.b", 1).ok());
  REQUIRE(staging.reported.report("a.c", 1).ok());
  staging.drain();
  REQUIRE(staging.reported.report_removal("a.b").ok());
  REQUIRE(staging.reported.view().at("a.b").is_null());
  REQUIRE(staging.next() == R"({"a":{"b":null}})");
  REQUIRE(staging.reported.view().at("a.b").is_null());
  staging.reported.acknowledge(3);
  REQUIRE_FALSE(staging.reported.view().at("a.b").exists());
  REQUIRE(staging.reported.view().at("a.c").exists());
}

TEST_CASE("staging: removal of what this program never reported -> sent all the same") {
  Staging staging;
  REQUIRE(*staging.reported.report_removal("old") != kNothingToFlush);
  REQUIRE(staging.drain() == R"({"old":null})");
  REQUIRE_FALSE(staging.reported.view().at("old").exists());
}

TEST_CASE("staging: removal of an object -> one null for all of it") {
  Staging staging;
  REQUIRE(staging.reported.report("a.b.c", 1).ok());
  REQUIRE(staging.reported.report("a.d", 1).ok());
  staging.drain();
  const FlushId id = *staging.reported.report_removal("a");
  REQUIRE(*staging.reported.report_removal("a") == id);
  REQUIRE(*staging.reported.report_removal("a.b") == id);
  REQUIRE(staging.drain() == R"({"a":null})");
}

TEST_CASE("staging: value below a waiting removal -> the removal goes first, in order") {
  Staging staging;
  REQUIRE(staging.reported.report("a.old", 1).ok());
  REQUIRE(staging.reported.report("z", 1).ok());
  staging.drain();
  REQUIRE(staging.reported.report_removal("a").ok());
  SECTION("not sent yet") {
    REQUIRE(staging.reported.report("a.new.x", 2).ok());
    REQUIRE(staging.reported.report("z", 3).ok());
    REQUIRE(staging.next() == R"({"a":null,"z":3})");
    staging.reported.requeue();
    REQUIRE(staging.next() == R"({"a":null,"z":3})");
    staging.reported.acknowledge(1);
    REQUIRE(staging.next() == R"({"a":{"new":{"x":2}}})");
    staging.reported.acknowledge(1);
    REQUIRE(staging.next().empty());
  }
  SECTION("in flight, then acknowledged") {
    REQUIRE(staging.next() == R"({"a":null})");
    REQUIRE(staging.reported.report("a.new", 2).ok());
    staging.reported.acknowledge(1);
    REQUIRE(staging.next().empty());
    static_cast<void>(staging.reported.finish_flush());
    REQUIRE(staging.next() == R"({"a":{"new":2}})");
  }
  SECTION("in flight, then lost") {
    REQUIRE(staging.next() == R"({"a":null})");
    REQUIRE(staging.reported.report("a.new", 2).ok());
    staging.reported.requeue();
    REQUIRE(staging.next() == R"({"a":null})");
    staging.reported.acknowledge(1);
    REQUIRE(staging.next().empty());
    static_cast<void>(staging.reported.finish_flush());
    REQUIRE(staging.next() == R"({"a":{"new":2}})");
  }
  SECTION("by JSON") {
    REQUIRE(staging.reported.report_json("a.new", R"({"x":[2]})").ok());
    REQUIRE(staging.next() == R"({"a":null})");
    staging.reported.acknowledge(1);
    REQUIRE(staging.next() == R"({"a":{"new":{"x":[2]}}})");
  }
  SECTION("a scalar instead -> replaces the object at the hub by itself") {
    REQUIRE(staging.reported.report("a", 5).ok());
    REQUIRE(staging.drain() == R"({"a":5})");
  }
  SECTION("removed again") {
    REQUIRE(staging.reported.report("a.new", 2).ok());
    REQUIRE(staging.reported.report_removal("a.other").ok());
    REQUIRE_FALSE(staging.reported.view().at("a.other").exists());
    REQUIRE(staging.reported.report_removal("a").ok());
    REQUIRE(staging.drain() == R"({"a":null})");
  }
  REQUIRE(staging.reported.view().at("z").exists());
}

TEST_CASE("staging: shapes that replace each other -> as the hub merges them") {
  Staging staging;
  REQUIRE(staging.reported.report("a", 1).ok());
  staging.drain();
  REQUIRE(staging.reported.report("a.b", 1).error() == Error::kPropertyPath);
  REQUIRE(staging.reported.report_removal("a.b").error() == Error::kPropertyPath);
  REQUIRE(staging.reported.report_json("a.b", "1").error() == Error::kPropertyPath);
  REQUIRE(staging.reported.report_json("a", R"({"b":1})").ok());
  REQUIRE(staging.drain() == R"({"a":{"b":1}})");
  REQUIRE(staging.reported.report("a", "s").ok());
  REQUIRE(staging.drain() == R"({"a":"s"})");
}

TEST_CASE("staging: JSON at the empty path -> merged, arrays whole, only differences are sent") {
  Staging staging;
  REQUIRE(staging.reported.report_json("", R"({"a":{"x":1,"y":[1,{"z":2}]},"b":"t"})").ok());
  REQUIRE(staging.drain() == R"({"a":{"x":1,"y":[1,{"z":2}]},"b":"t"})");
  REQUIRE(staging.reported.report_json("", R"({"a":{"x":2,"y":[1,{"z":2}]}})").ok());
  REQUIRE(staging.drain() == R"({"a":{"x":2}})");
  REQUIRE(*staging.reported.report_json("", R"({"a":{"x":2}})") == kNothingToFlush);
  REQUIRE(staging.reported.report_json("a.y", R"([1])").ok());
  REQUIRE(staging.reported.report_json("n", R"( 7 )").ok());
  const FlushId id = *staging.reported.report_json("n", "7");
  REQUIRE(id != kNothingToFlush);
  REQUIRE(staging.drain() == R"({"a":{"y":[1]},"n":7})");
}

TEST_CASE(
    "staging: an object whose place at the hub is known -> differences, and nulls for the rest") {
  Staging staging;
  REQUIRE(staging.reported.report_json("a", R"({"x":1,"y":[1],"o":{"p":1,"q":2}})").ok());
  REQUIRE(staging.reported.unsure());
  staging.drain();
  REQUIRE_FALSE(staging.reported.unsure());
  REQUIRE(*staging.reported.report_json("a", R"({"o":{"q":2,"p":1},"y":[1],"x":1})") ==
          kNothingToFlush);
  REQUIRE(staging.reported.report_json("a", R"({"x":2,"y":[1],"o":{"q":2}})").ok());
  REQUIRE(staging.drain() == R"({"a":{"x":2,"o":{"p":null}}})");
  REQUIRE(staging.reported.report_json("a.o", R"({"r":{}})").ok());
  REQUIRE(staging.drain() == R"({"a":{"o":{"q":null,"r":{}}}})");
  REQUIRE(staging.reported.report("a.n.m", 1).ok());
  REQUIRE(staging.reported.report_json("a", "{}").ok());
  REQUIRE(staging.drain() == R"({"a":{"x":null,"y":null,"o":null,"n":null}})");
  REQUIRE(staging.reported.view()["a"].is_object());
  REQUIRE(staging.reported.view()["a"].empty());
  REQUIRE_FALSE(staging.reported.unsure());
  REQUIRE(*staging.reported.report_removal("a.z") == kNothingToFlush);
}

TEST_CASE(
    "staging: an object at a place unknown, nothing compared -> removed first, then all of it") {
  Staging staging;
  REQUIRE(staging.reported.report("a.x", 1).ok());
  staging.drain();
  const FlushId id = *staging.reported.report_json("a", R"({"x":1,"y":2})");
  REQUIRE(staging.reported.unsure());
  REQUIRE(staging.next() == R"({"a":null})");
  staging.reported.acknowledge(1);
  REQUIRE(staging.next() == R"({"a":{"x":1,"y":2}})");
  staging.reported.acknowledge(2);
  REQUIRE(staging.next().empty());
  REQUIRE(staging.reported.finish_flush().id == id);
  REQUIRE(staging.next() == "nothing");
}

TEST_CASE("staging: empty objects -> values like others") {
  Staging staging;
  SECTION("where something else stood") {
    REQUIRE(staging.reported.report("a", 1).ok());
    staging.drain();
    REQUIRE(staging.reported.report("a", PropertyValue::object()).ok());
    REQUIRE(staging.next() == R"({"a":{}})");
    SECTION("lost") {
      staging.reported.requeue();
      REQUIRE(staging.drain() == R"({"a":{}})");
    }
    SECTION("a member comes before it is acknowledged") {
      REQUIRE(staging.reported.report("a.b", 1).ok());
      staging.reported.acknowledge(1);
      REQUIRE(staging.next().empty());
      static_cast<void>(staging.reported.finish_flush());
      REQUIRE(staging.drain() == R"({"a":{"b":1}})");
    }
    SECTION("a member comes, and the update is lost") {
      REQUIRE(staging.reported.report("a.b", 1).ok());
      staging.reported.requeue();
      REQUIRE(staging.drain() == R"({"a":{"b":1}})");
    }
  }
  SECTION("where nothing is known: removed first") {
    REQUIRE(staging.reported.report_json("a", "{}").ok());
    REQUIRE(staging.drain() == R"({"a":null}{"a":{}})");
    REQUIRE(*staging.reported.report_json("a", "{}") == kNothingToFlush);
    REQUIRE(*staging.reported.report("a", PropertyValue::object()) == kNothingToFlush);
  }
  SECTION("within a value") {
    REQUIRE(staging.reported.report_json("", R"({"a":{"b":{}},"c":[{},[]]})").ok());
    REQUIRE(staging.drain() == R"({"a":{"b":{}},"c":[{},[]]})");
  }
}

TEST_CASE("staging: deadband -> counts from the value staged last") {
  Staging staging;
  REQUIRE(staging.reported.report("t", 2000, Deadband(50)).ok());
  staging.drain();
  REQUIRE(*staging.reported.report("t", 2049, Deadband(50)) == kNothingToFlush);
  REQUIRE(*staging.reported.report("t", 1951, Deadband(50)) == kNothingToFlush);
  REQUIRE_FALSE(staging.reported.dirty());
  const FlushId id = *staging.reported.report("t", 2050, Deadband(50));
  REQUIRE(id != kNothingToFlush);
  REQUIRE(*staging.reported.report("t", 2025, Deadband(50)) == id);
  REQUIRE(*staging.reported.view()["t"].as_integer() == 2050);
  REQUIRE(*staging.reported.report("t", 2100, Deadband(50)) == id);
  REQUIRE(staging.drain() == R"({"t":2100})");
  REQUIRE(*staging.reported.report("t", 2101, Deadband(0)) != kNothingToFlush);
  staging.drain();
  REQUIRE(*staging.reported.report("t", 2101, Deadband(0)) == kNothingToFlush);
  REQUIRE(*staging.reported.report("t", "broken", Deadband(50)) != kNothingToFlush);
  REQUIRE(*staging.reported.report("t", 2101, Deadband(9999)) != kNothingToFlush);
  REQUIRE(staging.reported.report("t", 22, Deadband(-1)).error() == Error::kInvalidArgument);
  REQUIRE(staging.reported.report("t", kMaxInteger + 1, Deadband(kMaxInteger)).error() ==
          Error::kPropertyValue);
}

#if HUBTWIN_FLOAT
TEST_CASE("staging: numbers with a fraction -> equal by value, never infinite or NaN") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  Staging staging;
  REQUIRE(staging.reported.report("d", 0.0).ok());
  REQUIRE(staging.reported.report("f", 0.1).ok());
  REQUIRE(staging.reported.report("i", 1).ok());
  REQUIRE(staging.reported.report("t", 20.0, Deadband(0.5)).ok());
  REQUIRE(staging.drain() == R"({"d":0.0,"f":0.1,"i":1,"t":20.0})");
  REQUIRE(*staging.reported.report("d", -0.0) == kNothingToFlush);
  REQUIRE(*staging.reported.report("d", 0) == kNothingToFlush);
  REQUIRE(*staging.reported.report("i", 1.0) == kNothingToFlush);
  REQUIRE(*staging.reported.report("i", 1.0F) == kNothingToFlush);
  REQUIRE(*staging.reported.report("t", 20.25, Deadband(0.5)) == kNothingToFlush);
  REQUIRE(*staging.reported.report("t", 20, Deadband(0.5)) == kNothingToFlush);
  REQUIRE(*staging.reported.report("i", true) != kNothingToFlush);
  REQUIRE(*staging.reported.report("t", 20.5, Deadband(0.5)) != kNothingToFlush);
  for (const double number : {kInfinity, -kInfinity, kNan}) {
    REQUIRE(staging.reported.report("t", number).error() == Error::kPropertyValue);
    REQUIRE(staging.reported.report("t", number, Deadband(1)).error() == Error::kPropertyValue);
    REQUIRE(staging.reported.report("t", 1, Deadband(number)).error() == Error::kInvalidArgument);
  }
}
#endif

TEST_CASE("staging: JSON that is refused -> named, nothing staged") {
  Staging staging;
  REQUIRE(staging.reported.report("a", 1).ok());
  staging.drain();
  struct Row {
    const char* path;
    std::string json;
    Error error;
  };
  const Row rows[] = {
      {"x", "", Error::kJsonTruncated},
      {"x", "{", Error::kJsonTruncated},
      {"x", "{\"p\":1", Error::kJsonTruncated},
      {"x", "{\"p\":1}}", Error::kJsonTrailing},
      {"x", "tru", Error::kJsonTruncated},
      {"x", "{\"p\":1,\"q\":nul}", Error::kJsonSyntax},
      {"x", "null", Error::kPropertyValue},
      {"x", "{\"p\":1,\"q\":null}", Error::kPropertyValue},
      {"x", "{\"p\":1,\"q\":[null]}", Error::kPropertyValue},
      {"x", "{\"p\":1,\"$q\":1}", Error::kPropertyKey},
      {"x", "{\"p\":1,\"q.r\":1}", Error::kPropertyKey},
      {"x", "{\"p\":1,\"\":1}", Error::kPropertyKey},
      {"x", "{\"p\":1,\"q\":4503599627370496}", Error::kPropertyValue},
      {"x..y", "1", Error::kPropertyPath},
      {"", "1", Error::kWrongType},
      {"", "[]", Error::kWrongType},
      {"x", "\"" + std::string(1100, 'x') + "\"", Error::kJsonTooLong},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path, row.json);
    REQUIRE(staging.reported.report_json(row.path, row.json).error() == row.error);
    REQUIRE(staging.reported.view().size() == 1);
    REQUIRE_FALSE(staging.reported.dirty());
  }
  REQUIRE(staging.reported.report("x", 1).ok());  // nothing is left under way
}

TEST_CASE("staging: what the hub would refuse -> named, nothing staged") {
  Staging staging(65536, 40000);
  const std::string deep = "a.a.a.a.a.a.a.a.a.a.a";
  REQUIRE(staging.reported.report(deep, 1).ok());
  REQUIRE(staging.reported.report(deep + ".a", 1).error() == Error::kPropertyPath);
  REQUIRE(staging.reported.report("", 1).error() == Error::kPropertyPath);
  REQUIRE(staging.reported.report("b.", 1).error() == Error::kPropertyPath);
  REQUIRE(staging.reported.report("b c", 1).error() == Error::kPropertyKey);
  REQUIRE(staging.reported.report("$b", 1).error() == Error::kPropertyKey);
  REQUIRE(staging.reported.report(std::string(1025, 'k'), 1).error() == Error::kPropertyKey);
  REQUIRE(staging.reported.report("b", kMaxInteger + 1).error() == Error::kPropertyValue);
  REQUIRE(staging.reported.report("b", std::numeric_limits<std::uint64_t>::max()).error() ==
          Error::kPropertyValue);
  REQUIRE(staging.reported.report("b", std::string(4097, 'x')).error() == Error::kPropertyValue);
  REQUIRE(staging.reported.report("b", "\xC3").error() == Error::kPropertyValue);
  REQUIRE(staging.reported.report_removal("b..c").error() == Error::kPropertyPath);
  REQUIRE(staging.reported.view().size() == 1);
}

TEST_CASE("staging: section that would grow past 32 KB -> refused, also in small steps") {
  Staging staging(65536, 40000);
  const std::string text(4000, 'x');
  for (char key = 'a'; key < 'a' + 8; ++key) {
    REQUIRE(staging.reported.report(std::string(1, key), text).ok());
  }
  REQUIRE(section_size(staging.reported.view()) == 8 * 4001);
  REQUIRE(staging.reported.report("i", text).error() == Error::kPropertyTooLarge);
  REQUIRE(staging.reported.report_json("i", "\"" + text + "\"").error() ==
          Error::kPropertyTooLarge);
  REQUIRE(staging.reported.report("i", std::string(760, 'x')).error() == Error::kPropertyTooLarge);
  REQUIRE(staging.reported.report("i", std::string(759, 'x')).ok());
  REQUIRE(section_size(staging.reported.view()) == kMaxSectionBytes);
  REQUIRE(staging.reported.report("j", true).error() == Error::kPropertyTooLarge);
  REQUIRE(staging.reported.report("a", "short").ok());
  REQUIRE(staging.reported.report("j", true).ok());
}

TEST_CASE("staging: arena too small -> refused whole at every size, then accepted") {
  bool taken = false;
  for (std::size_t size = PropertyTree::kMinimumBytes; size < 300; ++size) {
    CAPTURE(size);
    Staging staging(size);
    const Error scalar = staging.reported.report("first.second", "some longer text").error();
    const Error json =
        staging.reported.report_json("obj", R"({"x":"some longer text","y":[1,2]})").error();
    REQUIRE((scalar == Error::kNone || scalar == Error::kNoSpace));
    REQUIRE((json == Error::kNone || json == Error::kNoSpace));
    REQUIRE(staging.reported.view().at("first").exists() == (scalar == Error::kNone));
    REQUIRE(staging.reported.view().at("obj").exists() == (json == Error::kNone));
    taken = scalar == Error::kNone && json == Error::kNone;
  }
  REQUIRE(taken);
}

TEST_CASE("staging: every body limit -> valid bodies that add up, whole properties each") {
  for (std::size_t limit = 21; limit < 120; ++limit) {
    CAPTURE(limit);
    Staging staging;
    for (const char* path : {"a.b.c", "a.b.d", "a.e", "f", "g.h"}) {
      REQUIRE(staging.reported.report(path, 123).ok());
    }
    staging.reported.begin_flush();
    Staging copy;
    for (;;) {
      const Result<ReportedBody> body = staging.reported.next_body(limit);
      REQUIRE(body.ok());
      if (body->empty()) {
        break;
      }
      REQUIRE(body->bytes.size() <= limit);
      REQUIRE(copy.reported.report_json("", as_text(body->bytes)).ok());
      staging.reported.acknowledge(kNoVersion);
    }
    REQUIRE(equal_values(staging.reported.view(), copy.reported.view()));
  }
}

TEST_CASE("staging: update refused -> its values are dropped and can be reported anew") {
  Staging staging;
  REQUIRE(staging.reported.report("a", 1).ok());
  staging.drain();
  const FlushId id = *staging.reported.report("a", 2);
  REQUIRE(staging.reported.report("b.c", 3).ok());
  REQUIRE(staging.next(9) == R"({"a":2})");
  PropertyView refused = staging.reported.next_in_flight(staging.reported.view());
  REQUIRE(refused.is_at("a"));
  REQUIRE_FALSE(staging.reported.next_in_flight(refused).exists());
  staging.reported.reject(Error::kHubBadRequest);
  REQUIRE(staging.reported.view().at("a").is_null());
  REQUIRE(staging.next() == R"({"b":{"c":3}})");
  staging.reported.acknowledge(9);
  REQUIRE(staging.next().empty());
  const FlushOutcome outcome = staging.reported.finish_flush();
  REQUIRE(outcome.id == id);
  REQUIRE(outcome.status.error() == Error::kHubBadRequest);
  REQUIRE(outcome.refused == "a");
  REQUIRE_FALSE(staging.reported.view().at("a").exists());
  REQUIRE(staging.reported.report("a", 2).ok());
  REQUIRE(staging.drain() == R"({"a":2})");
}

TEST_CASE("staging: cancelled -> each named flush once, values staged for later") {
  Staging staging;
  REQUIRE(staging.reported.cancel_next() == kNothingToFlush);
  const FlushId first = *staging.reported.report("a", 1);
  REQUIRE(staging.next() == R"({"a":1})");
  const FlushId second = *staging.reported.report("b", 2);
  REQUIRE(staging.reported.cancel_next() == first);
  REQUIRE(staging.reported.cancel_next() == second);
  REQUIRE(staging.reported.cancel_next() == kNothingToFlush);
  const FlushId third = *staging.reported.report("c", 3);
  REQUIRE(third != first);
  REQUIRE(third != second);
  REQUIRE(staging.next() == R"({"a":1,"b":2,"c":3})");
  staging.reported.acknowledge(1);
  REQUIRE(staging.next().empty());
  REQUIRE(staging.reported.finish_flush().id == third);
}

TEST_CASE("staging: JSON that the hub would refuse -> the place at fault is named") {
  struct Row {
    std::string json;
    std::string path;
    std::size_t position;
  };
  const Row rows[] = {
      {R"({"p":1,"q":{"r":4503599627370496,"s":1}})", "x.q.r", 40},
      {R"({"p":1,"q":[1,{"r":[2,-4503599627370497]}]})", "x.q.1.r.1", 43},
      {R"({"p":1,"q":{")" + std::string(494, 'k') + R"(":1}})", "x.q." + std::string(494, 'k'),
       512},
      {R"({"p":1,"q":{"r":null}})", "", 19},
      {R"({"p":1,"q r":1})", "", 11},
      {R"({"p":1,,})", "", 7},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    Staging staging(8192, 500);
    JsonFault fault;
    REQUIRE_FALSE(staging.reported.report_json("x", row.json, &fault).ok());
    CHECK(fault.path == row.path);
    CHECK(fault.position == row.position);
    REQUIRE_FALSE(staging.reported.dirty());
  }
}

TEST_CASE("staging: full arena -> a removal that takes room is refused visibly, others are not") {
  Staging staging(120);
  REQUIRE(staging.reported.report("a.b", 1).ok());
  staging.drain();
  int number = 0;
  while (staging.reported.report("n" + std::to_string(number), number).ok()) {
    ++number;
  }
  REQUIRE(number > 0);
  staging.drain();
  REQUIRE(staging.reported.report_removal("unknown").error() == Error::kNoSpace);
  REQUIRE_FALSE(staging.reported.dirty());
  const std::size_t used = staging.reported.tree().bytes_used();
  REQUIRE(staging.reported.report_removal("n0").ok());
  REQUIRE(staging.reported.tree().bytes_used() == used);  // until it is acknowledged
  REQUIRE(staging.drain() == R"({"n0":null})");
  REQUIRE(staging.reported.tree().bytes_used() < used);
  REQUIRE(staging.reported.report_removal("unknown").ok());
  REQUIRE(staging.drain() == R"({"unknown":null})");
}
