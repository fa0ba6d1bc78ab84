// SPDX-License-Identifier: MIT
// How a session proves its identity: what it keeps of it, and the CONNECT that it makes of that.
#include <hubtwin/auth/base64.hpp>
#include <hubtwin/auth/sas_token.hpp>
#include <hubtwin/auth/user_name.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/wire/division.hpp>

#include <cstring>
#include <type_traits>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_session_credentials {

// A UTC before hubtwin existed (2026-01-01) is a clock that was never set.
constexpr UtcTime kPlausibleUtc{std::chrono::seconds(1767225600)};
// The hub tolerates this much (IoT Hub troubleshooting: clock drift), so less isn't worth a word.
constexpr std::chrono::seconds kClockTolerance = std::chrono::minutes(5);

// \pre interval >= 0
static std::chrono::seconds whole_seconds(Duration interval) {
  constexpr std::uint32_t kMilliseconds = 1000;
  static_assert(std::is_same_v<Duration, std::chrono::milliseconds>);
  const auto count = static_cast<std::uint64_t>(interval.count());
  return std::chrono::seconds(static_cast<std::int64_t>(divide(count, kMilliseconds).quotient));
}

static Duration tenth(Duration interval) {
  return Duration(static_cast<Duration::rep>(
      divide(static_cast<std::uint64_t>(interval.count()), 10).quotient));
}

}  // namespace detail_session_credentials

Status Session::adopt(const Identity& identity) {
  if (identity.credential == CredentialKind::kProvisioning) {
    return Error::kNotSupported;  // and may lack a host by right
  }
  if (identity.host.empty() || identity.device_id.empty()) {
    return Error::kConnectionStringMissingKey;
  }
  // Host, gateway, and "device" or "device/module", the client id, of which the ids are parts.
  const std::size_t client_id_size =
      identity.device_id.size() + (identity.module_id.empty() ? 0 : identity.module_id.size() + 1);
  if (identity.host.size() + identity.gateway.size() + client_id_size > memory_.identity.size()) {
    return Error::kNoSpace;
  }
  char* to = memory_.identity.data();
  const auto copy = [&to](std::string_view text) {
    const std::string_view copied(to, text.size());
    if (!text.empty()) {
      std::memcpy(to, text.data(), text.size());
    }
    to += text.size();
    return copied;
  };
  host_ = copy(identity.host);
  gateway_ = copy(identity.gateway);
  device_id_ = copy(identity.device_id);
  client_id_ = device_id_;
  if (!identity.module_id.empty()) {
    copy("/");
    module_id_ = copy(identity.module_id);
    client_id_ = std::string_view(device_id_.data(), client_id_size);
  }
  credential_ = identity.credential;
  switch (credential_) {
    case CredentialKind::kKey: {
      const Result<std::size_t> size = base64_decode(identity.secret.reveal(), memory_.secret);
      if (!size) {
        return size.status();
      }
      secret_size_ = *size;
      return Status();
    }
    case CredentialKind::kToken: {
      const std::string_view token = identity.secret.reveal();
      if (token.size() > memory_.secret.size()) {
        return Error::kNoSpace;
      }
      std::memcpy(memory_.secret.data(), token.data(), token.size());
      secret_size_ = token.size();
      return Status();
    }
    case CredentialKind::kX509:
    case CredentialKind::kProvisioning:
      break;
  }
  return Error::kNotSupported;
}

Status Session::connect(MonotonicTime now) {
  const ByteSpan scratch = context_.call_scratch();
  const Span<char> room(reinterpret_cast<char*>(scratch.data()), scratch.size());
  const Result<std::string_view> user_name = build_user_name(
      UserNameParts{host_, device_id_, module_id_, options_.product_info, options_.model_id}, room);
  if (!user_name) {
    return user_name.status();
  }

  ConnectRequest request;
  request.host = gateway_.empty() ? host_ : gateway_;
  request.port = options_.port;
  request.client_id = client_id_;
  request.user_name = *user_name;
  request.keep_alive = options_.keep_alive;
  request.clean_session = options_.clean_session;

  const std::optional<UtcTime> utc = context_.clock().utc();
  const bool time_known = utc.has_value() && *utc >= detail_session_credentials::kPlausibleUtc;
  const ByteView secret = ByteView(memory_.secret.data(), secret_size_);
  renew_at_ = kNever;
  signed_utc_.reset();
  if (credential_ == CredentialKind::kKey) {
    if (!time_known) {
      return Error::kWaitingForTime;
    }
    const UtcTime expiry =
        *utc + detail_session_credentials::whole_seconds(options_.token_lifetime);
    const Result<SecretView> token = build_sas_token(
        context_.crypto(), SigningKey::from_bytes(secret),
        SasResource{host_, device_id_, module_id_}, expiry, room.subspan(user_name->size()));
    if (!token) {
      return token.status();
    }
    request.password = *token;
    // 80 to 90 % of the token's life, different for each device so that a fleet doesn't renew in
    // step.
    const Duration tenth = detail_session_credentials::tenth(options_.token_lifetime);
    renew_at_ = after(now, tenth * 8 + context_.jitter(tenth));
    signed_utc_ = utc;
    signed_at_ = now;
  } else {
    request.password = SecretView(as_text(secret));
    const Result<UtcTime> expiry = token_expiry(request.password);
    if (time_known && expiry && *expiry <= *utc) {
      return Error::kTokenExpired;
    }
  }
  const Status status = transport_.connect(request);
  wipe(scratch);
  return status;
}

bool Session::clock_suspect() const {
  if (!signed_utc_.has_value()) {
    return false;
  }
  const std::optional<UtcTime> utc = context_.clock().utc();
  if (!utc.has_value()) {
    return true;
  }
  const UtcTime expected =
      *signed_utc_ + detail_session_credentials::whole_seconds(poll_time_ - signed_at_);
  const std::chrono::seconds step = *utc > expected ? *utc - expected : expected - *utc;
  return step > detail_session_credentials::kClockTolerance;
}

HUBTWIN_NAMESPACE_END
