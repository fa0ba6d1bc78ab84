// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// TLS over any ByteStream.

#include <hubtwin/mbedtls/tls_config.hpp>
#include <hubtwin/port/byte_stream.hpp>
#include <hubtwin/status.hpp>

#include <cstddef>
#include <cstdint>

#include <mbedtls/ssl.h>

HUBTWIN_NAMESPACE_BEGIN
namespace mbedtls {

/// TLS 1.2, and 1.3 where mbedTLS has it. Never waits: advance() does one step of the handshake.
///
/// The peer's name is checked, and sent as SNI. An IPv4 address as host is held against the
/// certificate's address entries; IPv6 addresses need mbedTLS 3.5.
///
/// Reasons: Error::kTlsUnknownCa, Error::kTlsExpired, Error::kTlsNotYetValid, Error::kTlsWrongHost
/// with mbedTLS's verification flags in Status::tls_code(), the first that holds in this order;
/// Error::kTlsNoCommonVersion, Error::kTlsNoCommonCipher and Error::kTlsFailed with its error
/// number; those of the stream below. Error::kNoSpace when mbedTLS's memory is at its end.
class TlsStream final : public ByteStream {
 public:
  /// \param[in] below   Used by this alone.
  /// \param[in] config  Complete before the first open(); may be shared. Both outlive this.
  TlsStream(ByteStream& below, TlsConfig& config);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  Status open(std::string_view host, std::uint16_t port) override;
  Result<bool> advance(MonotonicTime now) override;
  Result<std::size_t> read(ByteSpan room) override;
  Result<std::size_t> write(ByteView bytes) override;
  void close() override;
  MonotonicTime next_deadline() const override;

  /// The step of the handshake that comes next, by mbedTLS's numbers (its mbedtls_ssl_states); what
  /// it is outside a handshake is mbedTLS's business. For figures: steps differ much in length.
  int next_step() const;

 private:
  enum class State : std::uint8_t { kClosed, kConnecting, kShakingHands, kUp };

  Status prepare(std::string_view host);
  Status failed(int code);
  Status reason_of(int code) const;
  Error reason_of_alert() const;
  static int verify(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags);
  static int send_below(void* self, const unsigned char* bytes, std::size_t size);
  static int receive_below(void* self, unsigned char* room, std::size_t size);

  ByteStream& below_;
  TlsConfig& config_;
  mbedtls_ssl_context tls_;
  Status below_status_;             // why the stream below failed
  std::size_t unfinished_ = 0;      // bytes of a write that mbedTLS hasn't sent off
  std::uint32_t host_address_ = 0;  // the host as an IPv4 address, where it is one
  State state_ = State::kClosed;
  bool host_is_address_ = false;
  bool prepared_ = false;
  bool certificate_seen_ = false;  // the peer's, in this handshake
  bool step_due_ = false;          // of the handshake, without anything having to come first
};

}  // namespace mbedtls
HUBTWIN_NAMESPACE_END
