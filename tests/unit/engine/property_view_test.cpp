// SPDX-License-Identifier: MIT
#include "support.hpp"

#include <limits>

#include <catch2/catch.hpp>

using engine_test::HeapTree;
using engine_test::must_apply;
using hubtwin::Error;
using hubtwin::PropertyType;
using hubtwin::PropertyView;
using hubtwin::Span;

namespace {

std::string path_of(PropertyView view) {
  char room[100];
  const auto path = view.path(Span<char>(room));
  REQUIRE(path.ok());
  return std::string(*path);
}

}  // namespace

TEST_CASE("property view: nowhere -> answers everything quietly") {
  const PropertyView nowhere;
  CHECK_FALSE(nowhere.exists());
  CHECK(nowhere.type() == PropertyType::kNone);
  CHECK(nowhere.key().empty());
  CHECK(nowhere.size() == 0);
  CHECK(nowhere.empty());
  CHECK_FALSE(nowhere["a"]["b"].exists());
  CHECK_FALSE(nowhere.at("a.b").exists());
  CHECK_FALSE(nowhere.element(0).exists());
  CHECK_FALSE(nowhere.parent().exists());
  CHECK_FALSE(nowhere.next_sibling().exists());
  CHECK_FALSE(nowhere.is_at(""));
  CHECK_FALSE(nowhere.is_at_or_below(""));
  CHECK_FALSE(nowhere.has(hubtwin::PropertyMark::kDirty));
  CHECK(nowhere.begin() == nowhere.end());
  CHECK(nowhere.as_bool().error() == Error::kNotFound);
  CHECK(nowhere.as_integer().error() == Error::kNotFound);
#if HUBTWIN_FLOAT
  CHECK(nowhere.as_double().error() == Error::kNotFound);
#endif
  CHECK(nowhere.as_string().error() == Error::kNotFound);
  CHECK(nowhere.as<std::uint8_t>().error() == Error::kNotFound);
  char room[10];
  CHECK(nowhere.path(Span<char>(room)).error() == Error::kNotFound);
}

TEST_CASE("property view: typed reads -> value, wrong type, out of range and absence told apart") {
  HeapTree tree(2000);
  must_apply(*tree, R"({"t":true,"i":300,"n":-1,"s":"text","o":{},"l":[],
                        "min":-9223372036854775808,"max":9223372036854775807})");
  const PropertyView root = tree->root();
  CHECK(*root["t"].as_bool());
  CHECK(*root["t"].as<bool>());
  CHECK(root["i"].as_bool().error() == Error::kWrongType);
  CHECK(*root["i"].as_integer() == 300);
  CHECK(*root["i"].as<std::int16_t>() == 300);
  CHECK(root["i"].as<std::int8_t>().error() == Error::kOutOfRange);
  CHECK(root["i"].as<std::uint8_t>().error() == Error::kOutOfRange);
  CHECK(root["n"].as<std::uint64_t>().error() == Error::kOutOfRange);
  CHECK(root["n"].as<unsigned>().error() == Error::kOutOfRange);
  CHECK(*root["n"].as<int>() == -1);
  CHECK(*root["min"].as_integer() == std::numeric_limits<std::int64_t>::min());
  CHECK(*root["max"].as_integer() == std::numeric_limits<std::int64_t>::max());
  CHECK(root["s"].as_integer().error() == Error::kWrongType);
  CHECK(*root["s"].as_string() == "text");
  CHECK(*root["s"].as<std::string_view>() == "text");
  CHECK(root["o"].as_string().error() == Error::kWrongType);
  CHECK(root["l"].as_bool().error() == Error::kWrongType);
  CHECK(root["none"].as_string().error() == Error::kNotFound);
}

