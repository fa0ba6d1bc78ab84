// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Catch2 3 under the name that Catch2 2's one header has, so that tests compile with either.

#include <catch2/catch_all.hpp>

using Catch::Approx;  // version 2 has it without a namespace
