// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The shared access policy by which back ends authenticate, and its check.

#include "tools/hub/core/message.hpp"
#include "tools/hub/core/result.hpp"

#include <optional>
#include <string>

namespace hubtwin::hub {

/// Keys are base64, as in connection strings.
struct ServicePolicy {
  std::string name = "iothubowner";
  std::string primary_key;
  std::string secondary_key;
};

/// Judges the value of an HTTP Authorization header ("SharedAccessSignature sr=..."). Free of
/// state: may be called on any thread. Empty when the token is good, else 401003 with the reason.
std::optional<ServiceError> check_service_token(const std::string& authorization,
                                                const ServicePolicy& policy,
                                                const std::string& host_name, TimePoint now);

}  // namespace hubtwin::hub