#if HUBTWIN_FLOAT
TEST_CASE("property view: doubles and integers -> read as each other where that loses nothing") {
  HeapTree tree(2000);
  must_apply(*tree, R"({"i":300,"big":9007199254740993,"d":2.5,"w":4.0,"huge":1e300,"s":"text",
                        "min":-9223372036854775808,"max":9223372036854775807})");
  const PropertyView root = tree->root();
  CHECK(root["max"].as_double().error() == Error::kOutOfRange);
  CHECK(*root["min"].as_double() == -0x1p63);
  CHECK(root["big"].as_double().error() == Error::kOutOfRange);
  CHECK(*root["i"].as_double() == 300.0);
  CHECK(*root["d"].as_double() == 2.5);
  CHECK(*root["d"].as<float>() == 2.5F);
  CHECK(root["d"].as_integer().error() == Error::kOutOfRange);
  CHECK(*root["w"].as_integer() == 4);
  CHECK(root["huge"].as_integer().error() == Error::kOutOfRange);
  CHECK(root["huge"].as<float>().error() == Error::kOutOfRange);
  CHECK(root["s"].as_double().error() == Error::kWrongType);
}
#endif

TEST_CASE("property view: paths -> found, told and matched") {
  HeapTree tree(2000);
  must_apply(*tree, R"({"a":{"b":{"c":1},"ab":2},"l":[10,[20,30],{"x":{"y":40}}],"ab":3})");
  const PropertyView root = tree->root();
  struct Row {
    const char* path;
    std::int64_t value;
    std::size_t depth;
  };
  const Row rows[] = {{"a.b.c", 1, 3},  {"a.ab", 2, 2},   {"ab", 3, 1},      {"l.0", 10, 2},
                      {"l.1.0", 20, 3}, {"l.1.1", 30, 3}, {"l.2.x.y", 40, 4}};
  for (const Row& row : rows) {
    INFO(row.path);
    const PropertyView place = root.at(row.path);
    CHECK(*place.as_integer() == row.value);
    CHECK(path_of(place) == row.path);
    CHECK(place.depth() == row.depth);
    CHECK(place.is_at(row.path));
    CHECK(place.is_at_or_below(row.path));
    CHECK(place.is_at_or_below(""));
    CHECK_FALSE(place.is_at(""));
    CHECK_FALSE(place.is_at(std::string("x.") + row.path));
    CHECK_FALSE(place.is_at(std::string(".") + row.path));
    CHECK_FALSE(place.is_at(std::string(row.path) + "."));
    CHECK_FALSE(place.is_at(std::string(row.path) + ".x"));
    CHECK_FALSE(place.is_at_or_below(std::string(row.path) + ".x"));
  }
  CHECK(root.at("") == root);
  CHECK(path_of(root).empty());
  CHECK(root.is_at(""));
  CHECK_FALSE(root.is_at("a"));
  CHECK(root.at("a").at("b.c") == root.at("a.b.c"));
  CHECK(root.at("a.b.c").is_at_or_below("a"));
  CHECK(root.at("a.b.c").is_at_or_below("a.b"));
  CHECK_FALSE(root.at("a.b.c").is_at_or_below("b"));
  CHECK_FALSE(root.at("a.ab").is_at_or_below("a.b"));
  CHECK_FALSE(root.at("ab").is_at_or_below("a"));
  for (const char* path : {"x", "a.x", "a.b.c.d", "a.", ".a", "a..b", ".", "l.3", "l.00", "l.-1",
                           "l.x", "l.", "l.99999999999", "a.0", "ab.0"}) {
    INFO(path);
    CHECK_FALSE(root.at(path).exists());
  }
  char room[7];
  CHECK(*root.at("l.2.x.y").path(Span<char>(room)) == "l.2.x.y");
  CHECK(root.at("l.2.x.y").path(Span<char>(room, 6)).error() == Error::kNoSpace);
  CHECK(root.path(Span<char>(room, 0))->empty());
}

