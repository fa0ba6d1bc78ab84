// SPDX-License-Identifier: MIT
#include "support.hpp"
#include <hubtwin/twin/limits.hpp>

#include <cmath>

#include <catch2/catch.hpp>

using engine_test::HeapTree;
using engine_test::must_apply;
using hubtwin::check_integer;
using hubtwin::check_key;
using hubtwin::check_path;
using hubtwin::check_string;
using hubtwin::check_subtree;
using hubtwin::check_value;
using hubtwin::Error;
using hubtwin::Status;

TEST_CASE("limits: keys -> refused for length, encoding and every forbidden character") {
  for (const std::string& key :
       {std::string("a"), std::string("sendFrequency"), std::string("x-1_2/3"),
        std::string("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), std::string(1024, 'k'),
        std::string("\"quoted\\"), std::string("a~b")}) {
    INFO(key);
    CHECK(check_key(key) == Status());
  }
  for (const std::string& key : {std::string(),
                                 std::string(1025, 'k'),
                                 std::string("a.b"),
                                 std::string("$version"),
                                 std::string("a$"),
                                 std::string("a#b"),
                                 std::string("a b"),
                                 std::string("a\tb"),
                                 std::string("a\0b", 3),
                                 std::string("a\x1F"),
                                 std::string("a\x7F"),
                                 std::string("\xC2\x80"),
                                 std::string("\xC2\x85"),
                                 std::string("\xC2\x9F"),
                                 std::string("\xC2\xA0"),
                                 std::string("\xE2\x80\x83"),
                                 std::string("\xE2\x80\xA8"),
                                 std::string("\xE3\x80\x80"),
                                 std::string("\xFF"),
                                 std::string("\xE2\x82"),
                                 std::string("\xED\xA0\x80")}) {
    INFO(key);
    CHECK(check_key(key) == Error::kPropertyKey);
  }
}

namespace {

// A path of so many steps.
std::string steps(int count) {
  std::string path = "1";
  for (int step = 2; step <= count; ++step) {
    path += '.' + std::to_string(step);
  }
  return path;
}

}  // namespace

TEST_CASE("limits: paths -> each step a key, so many objects deep at most") {
  CHECK(check_path("a") == Status());
  CHECK(check_path("telemetryConfig.sendFrequency") == Status());
  CHECK(check_path(steps(HUBTWIN_MAX_DEPTH) + ".leaf") == Status());
  CHECK(check_path(steps(HUBTWIN_MAX_DEPTH + 1) + ".leaf") == Error::kPropertyPath);
  CHECK(check_path("") == Error::kPropertyPath);
  CHECK(check_path(".") == Error::kPropertyPath);
  CHECK(check_path(".a") == Error::kPropertyPath);
  CHECK(check_path("a.") == Error::kPropertyPath);
  CHECK(check_path("a..b") == Error::kPropertyPath);
  CHECK(check_path("a.$b") == Error::kPropertyKey);
  CHECK(check_path("a b.c") == Error::kPropertyKey);
}

TEST_CASE("limits: values -> the hub's ranges") {
  CHECK(check_integer(4503599627370495) == Status());
  CHECK(check_integer(4503599627370496) == Error::kPropertyValue);
  CHECK(check_integer(-4503599627370496) == Status());
  CHECK(check_integer(-4503599627370497) == Error::kPropertyValue);
  CHECK(check_string(std::string(4096, 'x')) == Status());
  CHECK(check_string(std::string(4097, 'x')) == Error::kPropertyValue);
  CHECK(check_string("\xC3") == Error::kPropertyValue);
  CHECK(check_string("with\ncontrol") == Status());
  CHECK(check_value(nullptr) == Status());
  CHECK(check_value(true) == Status());
  CHECK(check_value(4503599627370496) == Error::kPropertyValue);
  CHECK(check_value(~std::uint64_t{0}) == Error::kPropertyValue);
#if HUBTWIN_FLOAT
  CHECK(check_value(1e300) == Status());
  CHECK(check_value(std::nan("")) == Error::kPropertyValue);
  CHECK(check_value(HUGE_VAL) == Error::kPropertyValue);
#endif
  CHECK(check_value("\xFF") == Error::kPropertyValue);
}

TEST_CASE("limits: a subtree -> keys, nulls in arrays, values and depth are all looked at") {
  const auto check = [](const std::string& document, std::string_view from = "") {
    HeapTree tree(4000);
    must_apply(*tree, document);
    return check_subtree(tree->at(from)).error();
  };
  CHECK(check("{}") == Error::kNone);
  CHECK(check(R"({"a":{"b":[1,{"c":"d"},[2]]},"e":15})") == Error::kNone);
  CHECK(check(R"({"a":{"b c":1}})") == Error::kPropertyKey);
  CHECK(check(R"({"a":{"":1}})") == Error::kPropertyKey);
  CHECK(check(R"({"a":[{"b.c":1}]})") == Error::kPropertyKey);
  CHECK(check(R"({"a":[1,null]})") == Error::kPropertyValue);
  CHECK(check(R"({"a":[{"b":null}]})") == Error::kPropertyValue);
  CHECK(check(R"({"a":[1,[{"b":[null]}]]})", "a.1.0") == Error::kPropertyValue);
  CHECK(check(R"({"a":[1,[{"b":2}]],"c":{"d":1}})") == Error::kNone);
  CHECK(check(R"({"a":{"b":4503599627370496}})") == Error::kPropertyValue);
  CHECK(check(R"({"1":{"2":{"3":{"4":{"5":{"6":{"7":{"8":{"9":{"10":{"leaf":1}}}}}}}}}}})") ==
        Error::kNone);

  HeapTree tree(4000);
  const std::string too_deep = steps(HUBTWIN_MAX_DEPTH + 1);
  REQUIRE(tree->set(too_deep, hubtwin::PropertyValue::object()).ok());
  CHECK(check_subtree(tree->root()) == Error::kJsonTooDeep);
  CHECK(check_subtree(tree->at(too_deep)) == Error::kJsonTooDeep);
  REQUIRE(tree->set("1", nullptr).ok());
  CHECK(check_subtree(tree->root()) == Status());  // a tombstone
}

TEST_CASE("limits: section size -> counted as the hub does") {
  const auto size = [](const std::string& document) {
    HeapTree tree(4000);
    must_apply(*tree, document);
    return hubtwin::section_size(tree->root());
  };
  CHECK(size("{}") == 0);
  CHECK(size(R"({"a":{}})") == 1);
  CHECK(size(R"({"telemetryConfig":{"sendFrequency":"5m"}})") == 15 + 13 + 2);
  CHECK(size(R"({"n":1,"b":true,"s":"xyz"})") == 3 + 8 + 4 + 3);
#if HUBTWIN_FLOAT
  CHECK(size(R"({"d":1.5})") == 1 + 8);
#endif
  CHECK(size(R"({"l":[1,2,{"k":"v"}]})") == 1 + 16 + 2);
  CHECK(size("{\"\xC3\xA9\":\"\xE2\x82\xAC\\n\\u0000\xC2\x85x\\u007f\"}") ==
        2 + 3 + 0 + 0 + 0 + 1 + 1);
}
