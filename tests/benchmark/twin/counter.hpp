// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Counts the instructions that a stretch of code executes, exactly.

namespace hubtwin::benchmark {

/// Sums up the stretches between start() and stop(). Two makings: counter_callgrind.cpp for hosts,
/// counter_mps2.cpp for the emulated Cortex-M4.
class Counter {
 public:
  /// Before the first use.
  static void set_up();
  static void start();
  static void stop();
  /// Begins again at zero.
  static void forget();
  /// Tells the sum, under the names given, and begins again at zero.
  static void tell(const char* operation, const char* size, const char* subject);
};

}  // namespace hubtwin::benchmark
