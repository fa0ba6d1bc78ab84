// SPDX-License-Identifier: MIT
#include "model.hpp"
#include "support/fraction.hpp"

#include <catch2/catch.hpp>

using engine_test::Generator;
using engine_test::HeapTree;
using engine_test::Json;
using engine_test::json_of;
using engine_test::must_apply;
using engine_test::read;
using engine_test::text_of;
using engine_test::try_apply;
using hubtwin::Error;
using hubtwin::Patch;
using hubtwin::PropertyTree;
using hubtwin::PropertyValue;
using hubtwin::Status;

TEST_CASE("space: every arena size -> works exactly when the sum of what is free suffices") {
  const char* const before =
      R"({"a":{"b":"some text","c":[1,99999999,{"d":"more text here"}]},"e":12345678901,"f":"xyz"})";
  const char* const patches[] = {
      R"({"a":{"b":"another text, which is longer"},"newKey":{"g":[1,2,3]},"f":null})",
      R"({"a":null,"e":{"deep":{"deeper":"text"}}})",
      R"({"a":{"c":[1,99999999,{"d":"more text here"}]},"e":-1234567890123})",
      R"({"a":{"c":[1,99999999,{"d":"more text here","newKey":[true]},3]}})",
      R"({"a":5,"a":"twice","f":-1234567890123})"};
  HeapTree roomy(10000);
  must_apply(*roomy, before);
  const std::size_t before_peak = roomy->high_water();
  for (const char* document : patches) {
    HeapTree measured(10000);
    must_apply(*measured, before);
    measured->reset_high_water();
    must_apply(*measured, document);
    const std::size_t peak = measured->high_water();
    const std::string after = text_of(measured->root());
    for (std::size_t size = 16; size < peak + 40; ++size) {
      HeapTree tree(size);
      const bool holds = tree->capacity() >= before_peak;
      INFO(document << " in " << size << " bytes");
      REQUIRE(try_apply(*tree, before) == (holds ? Status() : Status(Error::kNoSpace)));
      if (!holds) {
        REQUIRE(text_of(tree->root()) == "{}");
        REQUIRE(tree->bytes_used() == 8);
        continue;
      }
      const std::size_t used = tree->bytes_used();
      const bool fits = tree->capacity() >= peak;
      REQUIRE(try_apply(*tree, document) == (fits ? Status() : Status(Error::kNoSpace)));
      REQUIRE(text_of(tree->root()) == (fits ? after : before));
      if (!fits) {
        REQUIRE(tree->bytes_used() == used);
      }
    }
  }
}

TEST_CASE("space: a full arena -> the same document again still fits, arrays included") {
  const char* const state =
      R"({"a":{"b":"some text","c":[1,99999999,{"d":"more text here"},[[]]]},"e":12345678901,"f":[]})";
  HeapTree roomy(1000);
  must_apply(*roomy, state);
  HeapTree tree((roomy->bytes_used() + 3) / 4 * 4);
  must_apply(*tree, state);
  REQUIRE(tree->bytes_free() < 4);
  for (const Patch::Mode mode : {Patch::Mode::kMerge, Patch::Mode::kReplace}) {
    CHECK(engine_test::changes(*tree, state, mode).empty());
  }
  CHECK(text_of(tree->root()) == state);
}

TEST_CASE("space: set, append and copy in every arena size -> all or nothing") {
  HeapTree source(1000);
  must_apply(*source, R"({"v":{"p":[1,{"q":"a longer text"}],"r":"s"}})");
  const auto fill = [](PropertyTree& tree) { return tree.set("a.b", "first text"); };
  using Step = Error (*)(PropertyTree&, PropertyTree&);
  const Step steps[] = {
      [](PropertyTree& t, PropertyTree&) { return t.set("a.c.d.e", "new text").error(); },
      [](PropertyTree& t, PropertyTree&) { return t.set("a.b", "a text that is longer").error(); },
      [](PropertyTree& t, PropertyTree&) {
        return t.set("x", hubtwin::test::fraction(1.5)).error();
      },
      [](PropertyTree& t, PropertyTree&) { return t.set("a", 12345678901).error(); },
      [](PropertyTree& t, PropertyTree&) {
        return t.set("a.a.a.a", PropertyValue::array()).error();
      },
      [](PropertyTree& t, PropertyTree& s) { return t.copy("a.b", s.at("v")).error(); },
      [](PropertyTree& t, PropertyTree& s) { return t.copy("n.m", s.at("v")).error(); },
      [](PropertyTree& t, PropertyTree& s) { return t.copy("a", s.root()).error(); }};
  for (const Step& step : steps) {
    HeapTree roomy(2000);
    REQUIRE(fill(*roomy).ok());
    REQUIRE(step(*roomy, *source) == Error::kNone);
    const std::string after = text_of(roomy->root());
    bool worked = false;
    for (std::size_t size = 60; size < 400; ++size) {
      HeapTree tree(size);
      if (!fill(*tree).ok()) {
        REQUIRE(tree->bytes_used() == 8);
        continue;
      }
      const std::size_t used = tree->bytes_used();
      const Error error = step(*tree, *source);
      INFO(size);
      REQUIRE((error == Error::kNone || error == Error::kNoSpace));
      REQUIRE((error == Error::kNone || !worked));
      worked = worked || error == Error::kNone;
      REQUIRE(text_of(tree->root()) ==
              (error == Error::kNone ? after : R"({"a":{"b":"first text"}})"));
      REQUIRE((error == Error::kNone || tree->bytes_used() == used));
    }
    REQUIRE(worked);
  }
}

