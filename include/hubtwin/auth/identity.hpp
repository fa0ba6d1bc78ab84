// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Who a client is: what a connection string says.

#include <hubtwin/auth/secret.hpp>
#include <hubtwin/port/log.hpp>
#include <hubtwin/status.hpp>

#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// How an identity proves itself.
enum class CredentialKind : std::uint8_t {
  kKey,           ///< SharedAccessKey: tokens are signed on the device.
  kToken,         ///< SharedAccessSignature: a ready-made token.
  kX509,          ///< x509=true: client certificate. Not supported in this version.
  kProvisioning,  ///< UseProvisioning=true. Not supported in this version.
};

/// The parts of a connection string, as views into it. Copied by the client that is made from it,
/// so the text need not live longer than that constructor.
struct Identity {
  std::string_view host;       ///< HostName.
  std::string_view device_id;  ///< DeviceId, 1 to 128 characters.
  std::string_view module_id;  ///< ModuleId; empty for a device.
  std::string_view gateway;    ///< GatewayHostName: peer of socket and TLS where it isn't the hub.
  CredentialKind credential = CredentialKind::kKey;
  SecretView secret;  ///< The base64 key, or the token; empty otherwise.

  /// Reads `HostName=...;DeviceId=...[;ModuleId=...];SharedAccessKey=...`, keys in any order,
  /// case-sensitive, split at the first `=` (IoT Hub developer guide, security; keys of the device
  /// SDKs). Unknown keys are ignored with a warning that names the key, never its value.
  /// \param[in] log       May be null.
  /// \param[out] culprit  May be null; otherwise set to the key concerned by an error: a literal or
  ///                      a view of a key's name in the text, never of a value.
  /// \return Error::kConnectionStringSyntax, kConnectionStringMissingKey,
  /// kConnectionStringDoubledKey,
  ///         kConnectionStringEmptyValue, kConnectionStringBadValue, kKeyNotBase64 or
  ///         kCredentialConflict: mend the text that `culprit` names.
  static Result<Identity> parse(std::string_view connection_string, Log* log = nullptr,
                                std::string_view* culprit = nullptr);
};

HUBTWIN_NAMESPACE_END
