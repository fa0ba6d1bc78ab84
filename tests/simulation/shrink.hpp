// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Makes a failing history short.

#include "step.hpp"

#include <functional>
#include <vector>

namespace hubtwin::simulation {

/// Whether a history still fails as the one to be shrunk does.
using StillFails = std::function<bool(const std::vector<Step>& steps)>;

/// Leaves out steps, first in large groups and then one by one (delta debugging: Zeller and
/// Hildebrandt, "Simplifying and isolating failure-inducing input"), and makes those that remain
/// plainer: shorter waits, smaller documents.
/// \pre still_fails(steps)
/// \return a history that still fails, and of which no single step can be left out.
std::vector<Step> shrink(std::vector<Step> steps, const StillFails& still_fails);

}  // namespace hubtwin::simulation
