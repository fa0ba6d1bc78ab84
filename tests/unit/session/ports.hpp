// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The least set of ports for tests of one class: a clock set by hand, no cryptography.

#include <hubtwin/port/clock.hpp>
#include <hubtwin/port/crypto.hpp>
#include <hubtwin/port/random.hpp>

#include <random>

struct ManualClock final : hubtwin::Clock {
  hubtwin::MonotonicTime time{};
  hubtwin::MonotonicTime now() override { return time; }
  std::optional<hubtwin::UtcTime> utc() override { return std::nullopt; }
};

struct NoCrypto final : hubtwin::Crypto {
  hubtwin::Status hmac_sha256(const hubtwin::SigningKey&, hubtwin::ByteView,
                              std::uint8_t (&)[hubtwin::kHmacSha256Size]) override {
    return hubtwin::Error::kCryptoFailed;
  }
};

struct SeededRandom final : hubtwin::Random {
  explicit SeededRandom(unsigned seed) : engine(seed) {}
  std::mt19937 engine;
  std::uint32_t next() override { return static_cast<std::uint32_t>(engine()); }
};

struct TestPorts {
  explicit TestPorts(unsigned seed) : random(seed) {}
  ManualClock clock;
  NoCrypto crypto;
  SeededRandom random;
};
