// SPDX-License-Identifier: MIT
// Variables that follow desired properties.
#include "twin_bench.hpp"

#include <chrono>
#include <cstdint>
#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;
using namespace std::chrono_literals;

namespace {

struct Bindings {
  World world;
  TwinBench bench{world};
  Lines refused;

  Bindings() {
    bench.twin.on_refused([this](const RefusedValue& value) {
      refused.push_back(std::string(value.path) + " " + ChangeLog::text(value.value) + " " +
                        to_string(value.reason.error()));
    });
  }
};

}  // namespace

#if HUBTWIN_FLOAT
TEST_CASE("bind: floating point -> follows fractions and whole numbers") {
  Bindings bindings;
  float ratio = 0;
  double exact = 0;
  REQUIRE(bindings.bench.twin.bind("ratio", ratio).ok());
  REQUIRE(bindings.bench.twin.bind("exact", exact).ok());
  bindings.bench.open(R"("ratio":0.5,"exact":2)", 1);
  REQUIRE(ratio == 0.5F);
  REQUIRE(exact == 2.0);
  bindings.bench.notify(R"("exact":0.1)", 2);
  REQUIRE(ratio == 0.5F);
  REQUIRE(exact == 0.1);
}
#endif

TEST_CASE("bind: each type -> follows first state, changes and catch-up") {
  Bindings bindings;
  Twin& twin = bindings.bench.twin;
  bool on = false;
  std::uint8_t small = 0;
  std::int64_t wide = 0;
  std::chrono::seconds every{300};
  std::chrono::milliseconds blink{0};
  char name[6] = "none";
  REQUIRE(twin.bind("on", on).ok());
  REQUIRE(twin.bind("small", small).ok());
  REQUIRE(twin.bind("wide", wide).ok());
  REQUIRE(twin.bind("t.every", every, in_range(1s, 24h)).ok());
  REQUIRE(twin.bind("blink", blink, in_range(10ms, 2s)).ok());
  REQUIRE(twin.bind("name", name).ok());
  bindings.bench.open(R"("on":true,"small":255,"wide":-4503599627370496,"t":{"every":7},)"
                      R"("blink":250,"name":"pump1")",
                      1);
  REQUIRE(on);
  REQUIRE(small == 255);
  REQUIRE(wide == -4503599627370496);
  REQUIRE(every == 7s);
  REQUIRE(blink == 250ms);
  REQUIRE(std::string(name) == "pump1");
  bindings.bench.notify(R"("on":false,"name":"","t":{"every":86400})", 2);
  REQUIRE_FALSE(on);
  REQUIRE(name[0] == '\0');
  REQUIRE(every == 24h);
  bindings.bench.reconnect();
  bindings.bench.answer_get(R"("on":true)", 3);
  REQUIRE(on);
  REQUIRE(every == 24h);  // gone: the variable keeps what it had
  REQUIRE(bindings.refused.empty());
}

TEST_CASE("bind: value that doesn't fit -> variable kept, refusal named, the others applied") {
  Bindings bindings;
  Twin& twin = bindings.bench.twin;
  std::uint8_t small = 9;
  int limited = 5;
  unsigned positive = 6;
  bool on = true;
  char name[4] = "old";
  std::chrono::seconds every{300};
  int last = 0;
  REQUIRE(twin.bind("small", small).ok());
  REQUIRE(twin.bind("limited", limited, in_range(-3, 10U)).ok());
  REQUIRE(twin.bind("positive", positive, in_range(1, 7)).ok());
  REQUIRE(twin.bind("on", on).ok());
  REQUIRE(twin.bind("name", name).ok());
  REQUIRE(twin.bind("every", every, in_range(1s, 24h)).ok());
  REQUIRE(twin.bind("last", last, [](int value) { return value % 2 == 0; }).ok());
  bindings.bench.open(
      R"("small":256,"limited":-4,"positive":-1,"on":1,"name":"four","every":0,"last":8)", 1);
  REQUIRE(bindings.refused == Lines{"small 256 value out of range", "limited -4 value out of range",
                                    "positive -1 value out of range", "on 1 value of another type",
                                    "name four value out of range", "every 0 value out of range"});
  REQUIRE(small == 9);
  REQUIRE(limited == 5);
  REQUIRE(positive == 6);
  REQUIRE(on);
  REQUIRE(std::string(name) == "old");
  REQUIRE(every == 300s);
  REQUIRE(last == 8);
  bindings.bench.notify(R"("last":9,"name":"new")", 2);
  REQUIRE(last == 8);
  REQUIRE(std::string(name) == "new");
}

TEST_CASE("bind: check of a text -> given the text before it is copied") {
  Bindings bindings;
  char mode[8] = "auto";
  REQUIRE(bindings.bench.twin
              .bind("mode", mode,
                    [](std::string_view text) { return text == "auto" || text == "manual"; })
              .ok());
  bindings.bench.open(R"("mode":"turbo")", 1);
  REQUIRE(std::string(mode) == "auto");
  REQUIRE(bindings.refused.size() == 1);
  bindings.bench.notify(R"("mode":"auto\u0000")", 2);
  REQUIRE(std::string(mode) == "auto");
  REQUIRE(bindings.refused.size() == 2);
  bindings.bench.notify(R"("mode":"manual")", 3);
  REQUIRE(std::string(mode) == "manual");
}

TEST_CASE("bind: bound late -> set at the next poll") {
  Bindings bindings;
  bindings.bench.open(R"("n":3)", 1);
  int n = 0;
  REQUIRE(bindings.bench.twin.bind("n", n).ok());
  REQUIRE(n == 0);
  bindings.world.settle();
  REQUIRE(n == 3);
}

TEST_CASE("bind: unbound -> left alone, also by a refusal's handler") {
  Bindings bindings;
  int n = 0;
  int m = 0;
  REQUIRE(bindings.bench.twin.bind("n", n).ok());
  REQUIRE(bindings.bench.twin.bind("m", m).ok());
  bindings.bench.twin.on_refused([&](const RefusedValue&) { bindings.bench.twin.unbind(m); });
  bindings.bench.open(R"("n":"x","m":1)", 1);
  REQUIRE(m == 0);
  bindings.bench.twin.unbind(n);
  bindings.bench.notify(R"("n":4)", 2);
  REQUIRE(n == 0);
}

TEST_CASE("bind: handler after a binding of the same path -> sees the variable set") {
  Bindings bindings;
  int n = 0;
  int seen = 0;
  REQUIRE(bindings.bench.twin.bind("n", n).ok());
  REQUIRE(bindings.bench.twin.on_desired("n", [&](const DesiredChange&) { seen = n; }).ok());
  bindings.bench.open(R"("n":3)", 1);
  REQUIRE(seen == 3);
}
