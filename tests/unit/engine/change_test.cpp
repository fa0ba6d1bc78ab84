// SPDX-License-Identifier: MIT
#include "support.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using engine_test::changes;
using engine_test::HeapTree;
using engine_test::must_apply;
using hubtwin::Patch;

namespace {

using Lines = std::vector<std::string>;

Lines merge(const char* before, const char* document) {
  HeapTree tree(20000);
  must_apply(*tree, before);
  return changes(*tree, document, Patch::Mode::kMerge);
}

Lines replace(const char* before, const char* document) {
  HeapTree tree(20000);
  must_apply(*tree, before);
  return changes(*tree, document, Patch::Mode::kReplace);
}

Lines sorted(Lines lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

TEST_CASE("changes: equal values -> none") {
  const char* const kState =
      R"({"a":1,"b":{"c":[1,{"x":2,"y":3}],"d":"text"},"e":{},"f":2,"g":true,"h":[]})";
  CHECK(merge(kState, kState).empty());
  CHECK(replace(kState, kState).empty());
  CHECK(replace(kState, R"({"h":[],"g":true,"f":2,"e":{},"b":{"d":"text",
                            "c":[1,{"y":3,"x":2}]},"a":1,"$version":9})")
            .empty());
#if HUBTWIN_FLOAT
  CHECK(merge(kState, R"({"a":1.0,"f":20e-1})").empty());
  CHECK(merge(R"({"a":1.0})", R"({"a":1})").empty());
#endif
  CHECK(merge(kState, R"({"none":null,"b":{"none":null}})").empty());
  CHECK(merge(kState, R"({"a":2,"a":1,"b":5,"b":{},"h":[1],"h":[]})").empty());
}

TEST_CASE("changes: leaves -> added, changed and removed") {
  CHECK(sorted(merge(R"({"a":1,"b":"x","c":true})", R"({"d":4,"c":null,"a":2})")) ==
        Lines{"+d 4", "-c true", "=a 1 -> 2"});
  CHECK(sorted(merge(R"({"o":{"a":1,"b":2}})", R"({"o":{"b":3,"c":4,"a":null}})")) ==
        Lines{"+o.c 4", "-o.a 1", "=o.b 2 -> 3"});
  CHECK(sorted(replace(R"({"a":1,"b":2,"c":{"d":3,"e":4}})", R"({"b":5,"c":{"e":4,"f":6}})")) ==
        Lines{"+c.f 6", "-a 1", "-c.d 3", "=b 2 -> 5"});
}

TEST_CASE("changes: few or many, and keys that stand twice -> each told once") {
  for (const int count : {1, 2, 5, 6, 7, 8, 9, 15, 16, 17, 18, 40}) {
    std::string before = "{";
    std::string document = "{";
    Lines lines;
    for (int i = 0; i < count; ++i) {
      const std::string name = "m" + std::to_string(i);
      before += "\"" + name + "\":{\"c\":1,\"r\":2},";
      // Each change is made, taken back and made again.
      document += "\"" + name + R"(":{"c":5,"c":null,"c":1,"a":7,"a":null,"r":null,"r":2,)" +
                  R"("c":3,"a":{"b":4},"r":null},)";
      lines.push_back("=" + name + ".c 1 -> 3");
      lines.push_back("+" + name + ".a.b 4");
      lines.push_back("-" + name + ".r 2");
    }
    before.back() = '}';
    document.back() = '}';
    CHECK(sorted(merge(before.c_str(), document.c_str())) == sorted(lines));
    CHECK(sorted(replace(before.c_str(), document.c_str())) == sorted(lines));
    // The same, but all of it taken back at the end.
    document.back() = ',';
    CHECK(merge(before.c_str(), (document + before.substr(1)).c_str()).empty());
  }
}

