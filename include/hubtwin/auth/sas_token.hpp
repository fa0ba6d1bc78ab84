// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Shared access signatures: the passwords of identities that have a symmetric key (IoT Hub
/// developer guide, "Control access to IoT Hub by using shared access signatures").

#include <hubtwin/auth/secret.hpp>
#include <hubtwin/bytes.hpp>
#include <hubtwin/port/crypto.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>

#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// What a token gives access to: one device, or one module.
struct SasResource {
  std::string_view host;  ///< HostName, also where a gateway stands in between.
  std::string_view device_id;
  std::string_view module_id;  ///< Empty for a device.
};

/// Writes `SharedAccessSignature sr=...&sig=...&se=...` into `room`. Exactly the text that stands
/// after `sr=` is signed, with a line feed and the expiry behind it.
/// \param[in] key     The identity's key, decoded from base64, or its slot.
/// \param[in] expiry  When the hub shall stop accepting it; after 1970.
/// \param[out] room   Overwritten also when an error is answered; the caller wipes it.
/// \return the token in `room`; Error::kNoSpace when it doesn't fit (some 100 bytes and the
///         resource, percent-encoded); Error::kInvalidArgument for an expiry before 1970; what
///         Crypto answered.
Result<SecretView> build_sas_token(Crypto& crypto, const SigningKey& key,
                                   const SasResource& resource, UtcTime expiry, Span<char> room);

/// Reads `se=` of a ready-made token.
/// \return Error::kConnectionStringBadValue when it isn't a token with exactly one expiry.
Result<UtcTime> token_expiry(SecretView token);

HUBTWIN_NAMESPACE_END
