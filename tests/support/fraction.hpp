// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Numbers with a fraction, for tests that also run where the library has none (HUBTWIN_FLOAT=0).

#include <hubtwin/config.hpp>

namespace hubtwin::test {

constexpr bool kFractions = HUBTWIN_FLOAT == 1;

#if HUBTWIN_FLOAT
using Fraction = double;
#else
using Fraction = int;
#endif

/// `value`; in a build without floating point 1,000 times as much, to the nearest whole.
constexpr Fraction fraction(double value) {
  return static_cast<Fraction>(kFractions ? value : value * 1000 + (value < 0 ? -0.5 : 0.5));
}

}  // namespace hubtwin::test
