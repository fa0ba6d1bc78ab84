// SPDX-License-Identifier: MIT
#include <hubtwin/auth/secret.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <ostream>
#include <string>
#include <type_traits>

#include <catch2/catch.hpp>

using hubtwin::SecretBuffer;
using hubtwin::SecretView;

namespace {

template <class T, class = void>
struct IsStreamable : std::false_type {};
template <class T>
struct IsStreamable<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<T>())>>
    : std::true_type {};

}  // namespace

TEST_CASE("secret: a view -> neither streams nor becomes text") {
  STATIC_REQUIRE_FALSE(IsStreamable<SecretView>::value);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<SecretView, std::string_view>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<SecretView, std::string>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<SecretBuffer<8>>);
}

TEST_CASE("secret: wipe -> zeros there and nowhere else") {
  std::array<std::uint8_t, 4> bytes = {1, 2, 3, 4};
  hubtwin::wipe({bytes.data() + 1, 2});
  CHECK(bytes == std::array<std::uint8_t, 4>{1, 0, 0, 4});
  hubtwin::wipe({});
}

TEST_CASE("secret: a buffer's end -> its memory holds nothing of it") {
  using Buffer = SecretBuffer<16>;
  alignas(Buffer) std::array<unsigned char, sizeof(Buffer)> memory{};
  auto* buffer = ::new (memory.data()) Buffer;
  const std::string secret = "hunter2hunter2";
  std::copy(secret.begin(), secret.end(), buffer->room().begin());
  buffer->set_size(secret.size());
  REQUIRE(buffer->view().reveal() == secret);
  buffer->~Buffer();
  const auto* first = reinterpret_cast<const volatile unsigned char*>(memory.data());
  for (std::size_t i = 0; i < 16; ++i) {
    CHECK(first[i] == 0);
  }
}
