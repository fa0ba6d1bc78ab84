// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Random numbers that a seed repeats.

#include <hubtwin/port/random.hpp>

#include <cstdint>

namespace hubtwin::test {

/// SplitMix64: the same sequence for the same seed on every machine and library.
class FakeRandom final : public Random {
 public:
  explicit FakeRandom(std::uint64_t seed = 1) : state_(seed) {}

  std::uint32_t next() override { return static_cast<std::uint32_t>(next64() >> 32); }

  std::uint64_t next64() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  /// Evenly from 0 to bound - 1. \pre bound > 0
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(next()) * bound) >> 32);
  }
  /// True `percent` times in a hundred.
  bool chance(std::uint32_t percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

/// Gives the same number each time: 0 for the shortest jitter, 0xFFFFFFFF for the longest.
class ConstantRandom final : public Random {
 public:
  explicit ConstantRandom(std::uint32_t value) : value_(value) {}
  std::uint32_t next() override { return value_; }

 private:
  std::uint32_t value_;
};

}  // namespace hubtwin::test
