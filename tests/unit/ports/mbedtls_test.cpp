// SPDX-License-Identifier: MIT
#include <hubtwin/mbedtls/mbedtls_crypto.hpp>
#include <hubtwin/mbedtls/mbedtls_random.hpp>

#include <algorithm>
#include <set>
#include <string>

#include <catch2/catch.hpp>

namespace {

bool entropy_fails = false;

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's names
// The linker puts the first of these in place of mbedTLS's own, and names that the second.
extern "C" int __wrap_mbedtls_entropy_func(void* data, unsigned char* output, size_t size);
extern "C" int __real_mbedtls_entropy_func(void* data, unsigned char* output, size_t size);

int __wrap_mbedtls_entropy_func(void* data, unsigned char* output, size_t size) {
  return entropy_fails ? MBEDTLS_ERR_ENTROPY_SOURCE_FAILED
                       : __real_mbedtls_entropy_func(data, output, size);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace {

using hubtwin::as_bytes;
using hubtwin::ByteView;
using hubtwin::Error;
using hubtwin::kHmacSha256Size;
using hubtwin::SigningKey;
using hubtwin::mbedtls::MbedtlsCrypto;
using hubtwin::mbedtls::MbedtlsRandom;

std::string hex(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string signature(std::string_view key, std::string_view message) {
  std::uint8_t mac[kHmacSha256Size] = {};
  MbedtlsCrypto crypto;
  REQUIRE(crypto.hmac_sha256(SigningKey::from_bytes(as_bytes(key)), as_bytes(message), mac).ok());
  return hex(mac);
}

TEST_CASE("mbedtls crypto: the vectors of RFC 4231 -> their signatures") {
  CHECK(signature(std::string(20, '\x0b'), "Hi There") ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(signature("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(signature(std::string(20, '\xaa'), std::string(50, '\xdd')) ==
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  CHECK(signature(std::string(131, '\xaa'),
                  "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("mbedtls crypto: empty key and message -> the signature of nothing") {
  CHECK(signature("", "") == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("mbedtls crypto: a key in a slot -> not supported, and nothing that looks signed") {
  std::uint8_t mac[kHmacSha256Size];
  std::fill(std::begin(mac), std::end(mac), std::uint8_t{0xee});
  MbedtlsCrypto crypto;
  CHECK(crypto.hmac_sha256(SigningKey::from_slot(3), as_bytes("text"), mac).error() ==
        Error::kNotSupported);
  CHECK(std::all_of(std::begin(mac), std::end(mac), [](std::uint8_t byte) { return byte == 0; }));
}

TEST_CASE("mbedtls random: two generators -> many different numbers") {
  MbedtlsRandom first("device");
  MbedtlsRandom second("device");
  REQUIRE(first.status().ok());
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 500; ++i) {
    seen.insert(first.next());
    seen.insert(second.next());
  }
  CHECK(seen.size() > 990);
}

TEST_CASE("mbedtls random: a very long personalization -> still seeded") {
  CHECK(MbedtlsRandom(std::string(10000, 'x')).status().ok());
}

TEST_CASE("mbedtls random: no entropy -> says so, and devices still differ") {
  entropy_fails = true;
  MbedtlsRandom first("device-1");
  MbedtlsRandom second("device-2");
  entropy_fails = false;
  CHECK(first.status().error() == Error::kCryptoFailed);
  CHECK(first.status().tls_code() == MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED);
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 500; ++i) {
    seen.insert(first.next());
    seen.insert(second.next());
  }
  CHECK(seen.size() > 990);
}

}  // namespace
