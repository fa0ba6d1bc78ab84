// SPDX-License-Identifier: MIT
#include <hubtwin/mps2/wfi_wake.hpp>

HUBTWIN_NAMESPACE_BEGIN
namespace mps2 {

// Between the look at the flag and WFI no interrupt may be served, or its wake() would be slept
// through; WFI itself ends at a pending interrupt also while they are masked.
void WfiWake::wait(MonotonicTime deadline) {
  for (;;) {
    asm volatile("cpsid i" ::: "memory");
    const bool done = woken_ || clock_.now() >= deadline;
    if (done) {
      woken_ = false;
    } else {
      asm volatile("dsb\n wfi" ::: "memory");
    }
    asm volatile("cpsie i\n isb" ::: "memory");
    if (done) {
      return;
    }
  }
}

}  // namespace mps2
HUBTWIN_NAMESPACE_END
