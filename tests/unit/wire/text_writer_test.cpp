// SPDX-License-Identifier: MIT
#include <hubtwin/wire/text_writer.hpp>

#include <array>
#include <string>

#include <catch2/catch.hpp>

using hubtwin::TextWriter;

TEST_CASE("text writer: pieces -> one text") {
  std::array<char, 32> room{};
  TextWriter writer({room.data(), room.size()});
  writer.text("a=").percent("b c").text("&n=").number(18446744073709551615U);
  CHECK(writer.ok());
  CHECK(writer.view() == "a=b%20c&n=18446744073709551615");
  CHECK(writer.rest().size() == 2);
}

TEST_CASE(
    "text writer: something doesn't fit -> nothing more is written, not even what would fit") {
  std::array<char, 8> room{};
  room.fill('#');
  TextWriter writer({room.data(), 6});
  writer.text("abc").text("defg").text("h").percent("i").number(1);
  CHECK_FALSE(writer.ok());
  CHECK(writer.view() == "abc");
  CHECK(room[6] == '#');
  CHECK(room[7] == '#');
}

TEST_CASE("text writer: an escape that fits in part -> overflow, nothing behind the room") {
  std::array<char, 4> room{};
  room.fill('#');
  TextWriter writer({room.data(), 3});
  writer.text("a").percent(" ");
  CHECK_FALSE(writer.ok());
  CHECK(writer.view() == "a");
  CHECK(room[3] == '#');
}

TEST_CASE("text writer: exactly full, and truncated -> goes on") {
  std::array<char, 4> room{};
  TextWriter writer({room.data(), room.size()});
  writer.text("abcd");
  CHECK(writer.ok());
  writer.truncate(2);
  writer.text("xy");
  CHECK(writer.ok());
  CHECK(writer.view() == "abxy");
}

TEST_CASE("text writer: no room at all -> only nothing fits") {
  TextWriter writer({});
  writer.text("");
  CHECK(writer.ok());
  writer.text("a");
  CHECK_FALSE(writer.ok());
}
