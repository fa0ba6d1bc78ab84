// SPDX-License-Identifier: MIT
// Who is told of desired changes, when, and what handlers may do.
#include "twin_bench.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;

TEST_CASE("handlers: object path -> one call for anything below, leaves told with old and new") {
  World world;
  TwinBench bench(world);
  Lines leaves;
  int calls = 0;
  REQUIRE(bench.twin
              .on_desired("net",
                          [&](const DesiredChange& change) {
                            ++calls;
                            for (const Change& leaf : change.changes()) {
                              char room[64];
                              leaves.push_back(std::string(*leaf.path(Span<char>(room))) + " " +
                                               ChangeLog::text(leaf.old_value()) + " -> " +
                                               ChangeLog::text(leaf.new_value()));
                            }
                          })
              .ok());
  bench.open(R"("net":{"ip":"10.0.0.1","mask":24,"dns":[1]},"network":1)", 1);
  REQUIRE(calls == 1);
  leaves.clear();
  bench.notify(R"("network":2)", 2);
  REQUIRE(calls == 1);
  bench.notify(R"("net":{"ip":"10.0.0.2","mask":16,"gw":true})", 3);
  REQUIRE(calls == 2);
  REQUIRE(leaves ==
          Lines{"net.ip 10.0.0.1 -> 10.0.0.2", "net.mask 24 -> 16", "net.gw none -> true"});
  leaves.clear();
  bench.notify(R"("net":null)", 4);
  REQUIRE(calls == 3);
  REQUIRE(leaves.size() == 4);
}

TEST_CASE("handlers: whole section -> one call a document, after nothing changed none") {
  World world;
  TwinBench bench(world);
  ChangeLog log;
  REQUIRE(bench.twin.on_desired(log.handler()).ok());
  bench.open("", 1);
  REQUIRE(log.take().empty());
  bench.notify(R"("a":1,"b":{"c":2})", 2);
  REQUIRE(log.take() == Lines{" none -> {} v2 change"});
  bench.notify(R"("a":1,"b":{"c":2})", 3);
  REQUIRE(log.take().empty());
}

TEST_CASE("handlers: value replaced by another shape -> told with the leaf that was") {
  World world;
  TwinBench bench(world);
  ChangeLog log;
  REQUIRE(bench.twin.on_desired("a", log.handler()).ok());
  REQUIRE(bench.twin.on_desired("a.b", log.handler()).ok());
  bench.open(R"("a":1)", 1);
  REQUIRE(log.take() == Lines{"a none -> 1 v1 first state"});
  bench.notify(R"("a":{"b":2})", 2);
  REQUIRE(log.take() == Lines{"a 1 -> {} v2 change", "a.b none -> 2 v2 change"});
  bench.notify(R"("a":[1,2])", 3);
  REQUIRE(log.take() == Lines{"a none -> [2] v3 change", "a.b 2 -> none v3 change"});
  bench.notify(R"("a":null)", 4);
  REQUIRE(log.take() == Lines{"a [2] -> none v4 change"});
}

TEST_CASE("handlers: several for one document -> order of registration, not of the document") {
  World world;
  TwinBench bench(world);
  Lines order;
  for (const char* path : {"c", "a", "b", "a"}) {
    REQUIRE(bench.twin
                .on_desired(path,
                            [&](const DesiredChange& change) {
                              order.push_back(std::string(change.path()));
                            })
                .ok());
  }
  bench.open(R"("a":1,"b":1,"c":1)", 1);
  REQUIRE(order == Lines{"c", "a", "b", "a"});
}

TEST_CASE("handlers: registered after the first state -> told at the next poll, once") {
  World world;
  TwinBench bench(world);
  ChangeLog log;
  bench.open(R"("a":1)", 4);
  REQUIRE(bench.twin.on_desired("a", log.handler()).ok());
  REQUIRE(bench.twin.on_desired("absent", log.handler()).ok());
  REQUIRE(log.lines.empty());
  REQUIRE(bench.session.next_deadline() <= world.clock.now());
  world.settle();
  REQUIRE(log.take() == Lines{"a none -> 1 v4 first state"});
  bench.notify(R"("a":2,"absent":1)", 5);
  REQUIRE(log.take() == Lines{"a 1 -> 2 v5 change", "absent none -> 1 v5 change"});
}

TEST_CASE("handlers: registered late while offline -> told of the state held") {
  World world;
  TwinBench bench(world);
  ChangeLog log;
  bench.open(R"("a":1)", 4);
  bench.transport.cut(Error::kLinkLost);
  world.poll();
  REQUIRE(bench.twin.on_desired("a", log.handler()).ok());
  world.settle();
  REQUIRE(log.take() == Lines{"a none -> 1 v4 first state"});
}

