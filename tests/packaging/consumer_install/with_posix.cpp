// SPDX-License-Identifier: MIT
#include <hubtwin/posix/system_clock.hpp>

int main() {
  hubtwin::posix::SystemClock clock;
  const hubtwin::MonotonicTime first = clock.now();
  return clock.now() >= first ? 0 : 1;
}
