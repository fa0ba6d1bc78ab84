// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a service-side operation answers: a value, or the error that IoT Hub would give.

#include <string>
#include <utility>
#include <variant>

namespace hubtwin::hub {

/// An error in IoT Hub's terms. `code` is HTTP status * 1000 + a detail number, `name` the word
/// that the service SDKs look for ("DeviceNotFound"), `message` a sentence for a person that never
/// holds a secret.
struct ServiceError {
  int http_status;
  int code;
  std::string name;
  std::string message;
};

/// The error codes which the hub uses, with their documented numbers (IoT Hub error codes;
/// ErrorCode in the .NET service SDK).
namespace errors {
ServiceError argument_invalid(std::string message);  ///< 400004 ArgumentInvalid
ServiceError unauthorized(std::string message);      ///< 401003 IoTHubUnauthorized
ServiceError queue_depth_exceeded(
    const std::string& device);  ///< 403004 DeviceMaximumQueueDepthExceeded
ServiceError device_not_found(const std::string& device);  ///< 404001 DeviceNotFound
ServiceError module_not_found(const std::string& id);      ///< 404010 ModuleNotFound
ServiceError not_online(const std::string& id);            ///< 404103 DeviceNotOnline
ServiceError device_exists(const std::string& device);     ///< 409001 DeviceAlreadyExists
ServiceError module_exists(const std::string& id);         ///< 409301 ModuleAlreadyExistsOnDevice
ServiceError precondition_failed(std::string message);     ///< 412001 PreconditionFailed
ServiceError message_too_large(std::string message);       ///< 413001 MessageTooLarge
ServiceError too_many_modules(const std::string& device);  ///< 413003 TooManyModulesOnDevice
ServiceError server_error(std::string message);            ///< 500001 ServerError
ServiceError bad_device_response(std::string message);     ///< 502000 GenericBadGateway
ServiceError stopping();                                   ///< 503001 ServiceUnavailable
ServiceError gateway_timeout(std::string message);         ///< 504101 GatewayTimeout
}  // namespace errors

/// Either a T or a ServiceError. Reading the one that isn't there throws std::bad_variant_access.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit, so that `return value;` and `return error;` read well.
  Result(T value) : content_(std::move(value)) {}             // NOLINT: implicit
  Result(ServiceError error) : content_(std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return std::holds_alternative<T>(content_); }
  explicit operator bool() const { return ok(); }

  const T& value() const& { return std::get<T>(content_); }
  T&& value() && { return std::get<T>(std::move(content_)); }
  const ServiceError& error() const { return std::get<ServiceError>(content_); }

 private:
  std::variant<T, ServiceError> content_;
};

/// The value of an operation that has nothing to tell.
struct Done {};

}  // namespace hubtwin::hub
