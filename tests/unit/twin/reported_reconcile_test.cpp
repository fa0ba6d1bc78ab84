// SPDX-License-Identifier: MIT
// What is sent on a new link, and at a place unknown, once the hub has told what it has.
#include "updates.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;
using namespace std::chrono_literals;

TEST_CASE("reconcile: link lost before the answer -> what the hub hasn't taken goes again") {
  Updates updates;
  updates.open();
  const FlushId first = updates.report("a", 1);
  updates.report("b", 1);
  updates.world.settle();
  REQUIRE(updates.bench.last_update() == R"({"a":1,"b":1})");
  const FlushId second = updates.report("b", 2);
  REQUIRE(second != first);
  updates.bench.reconnect();
  updates.world.run_for(10s);
  REQUIRE(updates.bench.updates().size() == 1);  // first it is to be known what the hub has
  SECTION("it has taken nothing") {
    updates.answer_get("");
    REQUIRE(updates.bench.last_update() == R"({"a":1,"b":2})");
    updates.bench.answer_update(204, 5);
  }
  SECTION("it has taken the update") {
    updates.answer_get(R"("a":1,"b":1)");
    REQUIRE(updates.bench.last_update() == R"({"b":2})");
    updates.bench.answer_update(204, 5);
  }
  SECTION("it has all") {
    updates.answer_get(R"("a":1,"b":2,"other":3)", 5);
    REQUIRE(updates.bench.updates().size() == 1);
  }
  updates.world.settle();
  REQUIRE(updates.outcomes.size() == 2);
  REQUIRE(updates.outcomes[0].id == first);
  REQUIRE(updates.outcomes[1].id == second);
  for (const FlushOutcome& outcome : updates.outcomes) {
    REQUIRE(outcome.status.ok());
    REQUIRE(outcome.version == 5);
  }
  const std::size_t sent = updates.bench.updates().size();
  updates.world.run_for(5min);
  REQUIRE(updates.bench.updates().size() == sent);
}

TEST_CASE("reconcile: link lost within a long least interval -> what was under way goes at once") {
  Updates updates;
  REQUIRE(updates.bench.twin.set_flush_policy({1h, 0s, 0}).ok());
  updates.open();
  updates.report("a", 1);
  updates.world.settle();
  updates.bench.reconnect();
  const MonotonicTime back = updates.world.clock.now();
  updates.answer_get("");
  REQUIRE(updates.bench.updates().size() == 2);
  REQUIRE(updates.world.clock.now() - back < 1s);
}

TEST_CASE("reconcile: an object in a value's place, emptied before it was sent -> the value goes") {
  Updates updates;
  updates.open();
  updates.report_json("", R"({"s":{"t":0,"y":1}})");
  updates.world.settle();
  updates.bench.answer_update(204, 2);
  const std::size_t links = updates.bench.transport.connects().size();
  updates.bench.transport.cut(Error::kLinkLost);
  updates.world.settle();
  updates.report_json("", R"({"s":{"t":{"u":0}}})");
  REQUIRE(updates.bench.twin.report_removal("s.t.u").ok());
  updates.world.run_until([&] { return updates.bench.transport.connects().size() > links; });
  updates.bench.await_get();
  updates.answer_get(R"("s":{"t":0,"y":1})", 2);
  REQUIRE(updates.await_update(2));
  REQUIRE(updates.bench.last_update() == R"({"s":{"t":{}}})");
  updates.bench.answer_update(204, 3);
  updates.world.settle();
  REQUIRE(updates.outcomes.back().status.ok());
}

TEST_CASE("reconcile: the first link -> only what the hub hasn't from an earlier life") {
  Updates updates;
  updates.report("same", "x");
  updates.report("o.same", 1);
  updates.report("o.other", 2);
  updates.report("new", true);
  const FlushId id = updates.report_json("whole", R"({"kept":1,"list":[1,{"p":2}]})");
  updates.bench.open();
  updates.answer_get(R"("same":"x","o":{"same":1,"other":3,"foreign":4},"foreign":[],)"
                     R"("whole":{"list":[1,{"p":2}],"gone":{"deep":1},"kept":1})",
                     40);
  REQUIRE(updates.bench.updates().size() == 1);
  REQUIRE(updates.bench.last_update() == R"({"o":{"other":2},"new":true,"whole":{"gone":null}})");
  updates.bench.answer_update(204, 41);
  REQUIRE(updates.outcomes.size() == 1);
  REQUIRE(updates.outcomes[0].id == id);
  REQUIRE_FALSE(updates.bench.twin.reported("whole.gone").exists());
}