TEST_CASE("space: a full arena -> a value of the same size can still be exchanged by set") {
  HeapTree tree(16 + 8 + 8 + 5 + 100);
  REQUIRE(tree->set("name", std::string(90, 'a')).ok());
  REQUIRE(tree->bytes_free() < 20);
  for (char letter = 'b'; letter <= 'z'; ++letter) {
    REQUIRE(tree->set("name", std::string(90, letter)).ok());
    REQUIRE(*tree->at("name").as_string() == std::string(90, letter));
  }
}

TEST_CASE("space: more values than indices -> kNoSpace however large the arena, nothing harmed") {
  HeapTree tree(1 << 20);
  must_apply(*tree, R"({"kept":"text"})");
  const std::size_t used = tree->bytes_used();
  const auto list_of = [](std::size_t count) {
    std::string document = "{\"l\":[0";
    for (std::size_t i = 1; i < count; ++i) {
      document += ",0";
    }
    return document + "]}";
  };
  CHECK(try_apply(*tree, list_of(40000)) == Error::kNoSpace);
  CHECK(tree->bytes_used() == used);
  must_apply(*tree, list_of(32000));
  CHECK(tree->at("l").size() == 32000);
  must_apply(*tree, R"({"l":null})");
  CHECK(tree->bytes_used() == used);
}

TEST_CASE("space: nodes and text give each other their room back") {
  HeapTree tree(2000);
  for (int round = 0; round < 50; ++round) {
    // Many small members ...
    int members = 0;
    while (tree->set("m" + std::to_string(members), members).ok()) {
      ++members;
    }
    REQUIRE(members > 80);
    for (int i = 0; i < members; i += 2) {
      REQUIRE(tree->erase("m" + std::to_string(i)) == Status());
    }
    for (int i = 1; i < members; i += 2) {
      REQUIRE(*tree->at("m" + std::to_string(i)).as_integer() == i);
      if (i > 1) {
        REQUIRE(tree->erase("m" + std::to_string(i)) == Status());
      }
    }
    // ... and then one large text in the very same bytes, beside a survivor from among them.
    const std::size_t largest = tree->bytes_free() - (8 + 8 + 3) - 2;
    REQUIRE(tree->set("t", std::string(largest, 't')).ok());
    REQUIRE(tree->bytes_free() == 0);
    REQUIRE(*tree->at("m1").as_integer() == 1);
    REQUIRE(tree->set("u", 1).error() == Error::kNoSpace);
    REQUIRE(tree->erase("t") == Status());
    REQUIRE(tree->erase("m1") == Status());
    REQUIRE(tree->bytes_used() == 8);
  }
}

TEST_CASE("space: a hundred thousand random patches at 90 % fill -> fail only for real want of it",
          "[long]") {
  Generator generator(4711);
  HeapTree roomy(500000);
  must_apply(*roomy, generator.object(4, 14).dump());
  HeapTree tight(roomy->bytes_used() * 10 / 9);
  must_apply(*tight, text_of(roomy->root()));
  int applied = 0;
  int refused = 0;
  for (int round = 0; round < 100000; ++round) {
    const std::string document =
        generator.patch(round % 4 == 0 ? json_of(roomy->root()) : Json::object(), 3).dump();
    roomy->reset_high_water();
    Patch shadow;
    REQUIRE(shadow.begin(*roomy, Patch::Mode::kMerge) == Status());
    REQUIRE(read(document, shadow) == Status());
    const bool fits = roomy->high_water() <= tight->capacity();
    const Status status = try_apply(*tight, document);
    REQUIRE(status == (fits ? Status() : Status(Error::kNoSpace)));
    if (fits) {
      REQUIRE(shadow.commit() == Status());
      shadow.release();
      ++applied;
    } else {
      shadow.abort();
      ++refused;
    }
    REQUIRE(tight->bytes_used() == roomy->bytes_used());
    if (round % 100 == 0) {
      REQUIRE(text_of(tight->root()) == text_of(roomy->root()));
    }
  }
  CHECK(applied > 25000);
  CHECK(refused > 2500);
}
