// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/auth/sas_token.hpp.

#include <hubtwin/auth/base64.hpp>
#include <hubtwin/auth/sas_token.hpp>
#include <hubtwin/wire/cut.hpp>
#include <hubtwin/wire/decimal.hpp>
#include <hubtwin/wire/text_writer.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_sas_token {

constexpr std::string_view kBegin = "SharedAccessSignature ";

// 9999-12-31T23:59:59Z: what lies beyond is not seconds, but probably milliseconds.
constexpr std::uint64_t kLastSecond = 253402300799;

}  // namespace detail_sas_token

Result<SecretView> build_sas_token(Crypto& crypto, const SigningKey& key,
                                   const SasResource& resource, UtcTime expiry, Span<char> room) {
  const std::int64_t expiry_seconds = expiry.time_since_epoch().count();
  if (expiry_seconds <= 0) {
    return Error::kInvalidArgument;
  }
  const auto expiry_number = static_cast<std::uint64_t>(expiry_seconds);

  TextWriter token(room);
  token.text(detail_sas_token::kBegin).text("sr=");
  const std::size_t signed_begin = token.size();
  token.percent(resource.host).percent("/devices/").percent(resource.device_id);
  if (!resource.module_id.empty()) {
    token.percent("/modules/").percent(resource.module_id);
  }
  const std::size_t resource_end = token.size();

  // What is signed is composed where the signature will stand afterwards, so that the resource is
  // encoded once and no second buffer is needed.
  token.text("\n").number(expiry_number);
  if (!token.ok()) {
    return Error::kNoSpace;
  }
  std::uint8_t mac[kHmacSha256Size];
  const Status signed_status =
      crypto.hmac_sha256(key, as_bytes(tail(token.view(), signed_begin)), mac);
  if (!signed_status) {
    return signed_status;
  }
  token.truncate(resource_end);

  char signature[base64_encoded_size(kHmacSha256Size)];
  token.text("&sig=").percent(base64_encode(ByteView(mac, sizeof(mac)), signature).value());
  token.text("&se=").number(expiry_number);
  if (!token.ok()) {
    return Error::kNoSpace;
  }
  return SecretView(token.view());
}

Result<UtcTime> token_expiry(SecretView token) {
  std::string_view rest = token.reveal();
  if (!strip_prefix(rest, detail_sas_token::kBegin)) {
    return Error::kConnectionStringBadValue;
  }

  std::optional<std::uint64_t> expiry;
  while (!rest.empty()) {
    const Cut fields = cut(rest, '&');
    rest = fields.after;
    const Cut field = cut(fields.before, '=');
    if (field.before != "se") {
      continue;
    }
    if (expiry) {
      return Error::kConnectionStringBadValue;
    }
    expiry = from_decimal(field.after);
    if (!expiry || *expiry > detail_sas_token::kLastSecond) {
      return Error::kConnectionStringBadValue;
    }
  }
  if (!expiry) {
    return Error::kConnectionStringBadValue;
  }
  return UtcTime(UtcTime::duration(static_cast<std::int64_t>(*expiry)));
}

HUBTWIN_NAMESPACE_END
