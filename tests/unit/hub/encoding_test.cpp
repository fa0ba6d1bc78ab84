// SPDX-License-Identifier: MIT
#include "tools/hub/core/encoding.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin::hub;

TEST_CASE("percent encoding leaves RFC 3986's unreserved characters alone") {
  CHECK(percent_encode("Az09-_.~") == "Az09-_.~");
  CHECK(percent_encode("a b+c/d=e&$\xC3\xA9") == "a%20b%2Bc%2Fd%3De%26%24%C3%A9");
}

TEST_CASE("percent decoding takes both cases of hex and never turns plus into space") {
  CHECK(percent_decode("a%2fb%2Fc+d") == std::string("a/b/c+d"));
  CHECK(percent_decode("%00") == std::string(1, '\0'));
  CHECK_FALSE(percent_decode("%"));
  CHECK_FALSE(percent_decode("%2"));
  CHECK_FALSE(percent_decode("%zz"));
}

TEST_CASE("every byte survives percent encoding") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
  }
  CHECK(percent_decode(percent_encode(all)) == all);
}

TEST_CASE("base64 is decoded strictly") {
  CHECK(base64_decode("Zg==") == std::string("f"));
  CHECK(base64_decode("Zm8=") == std::string("fo"));
  CHECK(base64_decode("Zm9v") == std::string("foo"));
  CHECK(base64_decode("+/+/") == std::string("\xFB\xFF\xBF"));
  for (const char* wrong :
       {"", "=", "====", "Zg", "Zg=", "Z===", "Zm9v\n", " Zm9v", "Zm-v", "Zg==Zg=="}) {
    INFO(wrong);
    CHECK_FALSE(base64_decode(wrong));
  }
}

TEST_CASE("every length of bytes survives base64") {
  for (std::size_t length = 1; length < 70; ++length) {
    const std::string bytes = random_bytes(length);
    CHECK(base64_decode(base64_encode(bytes)) == bytes);
  }
}