TEST_CASE("handlers: refused registrations -> by name") {
  World world;
  TwinSizes sizes;
  sizes.handlers = 1;
  TwinBench bench(world, sizes);
  const DesiredHandler handler = [](const DesiredChange&) {};
  REQUIRE(bench.twin.on_desired("a", nullptr).error() == Error::kInvalidArgument);
  REQUIRE(bench.twin.on_desired("a..b", handler).error() == Error::kPropertyPath);
  REQUIRE(bench.twin.on_desired(".", handler).error() == Error::kPropertyPath);
  REQUIRE(bench.twin.on_desired("$a", handler).error() == Error::kPropertyKey);
  int variable = 0;
  REQUIRE(bench.twin.bind("", variable).error() == Error::kPropertyPath);
  REQUIRE(bench.twin.on_desired("a", handler).ok());
  REQUIRE(bench.twin.on_desired("b", handler).error() == Error::kNoSpace);
  bench.twin.remove_desired("a");
  REQUIRE(bench.twin.on_desired("b", handler).ok());
}

TEST_CASE("handlers: removed -> not called, also when removed by an earlier one") {
  World world;
  TwinBench bench(world);
  ChangeLog log;
  REQUIRE(bench.twin
              .on_desired("a",
                          [&](const DesiredChange&) {
                            bench.twin.remove_desired("a");
                            bench.twin.remove_desired("b");
                          })
              .ok());
  REQUIRE(bench.twin.on_desired("b", log.handler()).ok());
  REQUIRE(bench.twin.on_desired("c", log.handler()).ok());
  bench.open(R"("a":1,"b":1,"c":1)", 1);
  REQUIRE(log.take() == Lines{"c none -> 1 v1 first state"});
  bench.notify(R"("a":2,"b":2,"c":2)", 2);
  REQUIRE(log.take() == Lines{"c 1 -> 2 v2 change"});
}

TEST_CASE("handlers: registering inside a handler -> the new one is told at the next poll") {
  World world;
  TwinBench bench(world);
  ChangeLog log;
  bool registered = false;
  REQUIRE(bench.twin
              .on_desired("a",
                          [&](const DesiredChange&) {
                            if (!registered) {
                              registered = true;
                              REQUIRE(bench.twin.on_desired("b", log.handler()).ok());
                            }
                          })
              .ok());
  bench.open(R"("a":1,"b":7)", 1);
  REQUIRE(log.take() == Lines{"b none -> 7 v1 first state"});
  bench.notify(R"("a":2,"b":8)", 2);
  REQUIRE(log.take() == Lines{"b 7 -> 8 v2 change"});
}

TEST_CASE("handlers: what a handler changes of its captures -> kept") {
  World world;
  TwinBench bench(world);
  int calls = 0;
  TwinVersion synchronised = 0;
  REQUIRE(
      bench.twin.on_desired("a", [&calls, own = 0](const DesiredChange&) mutable { calls = ++own; })
          .ok());
  bench.twin.on_synchronised(
      [&synchronised, own = 0](TwinVersion) mutable { synchronised = ++own; });
  bench.open(R"("a":1)", 1);
  bench.notify(R"("a":2)", 2);
  bench.reconnect();
  bench.answer_get(R"("a":3)", 3);
  REQUIRE(calls == 3);
  REQUIRE(synchronised == 2);
}

TEST_CASE("handlers: a handler that sets another in its place -> the other from then on") {
  World world;
  TwinBench bench(world);
  std::string order;
  bench.twin.on_synchronised([&](TwinVersion) {
    bench.twin.on_synchronised([&order](TwinVersion) { order += "second"; });
    order += "first ";
  });
  bench.open("", 1);
  bench.reconnect();
  bench.answer_get("", 1);
  REQUIRE(order == "first second");
}

TEST_CASE("handlers: reporting inside a handler -> sent") {
  World world;
  TwinBench bench(world);
  REQUIRE(bench.twin
              .on_desired("a",
                          [&](const DesiredChange& change) {
                            REQUIRE(bench.twin.report("a", change.value().value()).ok());
                          })
              .ok());
  bench.open(R"("a":5)", 1);
  REQUIRE(bench.last_update() == R"({"a":5})");
}

TEST_CASE("handlers: closing inside a handler -> the others still learn of the same document") {
  World world;
  TwinBench bench(world);
  ChangeLog log;
  REQUIRE(bench.twin.on_desired("a", [&](const DesiredChange&) { bench.session.close(); }).ok());
  REQUIRE(bench.twin.on_desired("b", log.handler()).ok());
  bench.open(R"("a":1,"b":1)", 1);
  world.settle();
  REQUIRE(log.take() == Lines{"b none -> 1 v1 first state"});
  REQUIRE(bench.session.status().state == ConnectionState::kClosed);
  REQUIRE(bench.session.open().ok());
  REQUIRE(bench.await_get());
  bench.answer_get(R"("a":1,"b":1)", 1);
  REQUIRE(log.take().empty());
  REQUIRE(bench.twin.synchronised());
}

TEST_CASE("handlers: dropping the link inside a handler -> caught up on the next") {
  World world;
  TwinBench bench(world);
  int calls = 0;
  REQUIRE(bench.twin
              .on_desired("a",
                          [&](const DesiredChange&) {
                            if (++calls == 1) {
                              bench.session.network_changed();
                            }
                          })
              .ok());
  bench.open(R"("a":1)", 1);
  REQUIRE(bench.await_get());
  bench.answer_get(R"("a":2)", 2);
  REQUIRE(calls == 2);
  REQUIRE(bench.twin.synchronised());
}
