// SPDX-License-Identifier: MIT
#include "support.hpp"
#include "support/fraction.hpp"

#include <limits>
#include <string>

#include <catch2/catch.hpp>

using engine_test::HeapTree;
using engine_test::must_apply;
using engine_test::text_of;
using hubtwin::Error;
using hubtwin::PropertyMark;
using hubtwin::PropertyTree;
using hubtwin::PropertyValue;
using hubtwin::PropertyView;
using hubtwin::Status;

TEST_CASE("property tree: new -> an empty object of one node") {
  hubtwin::SizedPropertyTree<64> tree;
  CHECK(tree.root().is_object());
  CHECK(tree.root().empty());
  CHECK(tree.bytes_used() == 8);
  CHECK(tree.high_water() == 8);
  CHECK(tree.capacity() == 64);
  CHECK(tree.bytes_free() == 56);
}

TEST_CASE("property tree: set -> makes what is missing, and tells whether anything changed") {
  HeapTree tree(2000);
  const auto first = tree->set("a.b.c", 1);
  REQUIRE(first.ok());
  CHECK(first->changed);
  CHECK(first->view == tree->at("a.b.c"));
  CHECK_FALSE(tree->set("a.b.c", 1)->changed);
#if HUBTWIN_FLOAT
  CHECK_FALSE(tree->set("a.b.c", 1.0)->changed);
#endif
  CHECK(tree->set("a.b.c", 2)->changed);
  CHECK(tree->set("a.b.d", "text that is long")->changed);
  CHECK_FALSE(tree->set("a.b.d", "text that is long")->changed);
  CHECK(tree->set("a.b.d", "text that is lonG")->changed);
  CHECK(tree->set("a.e", nullptr)->changed);
  CHECK_FALSE(tree->set("a.e", nullptr)->changed);
  CHECK(tree->set(tree->at("a.b"), "f.g", true)->changed);
  CHECK(tree->set(tree->at("a.b.f.g"), "", false)->changed);
  CHECK_FALSE(tree->set(tree->at("a.b.f.g"), "", false)->changed);
  CHECK(text_of(tree->root()) ==
        R"({"a":{"b":{"c":2,"d":"text that is lonG","f":{"g":false}},"e":null}})");
}

TEST_CASE("property tree: set of any type over any type -> the new one, nothing left behind") {
  const PropertyValue values[] = {nullptr,
                                  true,
                                  false,
                                  0,
                                  -8388608,
                                  8388607,
                                  8388608,
                                  -8388609,
                                  std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max(),
                                  hubtwin::test::fraction(0.25),
                                  "",
                                  "x",
                                  "xyz",
                                  "wxyz",
                                  std::string_view("a\0b", 3),
                                  PropertyValue::object(),
                                  PropertyValue::array()};
  for (const PropertyValue& before : values) {
    for (const PropertyValue& after : values) {
      HeapTree tree(300);
      const std::size_t empty = tree->bytes_used();
      REQUIRE(tree->set("k", after).ok());
      const std::string wanted = text_of(tree->root());
      const std::size_t used = tree->bytes_used();
      REQUIRE(tree->set("k", before).ok());
      if (before.type() == hubtwin::PropertyType::kObject) {
        REQUIRE(tree->set("k.inner.more", "some longer text").ok());
      }
      if (before.type() == hubtwin::PropertyType::kArray) {
        REQUIRE(tree->append(tree->at("k"), "some longer text").ok());
      }
      REQUIRE(tree->set("k", after).ok());
      CHECK(text_of(tree->root()) == wanted);
      CHECK(tree->bytes_used() == used);
      REQUIRE(tree->erase("k") == Status());
      CHECK(tree->bytes_used() == empty);
    }
  }
}

