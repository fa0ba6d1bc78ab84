// SPDX-License-Identifier: MIT
/// \file
/// Target: connection strings, shared access signatures, host names and their encodings, each held
/// against the local hub's own or the system's.
///
/// Input: parts with kSeparator between them: a connection string; a host; a token; a text; a
/// module id.

#include "fuzz/input.hpp"
#include "support/test_crypto.hpp"
#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/identity_id.hpp"
#include "tools/hub/core/sas_token.hpp"
#include <hubtwin/auth/base64.hpp>
#include <hubtwin/auth/host_name.hpp>
#include <hubtwin/auth/identity.hpp>
#include <hubtwin/auth/percent.hpp>
#include <hubtwin/auth/sas_token.hpp>
#include <hubtwin/auth/user_name.hpp>
#include <hubtwin/wire/decimal.hpp>

#include <vector>

#include <arpa/inet.h>

namespace {

using hubtwin::ByteSpan;
using hubtwin::CredentialKind;
using hubtwin::Identity;
using hubtwin::SecretView;
using hubtwin::Span;
using hubtwin::fuzz::Input;

constexpr std::string_view kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

// Notes what is said of a connection string.
struct Warnings final : hubtwin::Log {
  void write(hubtwin::LogLevel, std::string_view, std::string_view line) override { lines += line; }
  std::string lines;
};

bool within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// What was read, written again.
std::string composed(const Identity& identity) {
  const auto bracketed = [](std::string_view host) {
    const std::string text(host);
    return text.find(':') == std::string::npos ? text : "[" + text + "]";
  };
  std::string text;
  const auto add = [&text](const char* key, const std::string& value) {
    text += value.empty() ? "" : (text.empty() ? "" : ";") + std::string(key) + "=" + value;
  };
  add("HostName", bracketed(identity.host));
  add("GatewayHostName", bracketed(identity.gateway));
  add("DeviceId", std::string(identity.device_id));
  add("ModuleId", std::string(identity.module_id));
  const std::string secret(identity.secret.reveal());
  add("SharedAccessKey", identity.credential == CredentialKind::kKey ? secret : "");
  add("SharedAccessSignature", identity.credential == CredentialKind::kToken ? secret : "");
  add("x509", identity.credential == CredentialKind::kX509 ? "true" : "");
  add("UseProvisioning", identity.credential == CredentialKind::kProvisioning ? "true" : "");
  return text;
}

void read_connection_string(std::string_view text) {
  Warnings warnings;
  std::string_view culprit;
  const auto identity = Identity::parse(text, &warnings, &culprit);
  if (!identity.ok()) {
    FUZZ_HOLDS(hubtwin::class_of(identity.status().error()) != hubtwin::ErrorClass::kNone);
    // A key's name and nothing more: never what might be a part of a secret.
    const bool known = culprit.size() <= 21;
    FUZZ_HOLDS_WITH(known && culprit.find_first_of("=;") == std::string_view::npos,
                    std::string(culprit));
    return;
  }
  FUZZ_HOLDS(within(identity->host, text) && within(identity->gateway, text) &&
             within(identity->device_id, text) && within(identity->module_id, text) &&
             within(identity->secret.reveal(), text));
  FUZZ_HOLDS(!identity->device_id.empty() && identity->device_id.size() <= 128);
  const bool provisioning = identity->credential == CredentialKind::kProvisioning;
  FUZZ_HOLDS(provisioning || hubtwin::is_host(identity->host));
  FUZZ_HOLDS(warnings.lines.empty() || identity->secret.size() < 8 ||
             warnings.lines.find(identity->secret.reveal()) == std::string::npos);
  // What can be a device here can be one at the hub.
  FUZZ_HOLDS(hubtwin::hub::is_valid_id(std::string(identity->device_id)));
  if (!provisioning) {
    const std::string again = composed(*identity);
    const auto second = Identity::parse(again);
    FUZZ_HOLDS_WITH(second.ok(), again);
    FUZZ_HOLDS(second->host == identity->host && second->gateway == identity->gateway &&
               second->device_id == identity->device_id &&
               second->module_id == identity->module_id &&
               second->credential == identity->credential &&
               second->secret.reveal() == identity->secret.reveal());
  }
}

void read_host(const std::string& text) {
  in6_addr address{};
  const bool zero = text.find('\0') != std::string::npos;
  const bool ipv4 = !zero && inet_pton(AF_INET, text.c_str(), &address) == 1;
  const bool ipv6 = !zero && inet_pton(AF_INET6, text.c_str(), &address) == 1;
  const bool host = hubtwin::is_host(text);
  FUZZ_HOLDS_WITH(!(ipv4 || ipv6) || host, text);
  // A colon stands in addresses only.
  FUZZ_HOLDS_WITH(!host || text.find(':') == std::string::npos || text[0] == '[' || ipv6, text);
  if (host) {
    const std::string bare(hubtwin::without_brackets(text));
    FUZZ_HOLDS_WITH(hubtwin::is_host(bare), bare);
    FUZZ_HOLDS(bare.find_first_of(std::string_view(" \t\r\n/@?#%\\;=&\0", 14)) ==
               std::string::npos);
  }
}

void read_token(std::string_view text) {
  const auto expiry = hubtwin::token_expiry(SecretView(text));
  std::string why;
  const auto token = hubtwin::hub::SasToken::parse(text, &why);
  FUZZ_HOLDS(token.has_value() || !why.empty());
  if (token && expiry.ok()) {
    FUZZ_HOLDS(token->expiry == expiry->time_since_epoch().count());
  }
  if (token) {
    // No bytes make a signature by chance.
    FUZZ_HOLDS(!token->signed_by(std::string(kKey)) || text.find("sig=") != text.npos);
    static_cast<void>(token->names("hub.example/devices/d"));
    static_cast<void>(token->covers("hub.example/devices/d"));
  }
}

// Tokens that the client makes are good at the hub, for this identity and for no other.
void make_token(std::string_view device, std::string_view module, std::uint64_t seed) {
  if (device.empty() || device.find_first_of(std::string_view("/\0", 2)) != device.npos ||
      module.find('/') != module.npos) {
    return;
  }
  std::uint8_t key[32];
  FUZZ_HOLDS(hubtwin::base64_decode(kKey, key).ok());
  hubtwin::test::TestCrypto crypto;
  std::string room(1024, '\0');
  const hubtwin::SasResource resource{"hub.example", device, module};
  const hubtwin::UtcTime expiry{std::chrono::seconds(1 + seed % 253402300799)};
  const auto made = hubtwin::build_sas_token(crypto, hubtwin::SigningKey::from_bytes(key), resource,
                                             expiry, Span<char>(room.data(), room.size()));
  if (!made.ok()) {
    FUZZ_HOLDS(made.status() == hubtwin::Error::kNoSpace && device.size() + module.size() > 200);
    return;
  }
  FUZZ_HOLDS(hubtwin::token_expiry(*made).value() == expiry);
  std::string why;
  const auto token = hubtwin::hub::SasToken::parse(made->reveal(), &why);
  FUZZ_HOLDS_WITH(token.has_value(), why);
  FUZZ_HOLDS(token->signed_by(std::string(kKey)));
  FUZZ_HOLDS(!token->signed_by("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWQ="));
  const std::string path = "hub.example/devices/" + std::string(device) +
                           (module.empty() ? "" : "/modules/" + std::string(module));
  FUZZ_HOLDS_WITH(token->names(path), path + "\n" + token->resource);
  FUZZ_HOLDS(!token->names(path + "x"));
}

// Each encoding undone is what was encoded, and both sides agree on what is none.
void read_encodings(std::string_view text) {
  std::vector<char> room(4 * text.size() + 8);
  const Span<char> span(room.data(), room.size());
  const auto encoded = hubtwin::percent_encode(text, span);
  FUZZ_HOLDS(encoded.ok() && encoded->size() == hubtwin::percent_encoded_size(text));
  FUZZ_HOLDS(*encoded == hubtwin::hub::percent_encode(text));
  FUZZ_HOLDS(hubtwin::percent_equal(*encoded, text));
  FUZZ_HOLDS(hubtwin::hub::percent_decode(*encoded) == text);
  const auto decoded = hubtwin::percent_decode(text, span);
  const auto by_hub = hubtwin::hub::percent_decode(text);
  FUZZ_HOLDS(decoded.ok() == by_hub.has_value());
  FUZZ_HOLDS(!by_hub || *decoded == *by_hub);

  const auto bytes = hubtwin::base64_encode(hubtwin::as_bytes(text), span);
  FUZZ_HOLDS(bytes.ok() && *bytes == hubtwin::hub::base64_encode(text));
  std::vector<std::uint8_t> raw(text.size() + 1);
  const auto size = hubtwin::base64_decode(text, ByteSpan(raw.data(), raw.size()));
  const auto raw_by_hub = hubtwin::hub::base64_decode(text);
  // The hub takes bits before the padding that mean nothing, and no empty key.
  const bool strict = raw_by_hub && hubtwin::hub::base64_encode(*raw_by_hub) == text;
  FUZZ_HOLDS_WITH(size.ok() == (strict || text.empty()), std::string(text));
  FUZZ_HOLDS(!strict || hubtwin::as_text({raw.data(), *size}) == *raw_by_hub);

  if (const auto number = hubtwin::from_decimal(text)) {
    char digits[hubtwin::kMaxDecimalDigits];
    const std::string again(hubtwin::to_decimal(*number, digits));
    FUZZ_HOLDS(text.find_first_not_of('0') == text.npos
                   ? again == "0"
                   : text.substr(text.find_first_not_of('0')) == again);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  // Each in memory of its own, so that sanitizers see reads beyond it.
  const std::string connection(input.part());
  const std::string host(input.part());
  const std::string token(input.part());
  const std::string text(input.part());
  const std::string module(input.part());
  read_connection_string(connection);
  read_host(host);
  read_token(token);
  read_encodings(text);
  make_token(text, module, size * 0x9E3779B97F4A7C15u);

  std::string room(256, '\0');
  const hubtwin::UserNameParts parts{host, text, module, token, connection};
  const auto user = hubtwin::build_user_name(parts, Span<char>(room.data(), room.size()));
  FUZZ_HOLDS(user.ok() || user.status() == hubtwin::Error::kNoSpace);
  FUZZ_HOLDS(!user.ok() || user->substr(0, host.size()) == host);
  return 0;
}
