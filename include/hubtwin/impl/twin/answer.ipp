// SPDX-License-Identifier: MIT
#include <hubtwin/twin/answer.hpp>

#include <limits>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_answer {

static Error error_of(int code) {
  switch (code) {
    case 400:
      return Error::kHubBadRequest;
    case 401:
    case 403:
      return Error::kHubUnauthorized;
    case 404:
      return Error::kHubNotFound;
    case 408:
      return Error::kHubTimeout;
    case 412:
      return Error::kHubPrecondition;
    case 413:
      return Error::kHubTooLarge;
    case 429:
      return Error::kHubThrottled;
    default:
      return code >= 500 ? Error::kHubServerError : Error::kHubUnexpected;
  }
}

}  // namespace detail_answer

Status status_of_answer(int code) {
  return code >= 200 && code < 300 ? Status()
                                   : Status::with_mqtt_code(detail_answer::error_of(code), code);
}

TwinVersion version_in_topic(std::optional<std::uint64_t> version) {
  // The last one has no successor.
  constexpr auto kEnd = static_cast<std::uint64_t>(std::numeric_limits<TwinVersion>::max());
  return version.has_value() && *version < kEnd ? static_cast<TwinVersion>(*version) : kNoVersion;
}

HUBTWIN_NAMESPACE_END
