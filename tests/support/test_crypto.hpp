// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Real HMAC-SHA256 for tests, by OpenSSL.

#include <hubtwin/port/crypto.hpp>

#include <cstdint>
#include <vector>

namespace hubtwin::test {

/// Signs with keys in memory, and with one key in a pretended hardware slot.
class TestCrypto final : public Crypto {
 public:
  Status hmac_sha256(const SigningKey& key, ByteView message,
                     std::uint8_t (&mac)[kHmacSha256Size]) override;

  /// Puts a key into a slot of the pretended secure element.
  void set_slot(std::uint32_t slot, std::vector<std::uint8_t> key);
  /// From now on every call answers Error::kCryptoFailed.
  void set_failing(bool failing) { failing_ = failing; }
  /// Signatures made so far.
  unsigned calls() const { return calls_; }

 private:
  std::uint32_t slot_ = 0;
  std::vector<std::uint8_t> slot_key_;
  bool failing_ = false;
  unsigned calls_ = 0;
};

}  // namespace hubtwin::test
