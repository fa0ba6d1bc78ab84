// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How something that an application keeps finds out whether its client still lives.

#include <hubtwin/session/context.hpp>
#include <hubtwin/session/session.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// Names a client without pointing at it. What outlives a client asks here before it follows any
/// pointer into it; only the Context must outlive both.
class ClientHandle {
 public:
  /// No client.
  ClientHandle() = default;
  explicit ClientHandle(const Session& session)
      : context_(&session.context()), serial_(session.serial()) {}

  bool alive() const { return context_ != nullptr && context_->has_session(serial_); }

 private:
  const Context* context_ = nullptr;
  std::uint32_t serial_ = 0;
};

HUBTWIN_NAMESPACE_END
