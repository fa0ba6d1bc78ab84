// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A place for one handler that may be replaced while it runs.

#include <hubtwin/function.hpp>

HUBTWIN_NAMESPACE_BEGIN

/// Holds a handler and calls it, if there is one. Inside the call the handler may set another, or
/// none; what it captured stays good until it returns, and what it changed of that is kept.
template <class Argument>
class HandlerSlot {
 public:
  using Handler = Function<void(Argument)>;

  void set(const Handler& handler) {
    handler_ = handler;
    replaced_ = true;
  }

  void call(Argument argument) {
    if (!handler_) {
      return;
    }
    const Handler running = handler_;
    replaced_ = false;
    running(argument);
    if (!replaced_) {
      handler_ = running;
    }
  }

 private:
  Handler handler_;
  bool replaced_ = false;
};

HUBTWIN_NAMESPACE_END
