// SPDX-License-Identifier: MIT
#include "examples/common/send_frequency.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using example::parse_send_frequency;

TEST_CASE("send frequency: number and unit -> the time") {
  CHECK(parse_send_frequency("7s") == 7s);
  CHECK(parse_send_frequency("5m") == 5min);
  CHECK(parse_send_frequency("1h") == 1h);
  CHECK(parse_send_frequency("0s") == 0s);
  CHECK(parse_send_frequency("4294967295h").has_value());
}

TEST_CASE("send frequency: anything else -> nothing") {
  for (const char* text : {"", "s", "7", "7 s", " 7s", "7s ", "-7s", "+7s", "7.5s", "7S", "7d",
                           "often", "7ss", "4294967296s", "0x7s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_send_frequency(text).has_value());
  }
}
