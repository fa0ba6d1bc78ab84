// SPDX-License-Identifier: MIT
#include <hubtwin/auth/base64.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using hubtwin::base64_decode;
using hubtwin::base64_decoded_size;
using hubtwin::base64_encode;
using hubtwin::Error;

namespace {

std::string decoded(const std::string& text) {
  std::array<std::uint8_t, 64> room{};
  const auto size = base64_decode(text, {room.data(), room.size()});
  REQUIRE(size.ok());
  return {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*size)};
}

std::string encoded(const std::string& text) {
  std::array<char, 64> room{};
  const auto result = base64_encode(hubtwin::as_bytes(text), {room.data(), room.size()});
  REQUIRE(result.ok());
  return std::string(*result);
}

}  // namespace

TEST_CASE("base64: vectors of RFC 4648 -> encoded and decoded") {
  const std::array<std::array<std::string, 2>, 7> vectors = {{{"", ""},
                                                              {"f", "Zg=="},
                                                              {"fo", "Zm8="},
                                                              {"foo", "Zm9v"},
                                                              {"foob", "Zm9vYg=="},
                                                              {"fooba", "Zm9vYmE="},
                                                              {"foobar", "Zm9vYmFy"}}};
  for (const auto& [plain, text] : vectors) {
    CHECK(encoded(plain) == text);
    CHECK(decoded(text) == plain);
  }
}

TEST_CASE("base64: every byte at every place -> comes back") {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t size = 1; size <= 4; ++size) {
      for (std::size_t place = 0; place < size; ++place) {
        std::string bytes(size, '\0');
        bytes[place] = static_cast<char>(byte);
        CHECK(decoded(encoded(bytes)) == bytes);
      }
    }
  }
}

TEST_CASE("base64: exactly 64 characters of the alphabet -> all others are refused") {
  std::string accepted;
  for (int code = 0; code < 256; ++code) {
    const std::string text{static_cast<char>(code), 'A', 'A', 'A'};
    if (base64_decoded_size(text).ok()) {
      accepted += static_cast<char>(code);
    }
  }
  CHECK(accepted == "+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

TEST_CASE("base64: malformed texts -> refused, nothing written") {
  const std::string text =
      GENERATE("Z", "Zg", "Zg=", "Zg===", "=", "==", "====", "Z===", "Z=g=", "Zg==Zg==", "Zm9v\n",
               " Zm9v", "Zm 9v", "Zm9-", "Zm9_", "Zh==", "Zm9=", "Zg==\n", "Zm9vZg=");
  CAPTURE(text);
  std::array<std::uint8_t, 16> room{};
  CHECK(base64_decode(text, {room.data(), room.size()}).error() == Error::kKeyNotBase64);
  CHECK(room == std::array<std::uint8_t, 16>{});
}

TEST_CASE("base64: room too small by one -> refused, just enough -> taken") {
  std::array<std::uint8_t, 6> room{};
  CHECK(base64_decode("Zm9vYmFy", {room.data(), 5}).error() == Error::kNoSpace);
  CHECK(base64_decode("Zm9vYmFy", {room.data(), 6}).ok());
  std::array<char, 8> text{};
  CHECK(base64_encode(hubtwin::as_bytes("foobar"), {text.data(), 7}).error() == Error::kNoSpace);
  CHECK(base64_encode(hubtwin::as_bytes("foobar"), {text.data(), 8}).ok());
}

TEST_CASE("base64: decoded in its own memory -> right") {
  std::string text = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  const auto size =
      base64_decode(text, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  REQUIRE(size.ok());
  CHECK(text.substr(0, *size) == "0123456789abcdef0123456789abcdef");
}
