// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The picture of the bytes that each library holds.

#include "figures.hpp"

#include <string>

namespace hubtwin::benchmark {

/// An SVG document: for each library that holds a document a bar for 64 and one for 32 bits.
std::string memory_picture(const Figures& figures, const std::string& size);

}  // namespace hubtwin::benchmark