TEST_CASE(
    "reconcile: the twin comes a byte at a time, cut anywhere -> as if it hadn't come at all") {
  Updates updates;
  updates.report("a", 1);
  updates.report_json("o", R"({"x":1,"list":[1,2]})");
  updates.bench.open();
  const std::string document =
      Updates::whole_twin(R"("a":1,"o":{"x":1,"list":[1,2],"old":5,"older":{"y":6}},"b":{"c":3})");
  updates.bench.transport.set_fragment_size(1);
  for (std::size_t cut = 1; cut < document.size(); cut += 7) {
    CAPTURE(document.substr(0, cut));
    updates.bench.answer_get_raw(document.substr(0, cut));
    REQUIRE(updates.bench.updates().empty());
    REQUIRE_FALSE(updates.bench.twin.reported("o.old").exists());
    REQUIRE(updates.bench.await_get());
  }
  updates.bench.answer_get_raw(document);
  REQUIRE(updates.bench.last_update() == R"({"o":{"old":null,"older":null}})");
}

TEST_CASE("reconcile: reported while the twin streams by -> the newest counts") {
  Updates updates;
  updates.open();
  updates.report("a", 1);
  updates.report("b", 1);
  updates.report_json("o", R"({"x":1})");
  updates.world.run_for(1s);
  REQUIRE(updates.bench.await_get());
  updates.answer_get("");
  updates.bench.answer_update();
  updates.bench.reconnect();
  updates.bench.transport.set_fragment_size(1);
  updates.bench.transport.set_fragments_per_poll(1);
  const std::string id =
      TwinBench::rid(updates.bench.transport.published_to(TwinBench::kGet).back().topic);
  updates.bench.count_answered();
  const std::string document = Updates::whole_twin(R"("a":1,"b":1,"o":{"x":1})", 9);
  updates.bench.transport.deliver("$iothub/twin/res/200/?$rid=" + id, document);
  const std::size_t before = updates.bench.updates().size();
  int number = 1;
  while (!updates.bench.twin.synchronised()) {
    REQUIRE(updates.bench.updates().size() == before);
    ++number;
    REQUIRE(updates.bench.twin.report("a", number).ok());
    REQUIRE(updates.bench.twin.report("o.y", number).ok());
    updates.world.poll();
  }
  REQUIRE(number > 20);
  REQUIRE(updates.await_update(before + 1));
  REQUIRE(updates.bench.last_update() ==
          R"({"a":)" + std::to_string(number) + R"(,"o":{"y":)" + std::to_string(number) + "}}");
}

TEST_CASE("reconcile: an object reported later at a place unknown -> the twin is read once more") {
  Updates updates;
  updates.open();
  const std::size_t gets = updates.bench.gets();
  const FlushId id = updates.report_json("o", R"({"x":1,"y":2})");
  REQUIRE(updates.bench.await_get());
  REQUIRE(updates.bench.gets() == gets + 1);
  SECTION("and tells") {
    updates.answer_get(R"("o":{"x":1,"z":3})");
    REQUIRE(updates.bench.last_update() == R"({"o":{"y":2,"z":null}})");
    updates.bench.answer_update();
    updates.report_json("o", R"({"x":1})");
    REQUIRE(updates.await_update(2));
    REQUIRE(updates.bench.last_update() == R"({"o":{"y":null}})");
    REQUIRE(updates.bench.gets() == gets + 1);
  }
  SECTION("and nothing is left to do") {
    updates.answer_get(R"("o":{"y":2,"x":1})");
    REQUIRE(updates.bench.updates().empty());
  }
  SECTION("but isn't given: the object is removed first") {
    updates.bench.answer_get_raw("", 403);
    REQUIRE(updates.bench.last_update() == R"({"o":null})");
    updates.bench.answer_update();
    REQUIRE(updates.bench.last_update() == R"({"o":{"x":1,"y":2}})");
    updates.bench.answer_update();
  }
  updates.world.run_for(5s);
  REQUIRE_FALSE(updates.outcomes.empty());
  REQUIRE(updates.outcomes[0].id == id);
  REQUIRE(updates.outcomes[0].status.ok());
}

TEST_CASE("reconcile: the twin can't be read -> updates go without, unless it is tried again") {
  Updates updates;
  updates.report("a", 1);
  updates.bench.open();
  SECTION("refused") {
    updates.bench.answer_get_raw("", 403);
    REQUIRE(updates.bench.last_update() == R"({"a":1})");
  }
  SECTION("nested too deeply") {
    std::string deep = "1";
    for (int level = 0; level < 20; ++level) {
      deep = R"({"d":)" + deep + "}";
    }
    updates.bench.answer_get(R"("deep":)" + deep, 4);
    REQUIRE(updates.bench.last_update() == R"({"a":1})");
  }
  SECTION("throttled") {
    updates.bench.answer_get_raw("", 429);
    REQUIRE(updates.bench.updates().empty());
    REQUIRE(updates.bench.await_get());
    updates.answer_get(R"("a":1)");
    REQUIRE(updates.bench.updates().empty());
    updates.world.settle();
    REQUIRE(updates.outcomes.size() == 1);
  }
  SECTION("without a reported section") {
    updates.bench.answer_get_raw(R"({"desired":{"$version":1}})");
    REQUIRE(updates.bench.last_update() == R"({"a":1})");
  }
}

