// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Random numbers by mbedTLS. Includes mbedTLS's headers, so that the generator's state stands in
/// the object and not on a heap.

#include <hubtwin/bytes.hpp>
#include <hubtwin/port/random.hpp>
#include <hubtwin/status.hpp>

#include <string_view>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>

HUBTWIN_NAMESPACE_BEGIN
namespace mbedtls {

/// CTR_DRBG, seeded from mbedTLS's entropy sources. On a board without an operating system those
/// are what mbedtls_hardware_poll gives (MBEDTLS_ENTROPY_HARDWARE_ALT).
class MbedtlsRandom final : public Random {
 public:
  /// Seeds; takes as long as the entropy source does.
  /// \param[in] personalization  Something that differs from device to device, e.g. its id: sets
  ///            devices apart even where the entropy source is poor. Not kept.
  explicit MbedtlsRandom(std::string_view personalization);
  ~MbedtlsRandom();
  MbedtlsRandom(const MbedtlsRandom&) = delete;
  MbedtlsRandom& operator=(const MbedtlsRandom&) = delete;

  /// Error::kCryptoFailed with mbedTLS's number in tls_code() when the entropy source failed, now
  /// or at a reseed. next() then goes on with numbers derived from `personalization` alone: they
  /// still differ from device to device, which is enough for jitter, but not from boot to boot.
  Status status() const { return status_; }

  std::uint32_t next() override;

  /// Fills `bytes` with numbers good enough for keys.
  /// \return status(): without a good source nothing is filled in.
  Status fill(ByteSpan bytes);

 private:
  mbedtls_entropy_context entropy_;
  mbedtls_ctr_drbg_context generator_;
  std::uint64_t fallback_;
  Status status_;
};

}  // namespace mbedtls
HUBTWIN_NAMESPACE_END
