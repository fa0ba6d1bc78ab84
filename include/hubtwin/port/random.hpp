// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Port: random numbers for jitter.

#include <hubtwin/config.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// Gives random numbers that differ from device to device and from boot to boot, so that a fleet
/// doesn't reconnect in step. Not used for keys.
class Random {
 public:
  /// 32 random bits, evenly spread. Doesn't block.
  virtual std::uint32_t next() = 0;

 protected:
  ~Random() = default;
};

HUBTWIN_NAMESPACE_END