TEST_CASE("property view: iteration -> members and elements in order") {
  HeapTree tree(2000);
  must_apply(*tree, R"({"z":1,"a":{"q":2},"m":[3,4,5]})");
  std::string keys;
  for (const PropertyView& member : tree->root()) {
    CHECK(member.is_member());
    CHECK(member.parent() == tree->root());
    keys += std::string(member.key()) + " ";
  }
  CHECK(keys == "z a m ");
  std::int64_t sum = 0;
  for (const PropertyView& element : tree->at("m")) {
    CHECK_FALSE(element.is_member());
    CHECK(element.key().empty());
    sum = sum * 10 + *element.as_integer();
  }
  CHECK(sum == 345);
  CHECK(tree->root().size() == 3);
  CHECK(tree->at("m").size() == 3);
  CHECK(*tree->at("m").element(2).as_integer() == 5);
  CHECK_FALSE(tree->at("m").element(3).exists());
  CHECK_FALSE(tree->at("a").element(0).exists());
  CHECK_FALSE(tree->at("m")["0"].exists());
  for (const PropertyView& none : tree->at("z")) {
    static_cast<void>(none);
    FAIL("a scalar has nothing below it");
  }
}

TEST_CASE("property view: equality of values -> by content, whatever order and number type") {
  const auto equal = [](const char* left, const char* right) {
    HeapTree a(2000);
    HeapTree b(2000);
    must_apply(*b, R"({"other":{"keys":1},"c":1,"b":2})");  // other key numbers than in a
    must_apply(*a, std::string("{\"v\":") + left + "}");
    must_apply(*b, std::string("{\"v\":") + right + "}");
    const bool result = equal_values(a->at("v"), b->at("v"));
    CHECK(equal_values(b->at("v"), a->at("v")) == result);
    return result;
  };
  for (const char* value : {"true", "1", "-8388609", "\"\"", "\"abc\"", "\"abcd\"", "{}", "[]",
                            "[1,[2,{\"a\":[]}]]", "{\"a\":{\"b\":{}},\"c\":[[]]}"}) {
    INFO(value);
    CHECK(equal(value, value));
  }
  CHECK(equal("{\"a\":1,\"b\":{\"c\":2,\"d\":3}}", "{\"b\":{\"d\":3,\"c\":2},\"a\":1}"));
  CHECK(equal("[{\"a\":1,\"b\":2},3]", "[{\"b\":2,\"a\":1},3]"));
#if HUBTWIN_FLOAT
  CHECK(equal("1.5", "1.5"));
  CHECK(equal("5", "5.0"));
  CHECK(equal("9007199254740992", "9007199254740992.0"));
  CHECK_FALSE(equal("9007199254740993", "9007199254740992.0"));
  CHECK_FALSE(equal("9223372036854775807", "9223372036854775808"));
  CHECK_FALSE(equal("1.5", "1"));
#endif
  CHECK_FALSE(equal("1", "true"));
  CHECK_FALSE(equal("1", "\"1\""));
  CHECK_FALSE(equal("1", "2"));
  CHECK_FALSE(equal("{}", "[]"));
  CHECK_FALSE(equal("{}", "0"));
  CHECK_FALSE(equal("[]", "false"));
  CHECK_FALSE(equal("[1]", "[]"));
  CHECK_FALSE(equal("[1,2]", "[1]"));
  CHECK_FALSE(equal("[1,2]", "[2,1]"));
  CHECK_FALSE(equal("[[1],[]]", "[[],[1]]"));
  CHECK_FALSE(equal("{\"a\":1}", "{\"b\":1}"));
  CHECK_FALSE(equal("{\"a\":1}", "{\"a\":1,\"b\":1}"));
  CHECK_FALSE(equal("{\"a\":{\"b\":1},\"c\":2}", "{\"a\":{\"b\":2},\"c\":2}"));
  CHECK_FALSE(equal("{\"a\":[{\"b\":1}]}", "{\"a\":[{\"b\":2}]}"));
  CHECK_FALSE(equal("{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":1,\"d\":2}}"));
  CHECK(hubtwin::equal_values({}, {}));
  HeapTree tree(100);
  CHECK_FALSE(equal_values(tree->root(), {}));
  CHECK_FALSE(equal_values({}, tree->root()));
}
