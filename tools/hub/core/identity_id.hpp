// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The name of a device or of a module on a device.

#include <string>
#include <tuple>

namespace hubtwin::hub {

/// `module` is empty for the device itself.
struct IdentityId {
  std::string device;
  std::string module;

  bool is_module() const { return !module.empty(); }

  /// "device" or "device/module": the MQTT client id, and how logs and errors name an identity.
  std::string client_id() const { return is_module() ? device + '/' + module : device; }

  /// The inverse of client_id(): splits at the first '/', which no id can hold. What client_id()
  /// can't have made names a device that can't exist.
  static IdentityId from_client_id(const std::string& client_id) {
    const auto slash = client_id.find('/');
    if (slash == std::string::npos || slash + 1 == client_id.size()) {
      return {client_id, {}};
    }
    return {client_id.substr(0, slash), client_id.substr(slash + 1)};
  }

  friend bool operator<(const IdentityId& left, const IdentityId& right) {
    return std::tie(left.device, left.module) < std::tie(right.device, right.module);
  }
  friend bool operator==(const IdentityId& left, const IdentityId& right) {
    return left.device == right.device && left.module == right.module;
  }
};

/// 1 to 128 of the characters which IoT Hub allows in ids (developer guide, identity registry).
bool is_valid_id(const std::string& id);

}  // namespace hubtwin::hub
