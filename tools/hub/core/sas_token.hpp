// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Shared access signatures: reading, verifying and making them.

#include "tools/hub/core/message.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hubtwin::hub {

/// "SharedAccessSignature sr=..&sig=..&se=..[&skn=..]": fields in any order, names in any case.
struct SasToken {
  std::string resource;     ///< sr exactly as it stands in the token: this text is what was signed
  std::string signature;    ///< sig, decoded: base64
  std::int64_t expiry = 0;  ///< se, Unix seconds
  std::string expiry_text;  ///< se as it stands in the token
  std::string policy;       ///< skn, decoded; empty for a token made with an identity's key

  /// Empty if the text isn't a token; `why` then says which part is missing or malformed.
  static std::optional<SasToken> parse(std::string_view text, std::string* why = nullptr);

  /// Whether `base64_key` made the signature. Takes the same time for all wrong signatures.
  bool signed_by(const std::string& base64_key) const;

  /// Whether the resource names exactly `path` ("host/devices/d"). Official clients encode the
  /// resource once, twice or not at all, so all three readings count. The host's case means
  /// nothing.
  bool names(const std::string& path) const;

  /// Whether the resource is `path` or a prefix of it by whole segments: the rule for policy
  /// tokens.
  bool covers(const std::string& path) const;

  /// Whether the token is past its expiry by more than `skew`.
  bool expired(TimePoint now, std::chrono::seconds skew) const;
};

/// Makes a token for `path` ("host/devices/d"), which is percent-encoded here. Empty if the key
/// isn't base64. `policy` is left out when empty.
std::optional<std::string> make_sas_token(const std::string& path, const std::string& base64_key,
                                          TimePoint expiry, const std::string& policy = {});

/// 32 random bytes, base64: a new shared access key.
std::string make_shared_access_key();

}  // namespace hubtwin::hub