TEST_CASE("property tree: paths that can't be set -> refused by kind, nothing changed") {
  HeapTree tree(2000);
  must_apply(*tree, R"({"s":1,"l":[1,2],"o":{"x":1}})");
  const std::string before = text_of(tree->root());
  const std::size_t used = tree->bytes_used();
  CHECK(tree->set("", 1).error() == Error::kPropertyPath);
  CHECK(tree->set(".", 1).error() == Error::kPropertyPath);
  CHECK(tree->set("a.", 1).error() == Error::kPropertyPath);
  CHECK(tree->set(".a", 1).error() == Error::kPropertyPath);
  CHECK(tree->set("a..b", 1).error() == Error::kPropertyPath);
  CHECK(tree->set("s.x", 1).error() == Error::kPropertyPath);
  CHECK(tree->set("l.0", 1).error() == Error::kPropertyPath);
  CHECK(tree->set("o.x.y.z", 1).error() == Error::kPropertyPath);
  CHECK(tree->set("new", std::uint64_t{1} << 63).error() == Error::kOutOfRange);
  CHECK(tree->set("new", std::string(0x8000, 'x')).error() == Error::kJsonTooLong);
  std::string deep = "d";
  for (std::size_t i = 1; i < PropertyTree::kDeepest; ++i) {
    deep += ".d";
  }
  CHECK(tree->set(deep + ".d", 1).error() == Error::kJsonTooDeep);
  CHECK(tree->erase("none") == Error::kNotFound);
  CHECK(tree->erase("") == Error::kPropertyPath);
  CHECK(text_of(tree->root()) == before);
  CHECK(tree->bytes_used() == used);
  CHECK(tree->set(deep, 1).ok());
}

TEST_CASE("property tree: text out of its own arena -> refused, since a change may move it") {
  HeapTree tree(500);
  must_apply(*tree, R"({"name":"some text","list":[]})");
  const std::string before = text_of(tree->root());
  const std::string_view own = *tree->at("name").as_string();
  CHECK(tree->set("copy", own).error() == Error::kInvalidArgument);
  CHECK(tree->set("copy", own.substr(2, 3)).error() == Error::kInvalidArgument);
  CHECK(tree->append(tree->at("list"), own).error() == Error::kInvalidArgument);
  CHECK(tree->set(tree->at("name").key(), 1).error() == Error::kInvalidArgument);
  CHECK(tree->set_object(tree->at("name").key()).error() == Error::kInvalidArgument);
  CHECK(text_of(tree->root()) == before);
  CHECK(tree->set("copy", std::string(own)).ok());
  CHECK(tree->at(tree->at("name").key()).exists());
}

TEST_CASE("property tree: a null on the way -> becomes an object, or stays when it can't") {
  HeapTree tree(120);
  REQUIRE(tree->set("gone", nullptr).ok());
  tree->mark(tree->at("gone"), PropertyMark::kDirty);
  CHECK(tree->set("gone.a.b", std::string(200, 'x')).error() == Error::kNoSpace);
  CHECK(text_of(tree->root()) == R"({"gone":null})");
  CHECK(tree->at("gone").has(PropertyMark::kDirty));
  CHECK(tree->set("gone.a.b", 1).ok());
  CHECK(text_of(tree->root()) == R"({"gone":{"a":{"b":1}}})");
  CHECK(tree->at("gone").has(PropertyMark::kDirty));
}

TEST_CASE("property tree: set_object -> keeps an object, replaces anything else") {
  HeapTree tree(500);
  CHECK(tree->set_object("a.b")->changed);
  REQUIRE(tree->set("a.b.c", 1).ok());
  CHECK_FALSE(tree->set_object("a.b")->changed);
  CHECK(tree->set_object("a.b.c")->changed);
  CHECK(tree->set_object("").error() == Error::kPropertyPath);
  CHECK(text_of(tree->root()) == R"({"a":{"b":{"c":{}}}})");
}

