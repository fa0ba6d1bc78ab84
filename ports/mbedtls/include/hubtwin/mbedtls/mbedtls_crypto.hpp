// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Signing by mbedTLS.

#include <hubtwin/port/crypto.hpp>

HUBTWIN_NAMESPACE_BEGIN
namespace mbedtls {

/// HMAC-SHA256 by mbedTLS, with keys in memory. Takes a few hundred bytes from mbedTLS's allocator
/// for the length of the call. Where mbedTLS is configured to hash through PSA, the application
/// calls psa_crypto_init first, as mbedTLS asks.
class MbedtlsCrypto final : public Crypto {
 public:
  /// \return Error::kNotSupported for a key in a slot; Error::kCryptoFailed with mbedTLS's number
  ///         in tls_code() when mbedTLS refuses, e.g. for want of memory. `mac` is then all zeros.
  Status hmac_sha256(const SigningKey& key, ByteView message,
                     std::uint8_t (&mac)[kHmacSha256Size]) override;
};

}  // namespace mbedtls
HUBTWIN_NAMESPACE_END
