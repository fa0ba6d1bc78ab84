// SPDX-License-Identifier: MIT
#include <hubtwin/session/backoff.hpp>
#include <hubtwin/session/context.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_backoff {

// base doubled `doublings` times, at most cap.
static Duration doubled(Duration base, std::uint32_t doublings, Duration cap) {
  Duration bound = base;
  for (std::uint32_t i = 0; i < doublings && bound < cap; ++i) {
    bound *= 2;
  }
  return std::min(bound, cap);
}

static bool slow(Error reason) {
  if (reason == Error::kIdentityConflict || reason == Error::kRefusedProtocol ||
      reason == Error::kRefusedIdentifier) {
    return true;
  }
  const ErrorClass reason_class = class_of(reason);
  return reason_class == ErrorClass::kCredentials || reason_class == ErrorClass::kTrust ||
         reason_class == ErrorClass::kThrottled || reason_class == ErrorClass::kCaller;
}

}  // namespace detail_backoff

bool Backoff::valid(const BackoffOptions& options) {
  return options.base >= std::chrono::milliseconds(100) && options.base <= std::chrono::hours(1) &&
         options.cap >= options.base && options.cap <= std::chrono::hours(24) &&
         options.stable >= Duration(0) && options.slow_base >= options.base &&
         options.slow_cap >= options.slow_base && options.slow_cap <= std::chrono::hours(24);
}

void Backoff::link_up(MonotonicTime now) {
  up_since_ = now;
}

void Backoff::reset() {
  attempts_ = 0;
  slow_attempts_ = 0;
}

void Backoff::link_ended_by_plan(MonotonicTime now) {
  if (up_since_ != kNever && now - up_since_ >= options_.stable) {
    reset();
    quick_drops_ = 0;
  }
  up_since_ = kNever;
}

Duration Backoff::link_down(Status& reason, MonotonicTime now, const Context& context) {
  using detail_backoff::doubled;
  if (up_since_ != kNever) {
    const Duration stood = now - up_since_;
    up_since_ = kNever;
    // Of two clients with one identity one comes to the third quick drop and waits; the other,
    // which has had two, is dropped when that first slow wait is over.
    const Duration quick =
        quick_drops_ < kConflictDrops - 1 ? kQuickDrop : options_.slow_base * 2 + kQuickDrop;
    if (reason.error() == Error::kLinkLost && stood < quick) {
      ++quick_drops_;
    } else {
      quick_drops_ = 0;
      if (stood >= options_.stable) {
        reset();
      }
    }
  }
  // Stays suspected until a link outlasts that wait; the rival may also come before our CONNACK.
  if (quick_drops_ >= kConflictDrops && reason.error() == Error::kLinkLost) {
    quick_drops_ = kConflictDrops;
    reason = reason.with_error(Error::kIdentityConflict);
  }
  ++attempts_;
  if (detail_backoff::slow(reason.error())) {
    const Duration bound = doubled(options_.slow_base * 2, slow_attempts_, options_.slow_cap);
    ++slow_attempts_;
    const Duration half = bound / 2;
    return half + context.jitter(bound - half);
  }
  // Not zero: a poll() in which a handshake failed would go on to sign the next token.
  constexpr Duration kLeast(1);
  return kLeast + context.jitter(doubled(options_.base, attempts_ - 1, options_.cap) - kLeast);
}

HUBTWIN_NAMESPACE_END
