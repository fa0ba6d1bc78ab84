// SPDX-License-Identifier: MIT
#include "support/test_crypto.hpp"

#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace hubtwin::test {

Status TestCrypto::hmac_sha256(const SigningKey& key, ByteView message,
                               std::uint8_t (&mac)[kHmacSha256Size]) {
  ++calls_;
  if (failing_) {
    return Error::kCryptoFailed;
  }
  ByteView bytes;
  if (!key.in_hardware()) {
    bytes = key.bytes();
  } else if (!slot_key_.empty() && key.slot() == slot_) {
    bytes = ByteView(slot_key_.data(), slot_key_.size());
  } else {
    return Error::kNotSupported;
  }
  unsigned size = 0;
  const unsigned char* made = HMAC(EVP_sha256(), bytes.data(), static_cast<int>(bytes.size()),
                                   message.data(), message.size(), mac, &size);
  return made != nullptr && size == kHmacSha256Size ? Status() : Status(Error::kCryptoFailed);
}

void TestCrypto::set_slot(std::uint32_t slot, std::vector<std::uint8_t> key) {
  slot_ = slot;
  slot_key_ = std::move(key);
}

}  // namespace hubtwin::test
