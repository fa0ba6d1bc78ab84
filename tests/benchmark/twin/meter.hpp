// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Counts the bytes that a library holds.

#include <cstddef>

namespace hubtwin::benchmark {

/// Bytes held now and the most at once. The heap is counted by replaced functions
/// (counted_heap.cpp), which only the program that measures memory has; what libraries hand out of
/// a block of their own is counted as they hand it out, the rest of such a block being free.
struct Meter {
  void add(std::size_t bytes) {
    held += bytes;
    peak = held > peak ? held : peak;
  }
  void remove(std::size_t bytes) { held -= bytes; }
  /// Bytes that were held for a moment beside what is held now.
  void passed(std::size_t bytes) { peak = held + bytes > peak ? held + bytes : peak; }
  void reset_peak() { peak = held; }

  std::size_t held = 0;
  std::size_t peak = 0;
};

inline Meter meter;

/// Whether libraries with a block of their own tell the meter: in the program that measures memory,
/// not in those that measure time.
#ifdef BENCHMARK_METERED
constexpr bool kMetered = true;
#else
constexpr bool kMetered = false;
#endif

}  // namespace hubtwin::benchmark
