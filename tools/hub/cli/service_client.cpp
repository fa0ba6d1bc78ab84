// SPDX-License-Identifier: MIT
#include "tools/hub/cli/service_client.hpp"

#include "tools/hub/cli/errors.hpp"
#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/sas_token.hpp"

#include <openssl/x509_vfy.h>

// The one source that sees this library: it takes long to compile.
#include <httplib.h>

namespace hubtwin::hub::cli {
namespace {

constexpr const char* kApiVersion = "2021-04-12";
constexpr std::chrono::minutes kTokenLifetime{60};
constexpr std::time_t kConnectTimeoutS = 5;

std::string where(const ServiceEndpoint& endpoint) {
  return endpoint.address + " port " + std::to_string(endpoint.port);
}

std::string explain(httplib::Error error, const httplib::SSLClient& client,
                    const ServiceEndpoint& endpoint) {
  const std::string trusted =
      endpoint.ca_file.empty() ? "the system's CA certificates" : endpoint.ca_file.string();
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
      return "no hub answers at " + where(endpoint);
    case httplib::Error::SSLLoadingCerts:
      return "cannot use the CA file " + trusted + ": it isn't there or holds no certificate";
    case httplib::Error::SSLServerVerification: {
      const long result = client.get_openssl_verify_result();
      return "the server at " + where(endpoint) + " isn't trusted: " +
             (result == X509_V_OK ? "its certificate is for other names"
                                  : X509_verify_cert_error_string(result)) +
             std::string(" (checked against ") + trusted + ")";
    }
    case httplib::Error::SSLConnection:
      return "what answers at " + where(endpoint) + " doesn't speak TLS";
    case httplib::Error::Read:
      return "the hub at " + where(endpoint) + " gave no answer in time or closed the connection";
    default:
      return "the call to " + where(endpoint) + " failed: " + httplib::to_string(error);
  }
}

/// The service's words out of {"Message": "ErrorCode:name;text"}, or the bare status.
std::string refusal_text(int status, const Json& body) {
  if (body.is_object()) {
    if (const auto message = body.find("Message"); message != body.end() && message->is_string()) {
      return message->get<std::string>();
    }
  }
  return "HTTP status " + std::to_string(status);
}

std::string target_of(const ServiceRequest& request) {
  std::string target = request.path + "?api-version=" + kApiVersion;
  for (const auto& [name, value] : request.query) {
    target += "&" + percent_encode(name) + "=" + percent_encode(value);
  }
  return target;
}

}  // namespace

ServiceReply ServiceClient::send(const ServiceRequest& request) const {
  httplib::SSLClient client(endpoint_.address, endpoint_.port);
  client.set_connection_timeout(kConnectTimeoutS);
  client.set_read_timeout(request.timeout);
  client.set_url_encode(false);
  client.set_tcp_nodelay(true);
  if (!endpoint_.ca_file.empty()) {
    client.set_ca_cert_path(endpoint_.ca_file.string());
  }
  const std::optional<std::string> token =
      make_sas_token(endpoint_.host_name, endpoint_.policy_key,
                     std::chrono::system_clock::now() + kTokenLifetime, endpoint_.policy_name);
  if (!token) {
    throw UsageError("the service's SharedAccessKey isn't base64");
  }

  httplib::Request http;
  http.method = request.method;
  http.path = target_of(request);
  http.set_header("Authorization", *token);
  for (const auto& [name, value] : request.headers) {
    http.set_header(name, value);
  }
  if (request.body) {
    http.body = request.body->dump();
    http.set_header("Content-Type", "application/json; charset=utf-8");
  }
  httplib::Response response;
  httplib::Error error = httplib::Error::Success;
  if (!client.send(http, response, error)) {
    throw ServiceFailure(explain(error, client, endpoint_));
  }

  ServiceReply reply;
  reply.status = response.status;
  if (!response.body.empty()) {
    std::string why;
    std::optional<Json> body = parse_json(response.body, &why);
    if (!body && response.status < 300) {
      throw ServiceFailure("the answer of " + where(endpoint_) + " isn't JSON: " + why);
    }
    reply.body = body.value_or(nullptr);
  }
  if (response.status >= 300) {
    reply.error = refusal_text(response.status, reply.body);
  }
  if (response.has_header("x-ms-continuation")) {
    reply.continuation = response.get_header_value("x-ms-continuation");
  }
  return reply;
}

ServiceReply ServiceClient::call(const ServiceRequest& request) const {
  ServiceReply reply = send(request);
  if (reply.error) {
    throw ServiceFailure("the hub refuses: " + *reply.error);
  }
  return reply;
}

std::string identity_path(const IdentityId& id) {
  return "/devices/" + percent_encode(id.device) +
         (id.is_module() ? "/modules/" + percent_encode(id.module) : "");
}

std::string twin_path(const IdentityId& id) {
  return "/twins/" + percent_encode(id.device) +
         (id.is_module() ? "/modules/" + percent_encode(id.module) : "");
}

}  // namespace hubtwin::hub::cli
