// SPDX-License-Identifier: MIT
#include <hubtwin/mbedtls/mbedtls_crypto.hpp>

#include <algorithm>

#include <mbedtls/md.h>

HUBTWIN_NAMESPACE_BEGIN
namespace mbedtls {

Status MbedtlsCrypto::hmac_sha256(const SigningKey& key, ByteView message,
                                  std::uint8_t (&mac)[kHmacSha256Size]) {
  std::fill(std::begin(mac), std::end(mac), std::uint8_t{0});
  if (key.in_hardware()) {
    return Error::kNotSupported;
  }
  // A null pointer with length 0 is one that memcpy inside must not be given.
  const std::uint8_t nothing = 0;
  const int result = mbedtls_md_hmac(
      mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key.bytes().data(), key.bytes().size(),
      message.empty() ? &nothing : message.data(), message.size(), mac);
  if (result != 0) {
    std::fill(std::begin(mac), std::end(mac), std::uint8_t{0});
    return Status::with_tls_code(Error::kCryptoFailed, result);
  }
  return {};
}

}  // namespace mbedtls
HUBTWIN_NAMESPACE_END
