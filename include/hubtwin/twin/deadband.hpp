// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How much a number has to change to be worth reporting.

#include <hubtwin/config.hpp>

#include <cstdint>
#include <type_traits>

HUBTWIN_NAMESPACE_BEGIN

/// The least change of a number that is reported, e.g. `report("temperature", t, Deadband(0.5))`.
/// It counts from the value staged or acknowledged last, so that a slow drift is reported, too.
class Deadband {
 public:
#if HUBTWIN_FLOAT
  using Number = double;
#else
  using Number = std::int64_t;
#endif

  /// \param[in] least  0 or more; 0: any change is reported.
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  constexpr explicit Deadband(T least) : least_(static_cast<Number>(least)) {}

  /// False for a negative number and one that isn't finite.
  constexpr bool valid() const {
    return least_ >= 0 && least_ - least_ == 0;
  }
  /// Whether a change from one number to the other isn't worth reporting.
  constexpr bool covers(Number from, Number to) const {
    return from < to ? to - from < least_ : from - to < least_;
  }

 private:
  Number least_;
};

HUBTWIN_NAMESPACE_END
