// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/wire/division.hpp.

#include <hubtwin/contract.hpp>
#include <hubtwin/wire/division.hpp>

#include <cstddef>

HUBTWIN_NAMESPACE_BEGIN

Division divide(std::uint64_t number, std::uint32_t divisor) {
  HUBTWIN_EXPECTS(divisor > 0 && divisor < std::uint32_t{1} << 31);
  if constexpr (sizeof(std::size_t) >= sizeof(std::uint64_t)) {
    return {number / divisor, static_cast<std::uint32_t>(number % divisor)};
  }
  constexpr int kHalf = 32;
  const auto high = static_cast<std::uint32_t>(number >> kHalf);
  auto low = static_cast<std::uint32_t>(number);
  std::uint32_t rest = high % divisor;
  if (rest == 0) {
    return {(static_cast<std::uint64_t>(high / divisor) << kHalf) | (low / divisor), low % divisor};
  }
  // The low half by long division, bit by bit; its bits go out at the top as the quotient's come
  // in.
  for (int bit = 0; bit < kHalf; ++bit) {
    rest = (rest << 1) | (low >> (kHalf - 1));
    low <<= 1;
    if (rest >= divisor) {
      rest -= divisor;
      low |= 1;
    }
  }
  return {(static_cast<std::uint64_t>(high / divisor) << kHalf) | low, rest};
}

HUBTWIN_NAMESPACE_END
