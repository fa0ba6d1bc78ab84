// SPDX-License-Identifier: MIT
#include <hubtwin/bytes.hpp>
#include <hubtwin/mbedtls/mbedtls_random.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN
namespace mbedtls {
namespace {

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const std::uint8_t byte : as_bytes(text)) {
    hash = (hash ^ byte) * 0x100000001b3u;
  }
  return hash;
}

std::uint32_t split_mix(std::uint64_t& state) {
  std::uint64_t mixed = (state += 0x9e3779b97f4a7c15u);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return static_cast<std::uint32_t>(mixed >> 32);
}

}  // namespace

MbedtlsRandom::MbedtlsRandom(std::string_view personalization) : fallback_(fnv1a(personalization)) {
  mbedtls_entropy_init(&entropy_);
  mbedtls_ctr_drbg_init(&generator_);
  const ByteView bytes = as_bytes(personalization.substr(0, MBEDTLS_CTR_DRBG_MAX_SEED_INPUT / 2));
  const int result = mbedtls_ctr_drbg_seed(&generator_, mbedtls_entropy_func, &entropy_,
                                           bytes.data(), bytes.size());
  if (result != 0) {
    status_ = Status::with_tls_code(Error::kCryptoFailed, result);
  }
}

MbedtlsRandom::~MbedtlsRandom() {
  mbedtls_ctr_drbg_free(&generator_);
  mbedtls_entropy_free(&entropy_);
}

Status MbedtlsRandom::fill(ByteSpan bytes) {
  // The generator gives out so much in one go at most.
  for (std::size_t at = 0; status_.ok() && at < bytes.size();) {
    const std::size_t size = std::min<std::size_t>(bytes.size() - at, MBEDTLS_CTR_DRBG_MAX_REQUEST);
    const int result = mbedtls_ctr_drbg_random(&generator_, bytes.data() + at, size);
    if (result != 0) {
      status_ = Status::with_tls_code(Error::kCryptoFailed, result);
    }
    at += size;
  }
  return status_;
}

std::uint32_t MbedtlsRandom::next() {
  std::uint8_t bytes[4] = {};
  if (!fill(ByteSpan(bytes)).ok()) {
    return split_mix(fallback_);
  }
  return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
         static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

}  // namespace mbedtls
HUBTWIN_NAMESPACE_END