TEST_CASE("property tree: append -> arrays of anything, to any depth") {
  HeapTree tree(2000);
  REQUIRE(tree->set("l", PropertyValue::array()).ok());
  auto element = tree->append(tree->at("l"), 1);
  element = tree->append(element->parent(), "two");
  element = tree->append(element->parent(), PropertyValue::array());
  auto inner = tree->append(*element, 35);
  inner = tree->append(inner->parent(), nullptr);
  const auto object = tree->append(inner->parent().parent(), PropertyValue::object());
  REQUIRE(object.ok());
  REQUIRE(tree->set(*object, "x.y", true).ok());
  CHECK(text_of(tree->at("l")) == R"([1,"two",[35,null],{"x":{"y":true}}])");
  CHECK(tree->append(tree->at("l.0"), 1).error() == Error::kWrongType);
  CHECK(tree->append(tree->root(), 1).error() == Error::kWrongType);
  CHECK(tree->append({}, 1).error() == Error::kWrongType);
  CHECK(tree->append(tree->at("l"), ~std::uint64_t{0}).error() == Error::kOutOfRange);
  REQUIRE(tree->erase(tree->at("l.1")) == Status());
  CHECK(text_of(tree->at("l")) == R"([1,[35,null],{"x":{"y":true}}])");
}

TEST_CASE("property tree: copy -> the value of another tree, replacing what is there") {
  HeapTree source(2000);
  must_apply(*source, R"({"v":{"a":[1,{"b":"text"},[],null],"c":{"d":{}},"e":2},"s":"abcdef"})");
  HeapTree tree(2000);
  REQUIRE(tree->set("x.y", "old text").ok());
  tree->mark(tree->at("x.y"), PropertyMark::kInFlight);
  const auto copied = tree->copy("x.y", source->at("v"));
  REQUIRE(copied.ok());
  CHECK(copied->changed);
  CHECK(copied->view == tree->at("x.y"));
  CHECK(copied->view.has(PropertyMark::kInFlight));
  CHECK(text_of(tree->at("x.y")) == text_of(source->at("v")));
  CHECK_FALSE(tree->copy("x.y", source->at("v"))->changed);
  CHECK(tree->copy("x.z", source->at("s"))->changed);
  CHECK(tree->copy("new.place", source->root())->changed);
  CHECK(text_of(tree->at("new.place")) == text_of(source->root()));
  CHECK(tree->copy("x", {}).error() == Error::kNotFound);
  CHECK(tree->copy("x", tree->root()).error() == Error::kInvalidArgument);
  CHECK(tree->copy("", source->root()).error() == Error::kPropertyPath);
  CHECK(tree->copy("x.z.q", source->root()).error() == Error::kPropertyPath);
  REQUIRE(tree->erase("x") == Status());
  REQUIRE(tree->erase("new") == Status());
  CHECK(tree->bytes_used() == 8);
}

TEST_CASE("property tree: marks -> kept by set, gone with the place, never copied to new ones") {
  HeapTree tree(500);
  REQUIRE(tree->set("a.b", 1).ok());
  tree->mark(tree->at("a.b"), PropertyMark::kDirty);
  CHECK(tree->at("a.b").has(PropertyMark::kDirty));
  CHECK_FALSE(tree->at("a.b").has(PropertyMark::kInFlight));
  CHECK_FALSE(tree->at("a").has(PropertyMark::kDirty));
  tree->mark(tree->at("a.b"), PropertyMark::kInFlight);
  REQUIRE(tree->set("a.b", "a much longer value").ok());
  CHECK(tree->at("a.b").has(PropertyMark::kDirty));
  CHECK(tree->at("a.b").has(PropertyMark::kInFlight));
  tree->mark(tree->at("a.b"), PropertyMark::kDirty, false);
  CHECK_FALSE(tree->at("a.b").has(PropertyMark::kDirty));
  CHECK(tree->at("a.b").has(PropertyMark::kInFlight));
  REQUIRE(tree->erase("a.b") == Status());
  REQUIRE(tree->set("a.b", 1).ok());
  CHECK_FALSE(tree->at("a.b").has(PropertyMark::kInFlight));
}

