// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A short stand-in for a value that can't be kept.

#include <hubtwin/config.hpp>
#include <hubtwin/twin/property_view.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// The digest of a place where nothing is.
constexpr std::uint32_t kNoDigest = 0;

/// A digest of the value at `place` and below, 32 bits wide: equal for equal values, whatever the
/// order of objects' members, and different for nearly all others.
std::uint32_t digest_of(PropertyView place);

HUBTWIN_NAMESPACE_END
