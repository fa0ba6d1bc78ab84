// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Encodings of the wire: percent, base64, and HMAC-SHA256 with a base64 key.

#include <optional>
#include <string>
#include <string_view>

namespace hubtwin::hub {

/// Encodes everything but RFC 3986's unreserved characters, with upper-case hex digits.
std::string percent_encode(std::string_view text);

/// Decodes %XX in either case of hex; a '+' stays a '+'. Empty if a '%' isn't followed by two hex
/// digits.
std::optional<std::string> percent_decode(std::string_view text);

std::string base64_encode(std::string_view bytes);

/// Strict: standard alphabet, padded, nothing else. Empty otherwise.
std::optional<std::string> base64_decode(std::string_view text);

std::string hmac_sha256(std::string_view key, std::string_view data);

/// Bytes from the system's cryptographic generator. Throws std::runtime_error if it fails.
std::string random_bytes(std::size_t count);

/// Equality in a time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view left, std::string_view right);

/// ASCII letters only: independent of the locale.
bool equal_ignoring_case(std::string_view left, std::string_view right);

}  // namespace hubtwin::hub