TEST_CASE("changes: arrays -> one leaf, whole") {
  CHECK(merge(R"({"a":[1,2,3]})", R"({"a":[9]})") == Lines{"=a [1,2,3] -> [9]"});
  CHECK(merge(R"({"a":[{"b":1}]})", R"({"a":[{"b":2}]})") == Lines{R"(=a [{"b":1}] -> [{"b":2}])"});
  CHECK(merge(R"({"a":1})", R"({"a":[]})") == Lines{"=a 1 -> []"});
  CHECK(merge("{}", R"({"a":{"b":[1,{"c":2}]}})") == Lines{R"(+a.b [1,{"c":2}])"});
  CHECK(merge(R"({"a":[1]})", R"({"a":null})") == Lines{"-a [1]"});
}

TEST_CASE("changes: whole objects -> leaf by leaf") {
  CHECK(merge("{}", R"({"a":{"b":1,"c":{"d":2},"e":{}}})") ==
        Lines{"+a.b 1", "+a.c.d 2", "+a.e {}"});
  CHECK(merge(R"({"a":{"b":1,"c":{"d":2},"e":{}},"z":0})", R"({"a":null})") ==
        Lines{"-a.b 1", "-a.c.d 2", "-a.e {}"});
  CHECK(merge(R"({"a":{"b":1,"c":2}})", R"({"a":5})") == Lines{"-a.b 1", "-a.c 2", "+a 5"});
  CHECK(merge(R"({"a":{"b":1},"z":1})", R"({"a":[1],"z":2})") ==
        Lines{"-a.b 1", "+a [1]", "=z 1 -> 2"});
  CHECK(merge(R"({"a":5,"z":1})", R"({"a":{"b":1,"c":2},"z":2})") ==
        Lines{"-a 5", "+a.b 1", "+a.c 2", "=z 1 -> 2"});
}

TEST_CASE("changes: empty objects -> a change of their own only when they come or go") {
  CHECK(merge("{}", R"({"a":{}})") == Lines{"+a {}"});
  CHECK(merge(R"({"a":{}})", R"({"a":null})") == Lines{"-a {}"});
  CHECK(merge(R"({"a":{}})", R"({"a":5})") == Lines{"=a {} -> 5"});
  CHECK(merge(R"({"a":5})", R"({"a":{}})") == Lines{"=a 5 -> {}"});
  CHECK(merge(R"({"a":{}})", R"({"a":{"b":1}})") == Lines{"+a.b 1"});
  CHECK(merge(R"({"a":{"b":1}})", R"({"a":{"b":null}})") == Lines{"-a.b 1"});
  CHECK(replace(R"({"a":{"b":1}})", R"({"a":{}})") == Lines{"-a.b 1"});
}

TEST_CASE("changes: walked while committed -> old and new values side by side, again and again") {
  HeapTree tree(2000);
  must_apply(*tree, R"({"o":{"a":"old text","l":[1,2]}})");
  Patch patch;
  REQUIRE(patch.begin(*tree, Patch::Mode::kMerge) == hubtwin::Status());
  REQUIRE(engine_test::read(R"({"o":{"a":"new text","l":[3]}})", patch) == hubtwin::Status());
  REQUIRE(patch.commit() == hubtwin::Status());
  for (int round = 0; round < 2; ++round) {
    int count = 0;
    for (const hubtwin::Change& change : patch.changes()) {
      ++count;
      CHECK(change.kind() == hubtwin::ChangeKind::kChanged);
      CHECK(change.is_at_or_below("o"));
      if (change.is_at("o.a")) {
        CHECK(change.key() == "a");
        CHECK(*change.old_value().as_string() == "old text");
        CHECK(*change.new_value().as_string() == "new text");
        CHECK(change.old_value().is_at("o.a"));
      } else {
        CHECK(change.is_at("o.l"));
        CHECK(change.old_value().size() == 2);
        CHECK(*change.old_value().element(1).as_integer() == 2);
        CHECK(*change.new_value().element(0).as_integer() == 3);
      }
    }
    CHECK(count == 2);
  }
  patch.release();
}
