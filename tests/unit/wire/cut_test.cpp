// SPDX-License-Identifier: MIT
#include <hubtwin/wire/cut.hpp>

#include <string_view>

#include <catch2/catch.hpp>

using hubtwin::cut;
using hubtwin::head;
using hubtwin::strip_prefix;
using hubtwin::tail;

TEST_CASE("cut: sizes within and beyond the text -> what is there") {
  CHECK(head("abc", 2) == "ab");
  CHECK(head("abc", 9) == "abc");
  CHECK(head("", 1).empty());
  CHECK(tail("abc", 1) == "bc");
  CHECK(tail("abc", 3).empty());
  CHECK(tail("abc", 9).empty());
  CHECK(tail({}, 9).empty());
}

TEST_CASE("cut: at the first separator -> both pieces, and whether there was one") {
  const hubtwin::Cut both = cut("a=b=c", '=');
  CHECK(both.before == "a");
  CHECK(both.after == "b=c");
  CHECK(both.found);
  const hubtwin::Cut none = cut("abc", '=');
  CHECK(none.before == "abc");
  CHECK(none.after.empty());
  CHECK_FALSE(none.found);
  CHECK(cut("a=", '=').found);
  CHECK(cut("=", '=').before.empty());
  CHECK_FALSE(cut("", '=').found);
}

TEST_CASE("cut: a prefix -> taken off only where it stands") {
  std::string_view text = "abc";
  CHECK_FALSE(strip_prefix(text, "b"));
  CHECK(text == "abc");
  CHECK_FALSE(strip_prefix(text, "abcd"));
  CHECK(strip_prefix(text, "ab"));
  CHECK(text == "c");
  CHECK(strip_prefix(text, ""));
  CHECK(text == "c");
}
