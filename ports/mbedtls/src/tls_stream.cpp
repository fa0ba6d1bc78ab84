// SPDX-License-Identifier: MIT
#include <hubtwin/mbedtls/tls_stream.hpp>

#include <optional>

#include <mbedtls/version.h>

HUBTWIN_NAMESPACE_BEGIN
namespace mbedtls {
namespace {

// Longest DNS name (RFC 1035) with its NUL.
constexpr std::size_t kNameBytes = 256;

// Tag of an address among a certificate's names (RFC 5280, 4.2.1.6).
constexpr int kAddressTag = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7;

constexpr std::uint32_t kDateFlags = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;

bool is_digit(char each) {
  return each >= '0' && each <= '9';
}

// Four numbers from 0 to 255 with dots between them, and nothing else.
std::optional<std::uint32_t> ipv4_of(std::string_view text) {
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (text.empty() || text.front() != '.') {
        return {};
      }
      text.remove_prefix(1);
    }
    if (text.empty() || !is_digit(text.front())) {
      return {};
    }
    std::uint32_t value = 0;
    while (!text.empty() && is_digit(text.front())) {
      value = value * 10 + static_cast<std::uint32_t>(text.front() - '0');
      text.remove_prefix(1);
      if (value > 255) {
        return {};
      }
    }
    address = address << 8 | value;
  }
  return text.empty() ? address : std::optional<std::uint32_t>();
}

bool names_address(const mbedtls_x509_crt& certificate, std::uint32_t address) {
  for (const mbedtls_x509_sequence* name = &certificate.subject_alt_names; name != nullptr;
       name = name->next) {
    const mbedtls_x509_buf& buf = name->buf;
    if (buf.tag == kAddressTag && buf.len == 4 &&
        address == (std::uint32_t{buf.p[0]} << 24 | std::uint32_t{buf.p[1]} << 16 |
                    std::uint32_t{buf.p[2]} << 8 | std::uint32_t{buf.p[3]})) {
      return true;
    }
  }
  return false;
}

bool waits(int code) {
  return code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE;
}

bool shaken(const mbedtls_ssl_context& tls) {
#if MBEDTLS_VERSION_MAJOR >= 3
  return mbedtls_ssl_is_handshake_over(const_cast<mbedtls_ssl_context*>(&tls)) != 0;
#else
  return tls.state == MBEDTLS_SSL_HANDSHAKE_OVER;
#endif
}

}  // namespace

TlsStream::TlsStream(ByteStream& below, TlsConfig& config) : below_(below), config_(config) {
  mbedtls_ssl_init(&tls_);
}

TlsStream::~TlsStream() {
  close();
  mbedtls_ssl_free(&tls_);
}

Status TlsStream::open(std::string_view host, std::uint16_t port) {
  if (state_ != State::kClosed) {
    return Error::kWrongState;
  }
  Status status = config_.status_;
  if (status.ok()) {
    status = prepare(host);
  }
  if (status.ok()) {
    status = below_.open(host, port);
  }
  if (status.ok()) {
    state_ = State::kConnecting;
  }
  return status;
}

// Buffers are made once, so that a small heap doesn't come to pieces over many connections.
Status TlsStream::prepare(std::string_view host) {
  if (host.empty() || host.size() >= kNameBytes) {
    return Error::kInvalidArgument;
  }
  char name[kNameBytes];
  name[host.copy(name, host.size())] = '\0';
  int code =
      prepared_ ? mbedtls_ssl_session_reset(&tls_) : mbedtls_ssl_setup(&tls_, &config_.config_);
  prepared_ = prepared_ || code == 0;
  if (code == 0) {
    code = mbedtls_ssl_set_hostname(&tls_, name);
  }
  if (code != 0) {
    return reason_of(code);
  }
  const std::optional<std::uint32_t> address = ipv4_of(host);
  host_is_address_ = address.has_value();
  host_address_ = address.value_or(0);
  mbedtls_ssl_set_bio(&tls_, this, send_below, receive_below, nullptr);
  mbedtls_ssl_set_verify(&tls_, verify, this);
  below_status_ = Status();
  unfinished_ = 0;
  certificate_seen_ = false;
  return {};
}

// What mbedTLS found about one certificate of the chain, put right by what we know better.
int TlsStream::verify(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags) {
  auto& stream = *static_cast<TlsStream*>(self);
  stream.certificate_seen_ = true;
  *flags &= ~kDateFlags;
  if (const std::optional<UtcTime> now = stream.config_.clock_.utc()) {
    *flags |= *now > utc_of(certificate->valid_to) ? MBEDTLS_X509_BADCERT_EXPIRED : 0U;
    *flags |= *now < utc_of(certificate->valid_from) ? MBEDTLS_X509_BADCERT_FUTURE : 0U;
  }
  if (depth == 0 && stream.host_is_address_ && names_address(*certificate, stream.host_address_)) {
    *flags &= ~static_cast<std::uint32_t>(MBEDTLS_X509_BADCERT_CN_MISMATCH);
  }
  return 0;
}

Result<bool> TlsStream::advance(MonotonicTime now) {
  if (state_ == State::kClosed) {
    return Error::kWrongState;
  }
  if (state_ == State::kConnecting) {
    const Result<bool> ready = below_.advance(now);
    if (!ready.ok()) {
      close();
      return ready.status();
    }
    if (!*ready) {
      return false;
    }
    state_ = State::kShakingHands;
  }
  if (state_ == State::kShakingHands) {
    const int code = mbedtls_ssl_handshake_step(&tls_);
    if (code != 0 && !waits(code)) {
      return failed(code);
    }
    step_due_ = code == 0;
    if (!shaken(tls_)) {
      return false;
    }
    step_due_ = false;
    state_ = State::kUp;
  }
  return true;
}

