// SPDX-License-Identifier: MIT
#include "tools/hub/core/service_policy.hpp"

#include "tools/hub/core/sas_token.hpp"

namespace hubtwin::hub {
namespace {

constexpr std::chrono::minutes kSkew{5};

}  // namespace

std::optional<ServiceError> check_service_token(const std::string& authorization,
                                                const ServicePolicy& policy,
                                                const std::string& host_name, TimePoint now) {
  if (authorization.empty()) {
    return errors::unauthorized("the request has no Authorization header");
  }
  std::string why;
  const auto token = SasToken::parse(authorization, &why);
  if (!token) {
    return errors::unauthorized(why);
  }
  if (token->policy != policy.name) {
    return errors::unauthorized("the token isn't one of policy " + policy.name);
  }
  if (!token->covers(host_name)) {
    return errors::unauthorized("the token isn't for " + host_name);
  }
  if (token->expired(now, kSkew)) {
    return errors::unauthorized("the token has expired");
  }
  if (!token->signed_by(policy.primary_key) && !token->signed_by(policy.secondary_key)) {
    return errors::unauthorized("the token's signature is wrong");
  }
  return std::nullopt;
}

}  // namespace hubtwin::hub
