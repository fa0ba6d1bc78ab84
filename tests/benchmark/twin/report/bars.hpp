// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the engine is meant to reach.

#include "figures.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hubtwin::benchmark {

struct Bar {
  std::string name;
  double measured = 0;
  double bar = 0;
  std::optional<double> aim;
  bool at_least = false;  ///< Whether more is better.
  int digits = 0;         ///< To show.

  bool met() const { return at_least ? measured >= bar : measured <= bar; }
};

/// Those whose figures are there.
std::vector<Bar> bars_of(const Figures& figures);

}  // namespace hubtwin::benchmark
