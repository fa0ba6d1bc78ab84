// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The If-Match precondition.

#include "tools/hub/core/result.hpp"

#include <optional>
#include <string>

namespace hubtwin::hub {

/// 412001 if the header is there and neither is "*" nor names `etag`, with or without quotes (the
/// service SDKs quote the star too).
inline std::optional<ServiceError> check_if_match(const std::optional<std::string>& if_match,
                                                  const std::string& etag) {
  if (!if_match) {
    return std::nullopt;
  }
  std::string wanted = *if_match;
  if (wanted.size() >= 2 && wanted.front() == '"' && wanted.back() == '"') {
    wanted = wanted.substr(1, wanted.size() - 2);
  }
  if (wanted == "*" || wanted == etag) {
    return std::nullopt;
  }
  return errors::precondition_failed("If-Match doesn't name the present etag " + etag);
}

}  // namespace hubtwin::hub