TEST_CASE("reconcile: identity made anew -> everything is sent again") {
  Updates updates;
  updates.bench.open("", 30);
  updates.report("a", 1);
  updates.report("b.c", 2);
  updates.world.settle();
  updates.bench.answer_update(204, 17);
  updates.bench.reconnect();
  updates.answer_get("");
  REQUIRE(updates.await_update(2));
  REQUIRE(updates.bench.last_update() == R"({"a":1,"b":{"c":2}})");
  updates.bench.answer_update(204, 2);
  REQUIRE(updates.bench.twin.reported_version() == 2);
}

TEST_CASE(
    "reconcile: acknowledged while the twin is read again -> its older version is no surprise") {
  Updates updates;
  updates.open();
  updates.report("a", 1);
  updates.world.settle();
  updates.bench.notify("", 5);  // a gap
  REQUIRE(updates.bench.await_get());
  updates.bench.answer_update(204, 9);
  updates.bench.answer_get("", 5, 8);
  REQUIRE(updates.bench.twin.reported_version() == 9);
  updates.world.run_for(1min);
  REQUIRE(updates.bench.updates().size() == 1);
}

#if HUBTWIN_FLOAT
namespace {

struct SmallContext {
  static constexpr std::size_t kDocumentBytes = 512;
  static constexpr std::size_t kCallBytes = 1024;
};

}  // namespace

TEST_CASE("reconcile: a string longer than the reading scratch -> compared all the same") {
  World world;
  SizedContext<SmallContext> context{Ports{world.clock, world.crypto, world.random}};
  TwinBench bench(world, context, TwinSizes{4096, 8192, 8192});
  const std::string text(4000, 'x');
  REQUIRE(bench.twin.report("list", "short").ok());
  REQUIRE(bench.twin.report("text", std::string_view(text)).ok());
  REQUIRE(bench.session.open().ok());
  const auto settle = [&] {
    for (int poll = 0; poll < 50; ++poll) {
      context.poll();
    }
  };
  settle();
  std::string at_hub = text;
  bool same = false;
  SECTION("the same") {
    same = true;
  }
  SECTION("the same, written with escapes") {
    same = true;
    at_hub.replace(100, 1, "\\u0078");
  }
  SECTION("another in the middle") {
    at_hub[2000] = 'y';
  }
  SECTION("another at its end") {
    at_hub.back() = 'y';
  }
  SECTION("longer") {
    at_hub += 'x';
  }
  SECTION("shorter") {
    at_hub.pop_back();
  }
  REQUIRE(bench.gets() == 1);
  bench.transport.deliver(
      "$iothub/twin/res/200/?$rid=" + TwinBench::rid(bench.transport.publishes().back().topic),
      Updates::whole_twin(R"("text":")" + at_hub + R"(","list":"short")", 4));
  settle();
  REQUIRE(bench.twin.synchronised());
  if (same) {
    REQUIRE(bench.updates().empty());
  } else {
    REQUIRE(bench.last_update() == R"({"text":")" + text + R"("})");
  }
}

TEST_CASE("reconcile: no room to note what else the hub has in an object -> said in the log") {
  TwinSizes sizes;
  sizes.reported = 96;
  Updates updates(sizes);
  updates.report_json("o", R"({"a":1})");
  updates.bench.open();
  std::string others;
  for (int number = 0; number < 20; ++number) {
    others += ",\"other" + std::to_string(number) + "\":1";
  }
  updates.answer_get(R"("o":{"a":1)" + others + "}");
  REQUIRE(updates.world.log.contains("arena of reported properties is full") == kLogs);
}

TEST_CASE("reconcile: numbers -> the same by value, however the hub writes them") {
  Updates updates;
  updates.report("i", 1);
  updates.report("d", 0.1);
  updates.report("large", 1e22);
  updates.report("near", 0.1);
  updates.bench.open();
  updates.answer_get(R"("large":1E+22,"d":0.10000000000000001,"i":1.0,"near":0.10000000000000002)");
  REQUIRE(updates.bench.last_update() == R"({"near":0.1})");
}
#endif
