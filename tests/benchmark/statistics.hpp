// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What is told of several runs: their median and spread.

#include <algorithm>
#include <vector>

namespace hubtwin::benchmark {

struct Spread {
  double low = 0;
  double median = 0;
  double high = 0;
};

/// \pre `values` isn't empty.
inline Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {values.front(), median, values.back()};
}

/// The same without the lowest and highest quarter, for runs that others on the machine disturb.
/// \pre `values` isn't empty.
inline Spread middle_half_of(std::vector<double> values) {
  const double median = spread_of(values).median;
  std::sort(values.begin(), values.end());
  const std::size_t quarter = values.size() / 4;
  return {values[quarter], median, values[values.size() - 1 - quarter]};
}

}  // namespace hubtwin::benchmark
