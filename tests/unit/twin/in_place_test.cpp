// SPDX-License-Identifier: MIT
// An arena without room for a journal: every value replaced, and the link lost at every byte.
#include "support/view_json.hpp"
#include "twin_bench.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace hubtwin;
using namespace hubtwin::test;

namespace {

using Json = nlohmann::json;

// Every value differs between two fills, and takes as much room.
std::string members(char fill) {
  const std::string text(12, fill);
  return R"("text":")" + text + R"(","inner":{"wide":)" + std::string(11, fill) + R"(,"text":")" +
         text + R"("},"list":[")" + text + R"(",)" + fill + "]";
}

Json state(std::string_view members) {
  return Json::parse("{" + std::string(members) + "}");
}

std::size_t bytes_of(std::string_view members) {
  World world;
  TwinBench bench(world);
  bench.open(members, 1);
  REQUIRE(bench.twin.synchronised());
  return bench.twin.desired_tree().bytes_used();
}

// Counts what two handlers see.
struct Seen {
  explicit Seen(TwinBench& bench) {
    REQUIRE(bench.twin.on_desired("inner.wide", [this](const DesiredChange&) { ++inner; }).ok());
    REQUIRE(bench.twin
                .on_desired([this](const DesiredChange& change) {
                  ++all;
                  kept = change.old_value_kept();
                })
                .ok());
  }
  int inner = 0;
  int all = 0;
  bool kept = true;
};

TwinSizes exactly(std::size_t bytes) {
  TwinSizes sizes;
  sizes.desired = bytes;
  return sizes;
}

}  // namespace

TEST_CASE("in place: arena full to the last byte, every value replaced by notifications") {
  World world;
  TwinBench bench(world, exactly(bytes_of(members('1'))));
  Seen seen(bench);
  bench.open(members('1'), 1);
  REQUIRE(bench.twin.synchronised());
  REQUIRE(bench.twin.desired_tree().bytes_free() == 0);
  TwinVersion version = 1;
  for (const char fill : {'2', '3', '2', '1'}) {
    ++version;
    bench.notify(members(fill), version);
    while (bench.get_waits()) {
      REQUIRE_FALSE(bench.twin.synchronised());
      bench.answer_get(members(fill), version);
    }
    REQUIRE(bench.twin.synchronised());
    REQUIRE(json_of(bench.twin.desired()) == state(members(fill)));
    REQUIRE(seen.all == version);
    REQUIRE(seen.inner == version);
    REQUIRE_FALSE(seen.kept);
  }
}

TEST_CASE("in place: link lost after every byte of the twin, in either of its readings") {
  const std::string old_members = members('1');
  const std::string new_members = members('2');
  const std::string document = TwinBench::whole_twin(new_members, 2);
  const std::size_t arena = bytes_of(old_members);
  const bool second = GENERATE(false, true);
  for (std::size_t cut = 0; cut < document.size(); ++cut) {
    CAPTURE(second, cut);
    World world;
    TwinBench bench(world, exactly(arena));
    Seen seen(bench);
    bench.open(old_members, 1);
    bench.reconnect();
    if (second) {
      bench.answer_get(new_members, 2);  // doesn't fit beside its journal
      REQUIRE(bench.get_waits());
    }
    ScriptedTransport::Message message;
    message.topic = "$iothub/twin/res/200/?$rid=" +
                    TwinBench::rid(bench.transport.published_to(TwinBench::kGet).back().topic);
    message.payload = document;
    message.cut_after = cut;
    bench.transport.deliver(message);
    bench.count_answered();
    world.settle();
    REQUIRE_FALSE(bench.twin.synchronised());
    REQUIRE(seen.all == 1);

    // Whether a half-filled section or an untouched one: it converges, and what a handler has seen
    // already isn't told again.
    const bool back = cut % 2 != 0;
    const std::string& final_members = back ? old_members : new_members;
    int answers = 0;
    REQUIRE(bench.await_get());
    for (; bench.get_waits(); ++answers) {
      bench.answer_get(final_members, 3);
    }
    REQUIRE(answers <= 2);
    REQUIRE(bench.twin.synchronised());
    REQUIRE(json_of(bench.twin.desired()) == state(final_members));
    REQUIRE(seen.all == (back ? 1 : 2));
    REQUIRE(seen.inner == (back ? 1 : 2));
  }
}
