// SPDX-License-Identifier: MIT
#include <hubtwin/twin/request_backoff.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

Duration RequestBackoff::next(Error reason, const Context& context) {
  constexpr std::uint8_t kMostDoublings = 6;  // 1 s doubled so often exceeds kCap
  const Duration bound = std::min(kCap, kBase * (1 << std::min(failures_, kMostDoublings)));
  failures_ = static_cast<std::uint8_t>(std::min(failures_ + 1, 0xFF));
  switch (reason) {
    case Error::kHubThrottled:
    case Error::kHubUnauthorized:
    case Error::kHubNotFound:
      return bound * kThrottledFactor / 2 + context.jitter(bound * kThrottledFactor / 2);
    default:
      return context.jitter(bound);
  }
}

HUBTWIN_NAMESPACE_END
