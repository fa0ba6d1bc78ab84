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

// \return the copy.
static std::string_view copy(char* to, std::string_view text) {
  if (!text.empty()) {
    std::memcpy(to, text.data(), text.size());
  }
  return {to, text.size()};
}

static Duration tenth(Duration interval) {
  return Duration(static_cast<Duration::rep>(
      divide(static_cast<std::uint64_t>(interval.count()), 10).quotient));
}

}  // namespace detail_session_credentials

// Who the session is; for the first time, or with another host or credential. Then nothing is
// changed after an error.
Status Session::adopt(const Identity& identity) {
  if (identity.credential == CredentialKind::kProvisioning) {
    return Error::kNotSupported;  // and may lack a host by right
  }
  if (identity.host.empty() || identity.device_id.empty()) {
    return Error::kConnectionStringMissingKey;
  }
  const bool first = client_id_.empty();
  if (!first && (identity.device_id != device_id_ || identity.module_id != module_id_)) {
    return Error::kInvalidArgument;
  }
  // Host, gateway, and "device" or "device/module", the client id, of which the ids are parts.
  const std::size_t device_size = identity.device_id.size();
  const std::size_t module_size = identity.module_id.size();
  const std::size_t client_size = device_size + (module_size != 0 ? 1 + module_size : 0);
  if (identity.host.size() + identity.gateway.size() + client_size > memory_.identity.size()) {
    return Error::kNoSpace;
  }
  const Status status = first ? Status() : adopt_secret(identity);
  if (!status) {
    return status;
  }
  char* const host = memory_.identity.data();
  char* const gateway = host + identity.host.size();
  char* const client = gateway + identity.gateway.size();
  if (first) {
    detail_session_credentials::copy(client, identity.device_id);
    if (module_size != 0) {
      client[device_size] = '/';
      detail_session_credentials::copy(client + device_size + 1, identity.module_id);
    }
  } else {
    std::memmove(client, client_id_.data(), client_size);
  }
  client_id_ = {client, client_size};
  device_id_ = {client, device_size};
  module_id_ = {client + client_size - module_size, module_size};
  host_ = detail_session_credentials::copy(host, identity.host);
  gateway_ = detail_session_credentials::copy(gateway, identity.gateway);
  return first ? adopt_secret(identity) : Status();
}

Status Session::adopt_secret(const Identity& identity) {
  switch (identity.credential) {
    case CredentialKind::kKey: {
      const Result<std::size_t> size = base64_decode(identity.secret.reveal(), memory_.secret);
      if (!size) {
        return size.status();
      }
      secret_size_ = *size;
      break;
    }
    case CredentialKind::kToken: {
      const std::string_view token = identity.secret.reveal();
      if (token.size() > memory_.secret.size()) {
        return Error::kNoSpace;
      }
      std::memcpy(memory_.secret.data(), token.data(), token.size());
      secret_size_ = token.size();
      break;
    }
    case CredentialKind::kX509:
    case CredentialKind::kProvisioning:
      return Error::kNotSupported;
  }
  credential_ = identity.credential;
  return Status();
}

Status Session::update_identity(const Identity& identity) {
  const Status status = client_id_.empty() ? Status(Error::kInvalidArgument) : adopt(identity);
  if (!status) {
    return status;
  }
  identity_status_ = Status();
  switch (state_) {
    case ConnectionState::kConnected:
      renew_at_ = now();  // as if the token were to end: what is in flight may finish first
      deadline_ = renew_at_;
      break;
    case ConnectionState::kConnecting:
    case ConnectionState::kSubscribing:
      drop_link(Error::kTokenRenewal);
      break;
    case ConnectionState::kWaitingForTime:
    case ConnectionState::kWaitingToRetry:
      backoff_.reset();
      deadline_ = now();
      break;
    case ConnectionState::kClosed:
    case ConnectionState::kRenewing:
    case ConnectionState::kClosing:
      break;
  }
  return Status();
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
  request.keep_alive =
      options_.keep_alive == Duration(0) ? transport_.usual_keep_alive() : options_.keep_alive;
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
      wipe(scratch);
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
