// SPDX-License-Identifier: MIT
#include "support/fraction.hpp"
#include <hubtwin/twin/digest.hpp>
#include <hubtwin/twin/property_tree.hpp>

#include <set>
#include <string_view>

#include <catch2/catch.hpp>

using namespace hubtwin;

TEST_CASE("digest: equal values -> equal, whatever the order of members") {
  SizedPropertyTree<512> one;
  SizedPropertyTree<512> two;
  REQUIRE(one.set("x.a", 1).ok());
  REQUIRE(one.set("x.b", "t").ok());
  REQUIRE(one.set("x.c.d", true).ok());
  REQUIRE(two.set("y.c.d", true).ok());
  REQUIRE(two.set("y.b", "t").ok());
#if HUBTWIN_FLOAT
  REQUIRE(two.set("y.a", 1.0).ok());  // the same number
#else
  REQUIRE(two.set("y.a", 1).ok());
#endif
  REQUIRE(digest_of(one["x"]) == digest_of(two["y"]));
  REQUIRE(digest_of(one.root()) != digest_of(two.root()));
}

TEST_CASE("digest: different values -> different, nothing is nothing") {
  SizedPropertyTree<1024> tree;
  const PropertyValue values[] = {nullptr,
                                  false,
                                  true,
                                  0,
                                  1,
                                  -1,
                                  test::fraction(0.5),
                                  "",
                                  "a",
                                  "0",
                                  PropertyValue::object(),
                                  PropertyValue::array()};
  std::set<std::uint32_t> digests{digest_of(tree["absent"])};
  REQUIRE(*digests.begin() == kNoDigest);
  for (const PropertyValue& value : values) {
    REQUIRE(tree.set("v", value).ok());
    REQUIRE(digests.insert(digest_of(tree["v"])).second);
  }
}

TEST_CASE("digest: arrays -> order counts") {
  SizedPropertyTree<1024> tree;
  const auto fill = [&](const char* path, int first, int second) {
    auto array = tree.set(path, PropertyValue::array())->view;
    auto element = tree.append(array, first);
    REQUIRE(tree.append(element->parent(), second).ok());
  };
  fill("a", 1, 2);
  fill("b", 2, 1);
  fill("c", 1, 2);
  REQUIRE(digest_of(tree["a"]) != digest_of(tree["b"]));
  REQUIRE(digest_of(tree["a"]) == digest_of(tree["c"]));
}

TEST_CASE("digest: two members exchange their values -> different") {
  SizedPropertyTree<1024> tree;
  const PropertyValue values[] = {false, true, 0, 1, 2, 3, -1, test::fraction(4.5), "", "a", "b"};
  const char keys[] = "abcdefghxyz";
  int alike = 0;
  for (const char* first = keys; *first != '\0'; ++first) {
    for (const char* second = first + 1; *second != '\0'; ++second) {
      for (const PropertyValue& one : values) {
        for (const PropertyValue& other : values) {
          if (&one == &other) {
            continue;
          }
          const auto digest = [&](const PropertyValue& at_first, const PropertyValue& at_second) {
            tree.clear();
            REQUIRE(tree.set(std::string_view(first, 1), at_first).ok());
            REQUIRE(tree.set(std::string_view(second, 1), at_second).ok());
            return digest_of(tree.root());
          };
          alike += digest(one, other) == digest(other, one) ? 1 : 0;
        }
      }
    }
  }
  REQUIRE(alike == 0);
}
