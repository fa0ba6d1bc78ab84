// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Port: sleeping until there is something to do.

#include <hubtwin/time.hpp>

HUBTWIN_NAMESPACE_BEGIN

/// A flag with a wait: a file descriptor on Linux, a flag before WFI on bare metal, an event on an
/// RTOS.
class Wake {
 public:
  /// Ends the present or next wait(). The only function of hubtwin that an interrupt handler or
  /// another thread may call; it must be safe in both.
  virtual void wake() = 0;

  /// Sleeps until wake() was called or `deadline` has come, whichever is first; returns at once
  /// when either already holds. Forgets earlier wake() calls on return. May return early.
  virtual void wait(MonotonicTime deadline) = 0;

 protected:
  ~Wake() = default;
};

HUBTWIN_NAMESPACE_END
