// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How much memory this process has.

#include <cstddef>

namespace hubtwin::soak {

/// Bytes that are resident, as Linux counts them.
std::size_t resident_bytes();

/// Bytes of the heap that are allocated at the moment, whatever the allocator has besides.
std::size_t heap_bytes();

/// Whether AddressSanitizer watches.
bool sanitised();

}  // namespace hubtwin::soak
