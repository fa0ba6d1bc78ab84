// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The service side's REST surface as a function from request to response, free of HTTP's wire.
///
/// Paths, headers, bodies and errors are those of the Azure IoT Hub REST reference (IoT Hub
/// resource provider, data plane). Paths that begin with `/_hubtwin/` are this hub's own and don't
/// exist in Azure: README.md lists them.

#include "tools/hub/core/executor.hpp"
#include "tools/hub/core/json.hpp"
#include "tools/hub/core/result.hpp"
#include "tools/hub/core/service_policy.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hubtwin::hub::rest {

struct HttpRequest {
  std::string method;
  std::string target;                          ///< path and query as they came, still encoded
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::map<std::string, std::string> headers;
  std::string body;  ///< JSON, or empty
};

/// The response that tells of an error, in the shape that the service SDKs read.
HttpResponse error_response(const ServiceError& error);

class ServiceApi {
 public:
  /// `executor` must outlive this object.
  /// \param[in] proxy_socket  where the fault proxy is told what to do; empty: there is none.
  ServiceApi(Executor& executor, std::string host_name, ServicePolicy policy,
             std::string proxy_socket = "");

  /// Answers one request, waiting for the hub's thread as long as that may take. Callable from any
  /// number of threads but the hub's own. Throws nothing but std::bad_alloc.
  HttpResponse handle(const HttpRequest& request) const;

 private:
  struct Call;
  struct Route;
  static const std::vector<Route>& routes();

  HttpResponse dispatch(const HttpRequest& request) const;

  template <typename Work>
  auto on_hub(Work work) const;

  HttpResponse list_devices(const Call& call) const;
  HttpResponse bulk_devices(const Call& call) const;
  HttpResponse put_identity(const Call& call) const;
  HttpResponse get_identity(const Call& call) const;
  HttpResponse delete_identity(const Call& call) const;
  HttpResponse list_modules(const Call& call) const;
  HttpResponse get_twin(const Call& call) const;
  HttpResponse patch_twin(const Call& call) const;
  HttpResponse put_twin(const Call& call) const;
  HttpResponse invoke_method(const Call& call) const;
  HttpResponse query(const Call& call) const;
  HttpResponse device_statistics(const Call& call) const;
  HttpResponse service_statistics(const Call& call) const;
  HttpResponse purge_messages(const Call& call) const;
  HttpResponse send_message(const Call& call) const;
  HttpResponse send_input(const Call& call) const;
  HttpResponse telemetry(const Call& call) const;
  HttpResponse add_fault(const Call& call) const;
  HttpResponse list_faults(const Call& call) const;
  HttpResponse clear_faults(const Call& call) const;
  HttpResponse remove_fault(const Call& call) const;
  HttpResponse get_clock(const Call& call) const;
  HttpResponse put_clock(const Call& call) const;

  Executor& executor_;
  std::string host_name_;
  ServicePolicy policy_;
  std::string proxy_socket_;
};

}  // namespace hubtwin::hub::rest
