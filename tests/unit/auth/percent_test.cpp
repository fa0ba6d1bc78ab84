// SPDX-License-Identifier: MIT
#include <hubtwin/auth/percent.hpp>

#include <array>
#include <string>

#include <catch2/catch.hpp>

using hubtwin::Error;
using hubtwin::percent_decode;
using hubtwin::percent_encode;
using hubtwin::percent_equal;

namespace {

std::string encoded(const std::string& text) {
  std::array<char, 1024> room{};
  const auto result = percent_encode(text, {room.data(), room.size()});
  REQUIRE(result.ok());
  CHECK(result->size() == hubtwin::percent_encoded_size(text));
  return std::string(*result);
}

}  // namespace

TEST_CASE("percent: unreserved characters -> stand for themselves") {
  const std::string unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  CHECK(encoded(unreserved) == unreserved);
}

TEST_CASE("percent: everything else -> two upper-case digits") {
  CHECK(encoded("a b+c/d:e;f=g&h%i$j") == "a%20b%2Bc%2Fd%3Ae%3Bf%3Dg%26h%25i%24j");
  CHECK(encoded("\xC3\xA4\xFF") == "%C3%A4%FF");
  CHECK(encoded(std::string(1, '\0')) == "%00");
}

TEST_CASE("percent: every byte -> comes back in either case of digits") {
  for (int code = 0; code < 256; ++code) {
    const std::string plain(1, static_cast<char>(code));
    std::string text = encoded(plain);
    std::array<char, 1> room{};
    const auto upper = percent_decode(text, {room.data(), room.size()});
    REQUIRE(upper.ok());
    CHECK(*upper == plain);
    if (text[0] == '%') {
      for (char& character : text) {
        character = static_cast<char>(std::tolower(character));
      }
    }
    const auto lower = percent_decode(text, {room.data(), room.size()});
    REQUIRE(lower.ok());
    CHECK(*lower == plain);
  }
}

TEST_CASE("percent: a plus sign -> stays one") {
  std::array<char, 8> room{};
  CHECK(percent_decode("a+b", {room.data(), room.size()}).value() == "a+b");
}

TEST_CASE("percent: malformed escapes -> refused") {
  const std::string text =
      GENERATE("%", "a%", "%2", "%2G", "%G2", "%%41", "%-1", "% 1", "%2\xC3", "%@1", "%`1", "%1/");
  CAPTURE(text);
  std::array<char, 8> room{};
  CHECK(percent_decode(text, {room.data(), room.size()}).error() == Error::kInvalidArgument);
  CHECK_FALSE(percent_equal(text, text));
}

TEST_CASE("percent: room too small by one -> refused") {
  std::array<char, 3> room{};
  CHECK(percent_encode(" ", {room.data(), 2}).error() == Error::kNoSpace);
  CHECK(percent_encode("abcd", {room.data(), 3}).error() == Error::kNoSpace);
  CHECK(percent_encode("ab ", {room.data(), 3}).error() == Error::kNoSpace);
  CHECK(percent_encode(" ", {room.data(), 3}).ok());
  CHECK(percent_decode("ab%20c", {room.data(), 3}).error() == Error::kNoSpace);
  CHECK(percent_decode("ab%20", {room.data(), 3}).ok());
}

TEST_CASE("percent: compared with a plain text -> without decoding it first") {
  CHECK(percent_equal("%24.mid", "$.mid"));
  CHECK(percent_equal("$.mid", "$.mid"));
  CHECK(percent_equal("%24%2e%6Did", "$.mid"));
  CHECK(percent_equal("", ""));
  CHECK_FALSE(percent_equal("%24.mid2", "$.mid"));
  CHECK_FALSE(percent_equal("%24.mi", "$.mid"));
  CHECK_FALSE(percent_equal("", "$.mid"));
  CHECK_FALSE(percent_equal("%24.Mid", "$.mid"));
}
