// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Port: the one cryptographic function that the core needs.

#include <hubtwin/auth/secret.hpp>
#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// Length of an HMAC-SHA256 in bytes.
constexpr std::size_t kHmacSha256Size = 32;

/// Which key signs: its bytes, or the number of a slot in a secure element that keeps it.
class SigningKey {
 public:
  /// A key in memory, decoded from base64. The bytes stay the caller's.
  static SigningKey from_bytes(ByteView bytes) { return SigningKey(bytes, 0); }
  /// A key that never leaves the hardware.
  static SigningKey from_slot(std::uint32_t slot) { return SigningKey(ByteView(), slot); }

  bool in_hardware() const { return bytes_.data() == nullptr; }
  /// \pre !in_hardware()
  ByteView bytes() const { return bytes_; }
  /// \pre in_hardware()
  std::uint32_t slot() const { return slot_; }

 private:
  SigningKey(ByteView bytes, std::uint32_t slot) : bytes_(bytes), slot_(slot) {}
  ByteView bytes_;
  std::uint32_t slot_;
};

/// Signs.
class Crypto {
 public:
  /// HMAC-SHA256 of `message` under `key`. May take as long as one cryptographic step takes; it
  /// is the longest thing that poll() does besides a transport's own steps.
  /// \param[out] mac  kHmacSha256Size bytes.
  /// \return Error::kCryptoFailed when the hardware or library refuses, Error::kNotSupported for a
  ///         slot where there are none.
  virtual Status hmac_sha256(const SigningKey& key, ByteView message,
                             std::uint8_t (&mac)[kHmacSha256Size]) = 0;

 protected:
  ~Crypto() = default;
};

HUBTWIN_NAMESPACE_END
