// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A table of text, for people to read.

#include <string>
#include <vector>

namespace hubtwin::benchmark {

struct Table {
  using Row = std::vector<std::string>;

  Row head;
  std::vector<Row> rows;

  /// Columns side by side; the first begins at its left, the others end at their right.
  std::string as_text() const;
  std::string as_markdown() const;
};

/// With commas between thousands.
std::string with_commas(double value);
/// With so many digits behind the point.
std::string with_digits(double value, int digits);

}  // namespace hubtwin::benchmark
