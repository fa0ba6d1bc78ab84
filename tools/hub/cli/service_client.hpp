// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Calls to a hub's REST surface.

#include "tools/hub/cli/hub_directory.hpp"
#include "tools/hub/core/identity_id.hpp"
#include "tools/hub/core/json.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace hubtwin::hub::cli {

struct ServiceRequest {
  std::string method;
  std::string path;  ///< percent-encoded, without api-version
  std::optional<Json> body = std::nullopt;
  std::map<std::string, std::string> headers = {};
  std::map<std::string, std::string> query = {};
  std::chrono::seconds timeout{30};
};

struct ServiceReply {
  int status = 0;
  Json body;                         ///< null if there was none
  std::optional<std::string> error;  ///< set from status 300 on: the service's own words
  std::optional<std::string> continuation;
};

class ServiceClient {
 public:
  explicit ServiceClient(ServiceEndpoint endpoint) : endpoint_(std::move(endpoint)) {}

  const ServiceEndpoint& endpoint() const { return endpoint_; }

  /// Sends the request and answers what came back, be it a refusal. Throws ServiceFailure that
  /// says what is wrong when there is no hub, it isn't trusted or doesn't answer.
  ServiceReply send(const ServiceRequest& request) const;

  /// The same, but a refusal is a ServiceFailure too.
  ServiceReply call(const ServiceRequest& request) const;

 private:
  ServiceEndpoint endpoint_;
};

/// "/devices/{d}" or "/devices/{d}/modules/{m}".
std::string identity_path(const IdentityId& id);

/// "/twins/{d}" or "/twins/{d}/modules/{m}".
std::string twin_path(const IdentityId& id);

}  // namespace hubtwin::hub::cli