TEST_CASE("property tree: keys -> each distinct one is stored once") {
  HeapTree tree(4000);
  REQUIRE(tree->set("quiteALongKeyName", 1).ok());
  const std::size_t one = tree->bytes_used();
  CHECK(one == 8 + 8 + 8 + 1 + 17);  // root, member, key and its text
  REQUIRE(tree->set("a.quiteALongKeyName", 1).ok());
  const std::size_t two = tree->bytes_used();
  REQUIRE(tree->set("a.b.quiteALongKeyName", 1).ok());
  CHECK(two - one == 8 + 8 + 8 + 3);
  CHECK(tree->bytes_used() - two == 8 + 8 + 8 + 3);
  REQUIRE(tree->erase("quiteALongKeyName") == Status());
  REQUIRE(tree->erase("a.b") == Status());
  CHECK(tree->bytes_used() == two - 8);
  REQUIRE(tree->erase("a") == Status());
  CHECK(tree->bytes_used() == 8);
}

TEST_CASE("property tree: a table of keys in flash -> costs no arena and reads the same") {
  static constexpr std::string_view kKeys[] = {"alpha", "beta", "sendFrequency", "telemetryConfig"};
  HeapTree with(1000, hubtwin::KeyTable(kKeys));
  HeapTree without(1000);
  const std::string document =
      R"({"telemetryConfig":{"sendFrequency":"5m","other":[{"alpha":1}]},"beta":{"alpha":2}})";
  must_apply(*with, document);
  must_apply(*without, document);
  CHECK(text_of(with->root()) == document);
  CHECK(without->bytes_used() - with->bytes_used() ==
        4 * (8 + 1) + std::string("alphabetasendFrequencytelemetryConfig").size());
  CHECK(equal_values(with->root(), without->root()));
  CHECK(*with->at("telemetryConfig.sendFrequency").as_string() == "5m");
  CHECK_FALSE(with->at("alpha").exists());
  must_apply(*with, R"({"telemetryConfig":null,"beta":null})");
  CHECK(with->bytes_used() == 8);
}

TEST_CASE("property tree: many keys and members -> found, each by its name", "[long]") {
  HeapTree tree(200000);
  for (int i = 0; i < 3000; ++i) {
    REQUIRE(tree->set("key" + std::to_string(i), i).ok());
  }
  for (int i = 0; i < 3000; i += 7) {
    REQUIRE(*tree->at("key" + std::to_string(i)).as_integer() == i);
  }
  for (int i = 0; i < 3000; i += 2) {
    REQUIRE(tree->erase("key" + std::to_string(i)) == Status());
  }
  CHECK(tree->root().size() == 1500);
  CHECK_FALSE(tree->at("key0").exists());
  CHECK(*tree->at("key2999").as_integer() == 2999);
  tree->clear();
  CHECK(tree->bytes_used() == 8);
  CHECK(tree->root().empty());
}

TEST_CASE(
    "property tree: the containers' own mark -> outlives changes of what it holds, and moves") {
  HeapTree tree(512);
  REQUIRE(tree->set("a.b", 1).ok());
  REQUIRE(tree->set("c", 1).ok());
  tree->mark(tree->at("a"), PropertyMark::kWhole);
  tree->mark(tree->at("c"), PropertyMark::kWhole);
  REQUIRE_FALSE(tree->at("c").has(PropertyMark::kWhole));
  REQUIRE_FALSE(tree->at("a").has(PropertyMark::kDirty));
  tree->mark(tree->at("a"), PropertyMark::kDirty);
  // Filled to the brim and emptied in turn, so that nodes move.
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; tree->set("a.n" + std::to_string(i), i).ok(); ++i) {
    }
    REQUIRE(tree->erase("a.b").ok());
    REQUIRE(tree->set("a.b", "some text").ok());
    for (int i = 0; tree->erase("a.n" + std::to_string(i)).ok(); ++i) {
    }
    REQUIRE(tree->at("a").size() == 1);
    REQUIRE(tree->at("a").has(PropertyMark::kWhole));
    REQUIRE(tree->at("a").has(PropertyMark::kDirty));
  }
  REQUIRE(tree->erase("a.b").ok());
  REQUIRE(tree->at("a").has(PropertyMark::kWhole));
  tree->mark(tree->at("a"), PropertyMark::kWhole, false);
  REQUIRE_FALSE(tree->at("a").has(PropertyMark::kWhole));
  REQUIRE(tree->at("a").empty());
}
