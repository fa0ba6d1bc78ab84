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

}  // namespace hubtwin::benchmark
