// SPDX-License-Identifier: MIT
// Clients of one context take turns to read documents.
#include "twin_bench.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;

namespace {

std::string answer_topic(TwinBench& bench) {
  return "$iothub/twin/res/200/?$rid=" + TwinBench::rid(bench.transport.publishes().back().topic);
}

void open_both(World& world, TwinBench& a, TwinBench& b) {
  REQUIRE(a.session.open().ok());
  REQUIRE(b.session.open().ok());
  REQUIRE(world.run_until([&] { return a.gets() == 1 && b.gets() == 1; }));
}

}  // namespace

TEST_CASE("document turn: two answers byte by byte at once -> both read, one after the other") {
  World world;
  TwinBench a(world);
  TwinBench b(world);
  open_both(world, a, b);
  for (TwinBench* bench : {&a, &b}) {
    bench->transport.set_fragment_size(1);
    bench->transport.set_fragments_per_poll(1);
  }
  const std::string text(300, 'x');
  a.transport.deliver(answer_topic(a), TwinBench::whole_twin(R"("n":")" + text + "\"", 2));
  b.transport.deliver(answer_topic(b), TwinBench::whole_twin(R"("n":2)", 3));
  bool overlapped = false;
  REQUIRE(world.run_until([&] {
    overlapped = overlapped || (!a.twin.synchronised() && b.transport.idle());
    return a.twin.synchronised() && b.twin.synchronised();
  }));
  REQUIRE(*a.twin.desired("n").as_string() == text);
  REQUIRE(*b.twin.desired("n").as_integer() == 2);
  REQUIRE(world.clock.now() - FakeClock::kStart < std::chrono::seconds(5));
}

TEST_CASE("document turn: a stalled document -> loses its turn, reads again later") {
  World world;
  TwinBench a(world);
  TwinBench b(world);
  open_both(world, a, b);
  a.transport.set_fragment_size(1);
  a.transport.set_fragments_per_poll(0);  // at least one
  // The first bytes of a's answer come, then nothing for long: a has the turn and stalls.
  const std::string body = TwinBench::whole_twin(R"("n":1)", 2);
  a.transport.deliver(answer_topic(a), body);
  for (int poll = 0; poll < 5; ++poll) {
    a.session.poll();
  }
  REQUIRE(world.context.holds_document(&a.twin));
  b.transport.deliver(answer_topic(b), TwinBench::whole_twin(R"("n":2)", 3));
  b.session.poll();
  REQUIRE_FALSE(b.twin.synchronised());
  world.clock.advance(Context::kDocumentStall);
  b.session.poll();
  REQUIRE(b.twin.synchronised());
  REQUIRE(*b.twin.desired("n").as_integer() == 2);

  // a goes on, finds its turn gone, applies nothing and asks again.
  REQUIRE(world.run_until([&] { return a.gets() == 2; }));
  REQUIRE_FALSE(a.twin.desired("n").exists());
  a.transport.deliver(answer_topic(a), body);
  REQUIRE(world.run_until([&] { return a.twin.synchronised(); }));
}

TEST_CASE("document turn: link lost or client gone while reading -> the turn is free") {
  World world;
  TwinBench b(world);
  {
    TwinBench a(world);
    open_both(world, a, b);
    a.transport.set_fragment_size(1);
    a.transport.set_fragments_per_poll(1);
    a.transport.deliver(answer_topic(a), TwinBench::whole_twin(R"("n":1)", 2));
    world.poll();
    REQUIRE(world.context.holds_document(&a.twin));
    SECTION("link lost") {
      a.transport.cut(Error::kLinkLost);
      world.poll();
      REQUIRE_FALSE(world.context.holds_document(&a.twin));
    }
    SECTION("client gone") {}
  }
  b.transport.deliver(answer_topic(b), TwinBench::whole_twin(R"("n":2)", 3));
  world.poll();
  REQUIRE(b.twin.synchronised());
}

TEST_CASE("document turn: handlers run -> the turn is free already") {
  World world;
  TwinBench a(world);
  bool held = true;
  REQUIRE(a.twin
              .on_desired(
                  "n", [&](const DesiredChange&) { held = world.context.holds_document(&a.twin); })
              .ok());
  a.open(R"("n":1)", 2);
  REQUIRE_FALSE(held);
}
