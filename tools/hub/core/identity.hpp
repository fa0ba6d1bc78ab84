// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One registered device or module: what the identity registry keeps of it.

#include "tools/hub/core/identity_id.hpp"
#include "tools/hub/core/json.hpp"
#include "tools/hub/core/message.hpp"
#include "tools/hub/core/result.hpp"

#include <optional>
#include <string>

namespace hubtwin::hub {

enum class Authentication { kSas, kSelfSigned, kCertificateAuthority };

struct Identity {
  IdentityId id;
  std::string generation_id;
  std::string etag;
  bool enabled = true;
  std::string status_reason;
  std::string status_updated;  ///< times as text, kNever before the first
  Authentication authentication = Authentication::kSas;
  std::string primary_key;
  std::string secondary_key;
  std::string primary_thumbprint;
  std::string secondary_thumbprint;
  bool iot_edge = false;
  std::string managed_by;
  std::string model_id;
  std::string connection_updated;
  std::string last_activity;

  /// A new identity with new keys.
  static Identity create(const IdentityId& id, TimePoint now);

  /// Takes what a REST body says (the IoT Hub REST reference's Device and Module) into a copy,
  /// under a new etag. Members that are absent, and empty keys, leave what there is.
  Result<Identity> updated(const Json& body, TimePoint now) const;

  /// As the REST surface shows it.
  Json view(bool connected, std::size_t pending_messages) const;

  /// "sas", "selfSigned" or "certificateAuthority".
  std::string authentication_name() const;

  Json to_json() const;
  /// Reads what to_json() wrote. Throws Json::exception for anything else.
  static Identity from_json(const Json& stored);
};

}  // namespace hubtwin::hub
