// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Sleep until an interrupt.

#include <hubtwin/port/clock.hpp>
#include <hubtwin/port/wake.hpp>

HUBTWIN_NAMESPACE_BEGIN
namespace mps2 {

/// A flag and the instruction WFI. SysTickClock's interrupt makes it look at the deadline every
/// millisecond.
class WfiWake final : public Wake {
 public:
  /// \param[in] clock  Outlives this; one whose time goes on by interrupts.
  explicit WfiWake(Clock& clock) : clock_(clock) {}
  void wake() override { woken_ = true; }
  void wait(MonotonicTime deadline) override;

 private:
  Clock& clock_;
  volatile bool woken_ = false;
};

}  // namespace mps2
HUBTWIN_NAMESPACE_END
