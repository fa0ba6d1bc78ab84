// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/auth/identity.hpp.

#include <hubtwin/auth/base64.hpp>
#include <hubtwin/auth/host_name.hpp>
#include <hubtwin/auth/identity.hpp>
#include <hubtwin/auth/sas_token.hpp>
#include <hubtwin/wire/cut.hpp>

#include <array>
#include <cstddef>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_identity {

enum Key : std::size_t {
  kHostName,
  kDeviceId,
  kModuleId,
  kGatewayHostName,
  kSharedAccessKeyName,
  kSharedAccessKey,
  kSharedAccessSignature,
  kX509,
  kUseProvisioning,
  kKeyCount
};

constexpr std::array<std::string_view, kKeyCount> kKeyNames = {"HostName",
                                                               "DeviceId",
                                                               "ModuleId",
                                                               "GatewayHostName",
                                                               "SharedAccessKeyName",
                                                               "SharedAccessKey",
                                                               "SharedAccessSignature",
                                                               "x509",
                                                               "UseProvisioning"};

// A value by key; an empty one stands for a key that isn't there, since empty values are refused.
using Values = std::array<std::string_view, kKeyCount>;

static Key key_of(std::string_view name) {
  std::size_t key = 0;
  while (key != kKeyCount && kKeyNames[key] != name) {
    ++key;
  }
  return static_cast<Key>(key);
}

// The name of a key as it may be shown, or nothing. In a garbled text a secret may stand where a
// name should; the shortest key of the service, 16 bytes, has 22 characters before its padding.
static std::string_view showable(Key key, std::string_view name) {
  constexpr std::size_t kLongestUnknown = 20;
  if (key != kKeyCount) {
    return kKeyNames[key];
  }
  if (name.size() > kLongestUnknown) {
    return {};
  }
  for (const char character : name) {
    const char lower = static_cast<char>(character | 0x20);
    if ((lower < 'a' || lower > 'z') && (character < '0' || character > '9')) {
      return {};
    }
  }
  return name;
}

// ASCII letters, digits and - . % _ * ? ! ( ) , = @ $ ' and : (IoT Hub developer guide, identity
// registry). The service also allows + and #, which can't stand in a topic name.
static bool is_id(std::string_view text) {
  constexpr std::size_t kMaxIdSize = 128;
  constexpr std::string_view kIdPunctuation = "-.%_*?!(),=@$':";
  if (text.empty() || text.size() > kMaxIdSize) {
    return false;
  }
  for (const char character : text) {
    const char lower = static_cast<char>(character | 0x20);
    const bool alphanumeric =
        (lower >= 'a' && lower <= 'z') || (character >= '0' && character <= '9');
    if (!alphanumeric && kIdPunctuation.find(character) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

static bool is_token(std::string_view text) {
  constexpr std::string_view kBegin = "SharedAccessSignature sr=";
  std::string_view fields = text;
  if (!strip_prefix(fields, kBegin)) {
    return false;
  }
  for (const char character : fields) {
    if (character <= ' ' || character > '~') {
      return false;
    }
  }
  return token_expiry(SecretView(text)).ok();
}

static Error check_value(Key key, std::string_view value) {
  bool good = true;
  switch (key) {
    case kHostName:
    case kGatewayHostName:
      good = is_host(value);
      break;
    case kDeviceId:
    case kModuleId:
      good = is_id(value);
      break;
    case kSharedAccessKey:
      if (!base64_decoded_size(value)) {
        return Error::kKeyNotBase64;
      }
      break;
    case kSharedAccessSignature:
      good = is_token(value);
      break;
    case kX509:
    case kUseProvisioning:
      good = value == "true";
      break;
    case kSharedAccessKeyName:
    case kKeyCount:
      break;
  }
  return good ? Error::kNone : Error::kConnectionStringBadValue;
}

// Fills `values`. On an error, `culprit` names the key.
static Error read_pairs(std::string_view text, Log* log, Values& values,
                        std::string_view& culprit) {
  bool more = true;
  while (more) {
    const Cut pairs = cut(text, ';');
    text = pairs.after;
    more = pairs.found;
    const Cut pair = cut(pairs.before, '=');
    const std::string_view name = pair.before;
    const std::string_view value = pair.after;
    const Key key = key_of(name);
    culprit = showable(key, name);
    if (!pair.found || name.empty()) {
      return Error::kConnectionStringSyntax;
    }
    if (value.empty()) {
      return Error::kConnectionStringEmptyValue;
    }
    if (key == kKeyCount) {
      HUBTWIN_LOG(kWarning, log, std::string_view(), "connection string: unknown key ",
                  (culprit.empty() ? std::string_view("(not shown)") : culprit), " is ignored");
      continue;
    }
    if (!values[key].empty()) {
      return Error::kConnectionStringDoubledKey;
    }
    const Error error = check_value(key, value);
    if (error != Error::kNone) {
      return error;
    }
    values[key] = value;
  }
  culprit = std::string_view();
  return Error::kNone;
}

}  // namespace detail_identity

Result<Identity> Identity::parse(std::string_view connection_string, Log* log,
                                 std::string_view* culprit) {
  namespace detail = detail_identity;

  std::string_view unwanted_culprit;
  std::string_view& concerned = culprit != nullptr ? *culprit : unwanted_culprit;
  detail::Values values;
  const Error error = detail::read_pairs(connection_string, log, values, concerned);
  if (error != Error::kNone) {
    return error;
  }
  const bool provisioning = !values[detail::kUseProvisioning].empty();

  Identity identity;
  std::size_t credentials = 0;
  const auto take_credential = [&](detail::Key key, CredentialKind kind) {
    if (values[key].empty()) {
      return;
    }
    ++credentials;
    concerned = detail::kKeyNames[key];
    identity.credential = kind;
    identity.secret = kind == CredentialKind::kX509 ? SecretView() : SecretView(values[key]);
  };
  take_credential(detail::kSharedAccessKey, CredentialKind::kKey);
  take_credential(detail::kSharedAccessSignature, CredentialKind::kToken);
  take_credential(detail::kX509, CredentialKind::kX509);
  if (credentials > 1) {
    return Error::kCredentialConflict;
  }

  // With provisioning the hub, and for some kinds of attestation the credential, are found later.
  if (values[detail::kHostName].empty() && !provisioning) {
    concerned = detail::kKeyNames[detail::kHostName];
    return Error::kConnectionStringMissingKey;
  }
  if (values[detail::kDeviceId].empty()) {
    concerned = detail::kKeyNames[detail::kDeviceId];
    return Error::kConnectionStringMissingKey;
  }
  if (credentials == 0 && !provisioning) {
    concerned = detail::kKeyNames[detail::kSharedAccessKey];
    return Error::kConnectionStringMissingKey;
  }
  concerned = std::string_view();
  if (provisioning) {
    identity.credential = CredentialKind::kProvisioning;
  }
  identity.host = without_brackets(values[detail::kHostName]);
  identity.device_id = values[detail::kDeviceId];
  identity.module_id = values[detail::kModuleId];
  identity.gateway = without_brackets(values[detail::kGatewayHostName]);
  return identity;
}

HUBTWIN_NAMESPACE_END
