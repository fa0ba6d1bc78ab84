// SPDX-License-Identifier: MIT
#include "tools/hub/core/sas_token.hpp"

#include "tools/hub/core/encoding.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace hubtwin::hub {
namespace {

constexpr std::string_view kScheme = "SharedAccessSignature";
constexpr std::size_t kKeyBytes = 32;

/// Splits "host/path" after the host.
std::size_t host_length(std::string_view path) {
  return std::min(path.find('/'), path.size());
}

bool same_path(std::string_view left, std::string_view right) {
  const std::size_t host = host_length(left);
  return host == host_length(right) &&
         equal_ignoring_case(left.substr(0, host), right.substr(0, host)) &&
         left.substr(host) == right.substr(host);
}

/// Whether `matches` holds for the text as it stands, decoded once, or decoded twice.
template <typename Predicate>
bool any_reading(const std::string& text, Predicate matches) {
  std::optional<std::string> reading = text;
  for (int decoded = 0; reading && decoded <= 2; ++decoded) {
    if (matches(*reading)) {
      return true;
    }
    reading = percent_decode(*reading);
  }
  return false;
}

}  // namespace

std::optional<SasToken> SasToken::parse(std::string_view text, std::string* why) {
  const auto refuse = [why](const char* reason) {
    if (why != nullptr) {
      *why = reason;
    }
    return std::nullopt;
  };
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos || !equal_ignoring_case(text.substr(0, space), kScheme)) {
    return refuse("the token doesn't begin with \"SharedAccessSignature \"");
  }
  std::string_view rest = text.substr(space + 1);
  if (rest.find_first_of(" \t\r\n") != std::string_view::npos) {
    return refuse("the token has white space among its fields");
  }

  struct Field {
    std::string_view name;
    std::optional<std::string_view> value;
  };
  std::array<Field, 4> fields{{{"sr", {}}, {"sig", {}}, {"se", {}}, {"skn", {}}}};
  auto& [resource, signature, expiry, policy] = fields;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return refuse("the token has a field without '='");
    }
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& known) {
      return equal_ignoring_case(known.name, pair.substr(0, equals));
    });
    if (field == fields.end()) {
      continue;
    }
    if (field->value) {
      return refuse("the token has a field twice");
    }
    field->value = pair.substr(equals + 1);
  }
  if (!resource.value || resource.value->empty()) {
    return refuse("the token lacks sr");
  }
  if (!signature.value || signature.value->empty()) {
    return refuse("the token lacks sig");
  }
  if (!expiry.value || expiry.value->empty()) {
    return refuse("the token lacks se");
  }

  SasToken token;
  token.resource = *resource.value;
  token.expiry_text = *expiry.value;
  const char* const first = token.expiry_text.data();
  const char* const last = first + token.expiry_text.size();
  const auto number = std::from_chars(first, last, token.expiry);
  if (number.ec != std::errc{} || number.ptr != last || token.expiry < 0) {
    return refuse("the token's se isn't a Unix time in seconds");
  }
  const auto decoded_signature = percent_decode(*signature.value);
  if (!decoded_signature || !base64_decode(*decoded_signature)) {
    return refuse("the token's sig isn't percent-encoded base64");
  }
  token.signature = *decoded_signature;
  const auto decoded_policy = percent_decode(policy.value.value_or(""));
  if (!decoded_policy) {
    return refuse("the token's skn isn't percent-encoded");
  }
  token.policy = *decoded_policy;
  return token;
}

bool SasToken::signed_by(const std::string& base64_key) const {
  const auto key = base64_decode(base64_key);
  const auto given = base64_decode(signature);
  return key && given &&
         equal_in_constant_time(*given, hmac_sha256(*key, resource + '\n' + expiry_text));
}

bool SasToken::names(const std::string& path) const {
  return any_reading(resource,
                     [&path](const std::string& reading) { return same_path(reading, path); });
}

bool SasToken::covers(const std::string& path) const {
  return any_reading(resource, [&path](const std::string& reading) {
    const bool whole_segments = reading.size() == path.size() ||
                                (reading.size() < path.size() && path[reading.size()] == '/');
    return whole_segments && same_path(reading, path.substr(0, reading.size()));
  });
}

bool SasToken::expired(TimePoint now, std::chrono::seconds skew) const {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return seconds - skew.count() > expiry;
}

std::optional<std::string> make_sas_token(const std::string& path, const std::string& base64_key,
                                          TimePoint expiry, const std::string& policy) {
  const auto key = base64_decode(base64_key);
  if (!key) {
    return std::nullopt;
  }
  const std::string resource = percent_encode(path);
  const std::string seconds = std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(expiry.time_since_epoch()).count());
  const std::string signature = base64_encode(hmac_sha256(*key, resource + '\n' + seconds));
  std::string token = std::string(kScheme) + " sr=" + resource +
                      "&sig=" + percent_encode(signature) + "&se=" + seconds;
  if (!policy.empty()) {
    token += "&skn=" + percent_encode(policy);
  }
  return token;
}

std::string make_shared_access_key() {
  return base64_encode(random_bytes(kKeyBytes));
}

}  // namespace hubtwin::hub
