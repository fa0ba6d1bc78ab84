// SPDX-License-Identifier: MIT
#include "tools/hub/core/result.hpp"

namespace hubtwin::hub::errors {
namespace {

ServiceError make(int code, const char* name, std::string message) {
  return {code / 1000, code, name, std::move(message)};
}

}  // namespace

ServiceError argument_invalid(std::string message) {
  return make(400004, "ArgumentInvalid", std::move(message));
}
ServiceError unauthorized(std::string message) {
  return make(401003, "IoTHubUnauthorized", std::move(message));
}
ServiceError queue_depth_exceeded(const std::string& device) {
  return make(403004, "DeviceMaximumQueueDepthExceeded",
              "device " + device + " has as many pending messages as are allowed");
}
ServiceError device_not_found(const std::string& device) {
  return make(404001, "DeviceNotFound", "device " + device + " is not registered");
}
ServiceError module_not_found(const std::string& id) {
  return make(404010, "ModuleNotFound", "module " + id + " is not registered");
}
ServiceError not_online(const std::string& id) {
  return make(404103, "DeviceNotOnline",
              id + " is not connected, or not subscribed to what it should receive");
}
ServiceError device_exists(const std::string& device) {
  return make(409001, "DeviceAlreadyExists", "device " + device + " is already registered");
}
ServiceError module_exists(const std::string& id) {
  return make(409301, "ModuleAlreadyExistsOnDevice", "module " + id + " is already registered");
}
ServiceError precondition_failed(std::string message) {
  return make(412001, "PreconditionFailed", std::move(message));
}
ServiceError message_too_large(std::string message) {
  return make(413001, "MessageTooLarge", std::move(message));
}
ServiceError too_many_modules(const std::string& device) {
  return make(413003, "TooManyModulesOnDevice",
              "device " + device + " has as many modules as are allowed");
}
ServiceError server_error(std::string message) {
  return make(500001, "ServerError", std::move(message));
}
ServiceError bad_device_response(std::string message) {
  return make(502000, "GenericBadGateway", std::move(message));
}
ServiceError stopping() {
  return make(503001, "ServiceUnavailable", "the hub is stopping");
}
ServiceError gateway_timeout(std::string message) {
  return make(504101, "GatewayTimeout", std::move(message));
}

}  // namespace hubtwin::hub::errors