Result<std::size_t> TlsStream::read(ByteSpan room) {
  if (state_ != State::kUp) {
    return Error::kWrongState;
  }
  if (room.empty()) {
    return std::size_t{0};  // for mbedTLS that would mean the end
  }
  for (;;) {
    const int code = mbedtls_ssl_read(&tls_, room.data(), room.size());
    if (code > 0) {
      return static_cast<std::size_t>(code);
    }
    if (waits(code)) {
      return std::size_t{0};
    }
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
    if (code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
      continue;  // TLS 1.3; sessions aren't resumed
    }
#endif
    return failed(code == 0 ? MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY : code);
  }
}

// mbedTLS wants an unfinished write repeated with the same bytes, and no more than those.
Result<std::size_t> TlsStream::write(ByteView bytes) {
  if (state_ != State::kUp) {
    return Error::kWrongState;
  }
  const std::size_t size = unfinished_ != 0 ? unfinished_ : bytes.size();
  const int code = mbedtls_ssl_write(&tls_, bytes.data(), size);
  if (code >= 0) {
    unfinished_ = 0;
    return static_cast<std::size_t>(code);
  }
  if (waits(code)) {
    unfinished_ = size;
    return std::size_t{0};
  }
  return failed(code);
}

void TlsStream::close() {
  if (state_ == State::kUp) {
    static_cast<void>(mbedtls_ssl_close_notify(&tls_));
  }
  if (state_ != State::kClosed) {
    state_ = State::kClosed;
    below_.close();
  }
  step_due_ = false;
}

MonotonicTime TlsStream::next_deadline() const {
  return step_due_ ? kAtOnce : below_.next_deadline();
}

int TlsStream::next_step() const {
#if MBEDTLS_VERSION_MAJOR >= 3
  return tls_.MBEDTLS_PRIVATE(state);
#else
  return tls_.state;
#endif
}

Status TlsStream::failed(int code) {
  const Status reason = reason_of(code);
  state_ = State::kClosed;
  step_due_ = false;
  below_.close();
  return reason;
}

// Of a fatal alert, which mbedTLS has left where it read it.
Error TlsStream::reason_of_alert() const {
#if MBEDTLS_VERSION_MAJOR >= 3
  const int alert = tls_.MBEDTLS_PRIVATE(in_msg)[1];
#else
  const int alert = tls_.in_msg[1];
#endif
  if (mbedtls_ssl_get_peer_cert(&tls_) != nullptr) {
    return Error::kTlsFailed;  // the offer itself has pleased the server
  }
  switch (alert) {
    case MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION:
      return Error::kTlsNoCommonVersion;
    case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE:
    case MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY:
      return Error::kTlsNoCommonCipher;
    default:
      return Error::kTlsFailed;
  }
}

Status TlsStream::reason_of(int code) const {
  if (!below_status_.ok()) {
    return below_status_;
  }
  switch (code) {
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED: {
      const std::uint32_t flags = mbedtls_ssl_get_verify_result(&tls_);
      const int shown = static_cast<int>(flags);
      if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0) {
        return Status::with_tls_code(Error::kTlsUnknownCa, shown);
      }
      if ((flags & MBEDTLS_X509_BADCERT_EXPIRED) != 0) {
        return Status::with_tls_code(Error::kTlsExpired, shown);
      }
      if ((flags & MBEDTLS_X509_BADCERT_FUTURE) != 0) {
        return Status::with_tls_code(Error::kTlsNotYetValid, shown);
      }
      if ((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0) {
        return Status::with_tls_code(Error::kTlsWrongHost, shown);
      }
      return Status::with_tls_code(Error::kTlsFailed, shown);
    }
    case MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED:
      return Status::with_tls_code(Error::kTlsTrustUnreadable, code);  // nobody is trusted
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
    case MBEDTLS_ERR_X509_ALLOC_FAILED:
      return Status::with_tls_code(Error::kNoSpace, code);
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
    case MBEDTLS_ERR_SSL_CONN_EOF:
      return Status::with_tls_code(Error::kLinkLost, code);
#if MBEDTLS_VERSION_MAJOR >= 3
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
#else
    case MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION:
#endif
      return Status::with_tls_code(Error::kTlsNoCommonVersion, code);
#if MBEDTLS_VERSION_MAJOR >= 3
    case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
#else
    case MBEDTLS_ERR_SSL_BAD_HS_SERVER_HELLO:
#endif
      return Status::with_tls_code(Error::kTlsNoCommonCipher, code);
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
      return Status::with_tls_code(reason_of_alert(), code);
    default:
      return Status::with_tls_code(Error::kTlsFailed, code);
  }
}

int TlsStream::send_below(void* self, const unsigned char* bytes, std::size_t size) {
  auto& stream = *static_cast<TlsStream*>(self);
  const Result<std::size_t> taken = stream.below_.write(ByteView(bytes, size));
  if (!taken.ok()) {
    stream.below_status_ = taken.status();
    return MBEDTLS_ERR_SSL_CONN_EOF;
  }
  return *taken == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : static_cast<int>(*taken);
}

int TlsStream::receive_below(void* self, unsigned char* room, std::size_t size) {
  auto& stream = *static_cast<TlsStream*>(self);
  const Result<std::size_t> got = stream.below_.read(ByteSpan(room, size));
  if (!got.ok()) {
    stream.below_status_ = got.status();
    return MBEDTLS_ERR_SSL_CONN_EOF;
  }
  return *got == 0 ? MBEDTLS_ERR_SSL_WANT_READ : static_cast<int>(*got);
}

}  // namespace mbedtls
HUBTWIN_NAMESPACE_END
