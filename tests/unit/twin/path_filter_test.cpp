// SPDX-License-Identifier: MIT
#include "support/view_json.hpp"
#include "twin_bench.hpp"
#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/path_filter.hpp>
#include <hubtwin/twin/property_tree.hpp>

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace hubtwin;
using namespace hubtwin::test;

namespace {

using Json = nlohmann::json;
using Paths = std::vector<std::string_view>;

PathTable table(const Paths& paths) {
  return {paths.data(), paths.size()};
}

// What a tree holds after this document came through the filter.
std::string kept(const Paths& paths, std::string_view document, std::size_t fragment = 1000000) {
  SizedPropertyTree<4096> tree;
  Patch patch;
  REQUIRE(patch.begin(tree, Patch::Mode::kReplace).ok());
  PathFilter filter(table(paths), patch);
  std::uint8_t scratch[128];
  JsonReader reader{ByteSpan(scratch)};
  reader.begin(filter);
  for (std::size_t at = 0; at < document.size(); at += fragment) {
    const std::string_view rest(document.data() + at, std::min(fragment, document.size() - at));
    REQUIRE(reader.feed(as_bytes(rest)).ok());
  }
  REQUIRE(reader.finish().ok());
  REQUIRE(patch.commit().ok());
  patch.release();
  return json_of(tree.root()).dump();
}

// The same, by nlohmann/json. `open` is the path of `value`.
Json filtered(const Paths& paths, const Json& value, const std::string& open) {
  Json result = Json::object();
  for (const auto& member : value.items()) {
    const std::string path = open.empty() ? member.key() : open + "." + member.key();
    bool whole = false;
    bool around = false;
    for (const std::string_view each : paths) {
      whole = whole || each == path;
      around = around || std::string(each).rfind(path + ".", 0) == 0;
    }
    if (whole || (around && !member.value().is_object())) {
      result[member.key()] = member.value();
    } else if (around) {
      result[member.key()] = filtered(paths, member.value(), path);
    }
  }
  return result;
}

Json random_object(std::mt19937& random, int depth) {
  Json object = Json::object();
  for (unsigned member = random() % 4; member-- > 0;) {
    const std::string key(1 + random() % 2, static_cast<char>('a' + random() % 3));
    switch (depth == 0 ? 3 : random() % 5) {
      case 0:
      case 1:
        object[key] = random_object(random, depth - 1);
        break;
      case 2:
        object[key] = Json::array({random_object(random, depth - 1), 1});
        break;
      default:
        object[key] = random() % 10;
        break;
    }
  }
  return object;
}

}  // namespace

TEST_CASE("path filter: only what is listed passes, with the objects around it") {
  const char document[] = R"({"a":{"b":1,"c":{"d":2},"e":3},"ab":4,"f":{"b":5},"g":[{"b":6}]})";
  REQUIRE(kept({"a"}, document) == R"({"a":{"b":1,"c":{"d":2},"e":3}})");
  REQUIRE(kept({"a.b"}, document) == R"({"a":{"b":1}})");
  REQUIRE(kept({"a.c.d", "a.e"}, document) == R"({"a":{"c":{"d":2},"e":3}})");
  REQUIRE(kept({"a.e", "f", "a.c"}, document) == R"({"a":{"c":{"d":2},"e":3},"f":{"b":5}})");
  REQUIRE(kept({"g"}, document) == R"({"g":[{"b":6}]})");
  REQUIRE(kept({"x"}, document) == "{}");
}

TEST_CASE("path filter: what stands where an object was expected passes as it is") {
  REQUIRE(kept({"a.b", "c"}, R"({"a":[{"b":1,"x":2}],"x":[3],"c":4})") ==
          R"({"a":[{"b":1,"x":2}],"c":4})");
  REQUIRE(kept({"a.b", "c"}, R"({"a":7,"c":{"a":8}})") == R"({"a":7,"c":{"a":8}})");
}

TEST_CASE("path filter: keys that no path can name -> skipped") {
  REQUIRE(kept({"a.b", "c"}, R"({"":1,"a.b":{"c":2},"a":{"":3,"b.":4,"b":5},"c":6})") ==
          R"({"a":{"b":5},"c":6})");
}

TEST_CASE("path filter: random documents and paths -> as filtered by another library") {
  std::mt19937 random(GENERATE(1U, 2U, 3U, 4U));
  const Paths all = {"a",   "b",   "c",      "aa",   "a.a",    "a.b",   "a.bb.c",
                     "b.b", "b.c", "cc.a.b", "aa.b", "c.cc.a", "c.c.c", "bb.aa"};
  for (int round = 0; round < 300; ++round) {
    Paths paths;
    for (const std::string_view path : all) {
      if (random() % 4 == 0) {
        paths.push_back(path);
      }
    }
    if (paths.empty()) {
      continue;
    }
    const Json document = random_object(random, 3);
    CAPTURE(document.dump(), paths);
    REQUIRE(Json::parse(kept(paths, document.dump(), 1 + random() % 9)) ==
            filtered(paths, document, ""));
  }
}

TEST_CASE("path filter: a twin that asks for some properties keeps those alone, within its arena") {
  World world;
  TwinSizes sizes;
  sizes.desired = 112;
  const Paths wanted = {"telemetry.every", "on"};
  sizes.wanted = table(wanted);
  TwinBench bench(world, sizes);
  ChangeLog log;
  REQUIRE(bench.twin.on_desired(log.handler()).ok());
  REQUIRE(bench.twin.on_desired("telemetry", log.handler()).ok());
  REQUIRE(bench.twin.on_desired("telemetry.every.x", log.handler()).ok());
  REQUIRE(bench.twin.on_desired("telemetry.limits", log.handler()).error() == Error::kNotFound);
  int unwanted = 0;
  REQUIRE(bench.twin.bind("off", unwanted).error() == Error::kNotFound);

  const std::string large = R"("x":")" + std::string(500, 'x') + R"(","off":[1,{"on":5}])";
  bench.open(R"("telemetry":{"every":5,)" + large + R"(},"on":true,)" + large, 3);
  REQUIRE(bench.twin.synchronised());
  REQUIRE(json_of(bench.twin.desired()).dump() == R"({"on":true,"telemetry":{"every":5}})");
  log.take();

  bench.notify(large, 4);
  REQUIRE(bench.twin.desired_version() == 4);
  REQUIRE(log.lines.empty());
  bench.notify(large + R"(,"telemetry":{"every":6,"x":1})", 5);
  REQUIRE(log.take().size() == 2);
  REQUIRE(*bench.twin.desired("telemetry.every").as_integer() == 6);
}

TEST_CASE("known keys: they cost no arena") {
  constexpr std::string_view kNames[] = {"a_rather_long_name", "another_long_name"};
  const auto used = [](KeyTable keys) {
    World world;
    TwinSizes sizes;
    sizes.keys = keys;
    TwinBench bench(world, sizes);
    bench.open(R"("a_rather_long_name":1,"another_long_name":{"a_rather_long_name":2})", 3);
    REQUIRE(*bench.twin.desired("another_long_name.a_rather_long_name").as_integer() == 2);
    return bench.twin.desired_tree().bytes_used();
  };
  REQUIRE(used(kNames) == 4 * 8);
  REQUIRE(used({}) > 4 * 8 + sizeof("a_rather_long_nameanother_long_name"));
}
