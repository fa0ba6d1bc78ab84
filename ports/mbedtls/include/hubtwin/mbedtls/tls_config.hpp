// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What TLS connections share: whom they trust, who they are, random numbers, the time.

#include <hubtwin/bytes.hpp>
#include <hubtwin/mbedtls/mbedtls_random.hpp>
#include <hubtwin/port/clock.hpp>
#include <hubtwin/port/trust.hpp>
#include <hubtwin/status.hpp>

#include <cstdint>

#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

HUBTWIN_NAMESPACE_BEGIN
namespace mbedtls {

/// Longest record that the peer may send, where it honours the wish (RFC 6066, 4). Shorter ones let
/// a microcontroller's buffers be shorter; IoT Hub ignores the wish.
enum class RecordLimit : std::uint8_t { kNone, k512, k1024, k2048, k4096 };

/// A date of a certificate.
UtcTime utc_of(const mbedtls_x509_time& time);

/// Trust and identity of TLS connections. The peer is always verified: its chain, its name, its
/// dates. There is no switch that leaves that out.
///
/// Keys are agreed on X25519 or P-256 where the server takes them: larger curves cost a
/// microcontroller seconds. All that mbedTLS was compiled with are offered.
///
/// Dates are held against `clock`, not against a clock of mbedTLS's own. While it doesn't know UTC,
/// they can't be checked and aren't: only a client with an X.509 certificate connects then, since a
/// token can't be signed without the time.
///
/// mbedTLS takes its memory from the heap, or from an array when the application calls
/// mbedtls_memory_buffer_alloc_init() first (with MBEDTLS_MEMORY_BUFFER_ALLOC_C).
class TlsConfig {
 public:
  /// \param[in] random  Seeded well: keys are made of it. Outlives this, as does `clock`.
  TlsConfig(Clock& clock, MbedtlsRandom& random, RecordLimit limit = RecordLimit::kNone);
  ~TlsConfig();
  TlsConfig(const TlsConfig&) = delete;
  TlsConfig& operator=(const TlsConfig&) = delete;

  /// Adds certificates to trust.
  /// \param[in] certificates  DER, or any number in PEM with a closing NUL that is counted, e.g. an
  ///                          array that a text literal initialises. PEM is copied; DER too.
  /// \return Error::kTlsTrustUnreadable, with mbedTLS's number in tls_code(), when one of them
  ///         can't be read; those before it are trusted.
  Status trust(ByteView certificates);
#if defined(MBEDTLS_FS_IO)
  /// The same out of a file, e.g. the system's `/etc/ssl/certs/ca-certificates.crt`. For hosts.
  Status trust_file(const char* path);
#endif
  /// From the next handshake on these certificates are trusted and no others; one that is under way
  /// may go by either. While they are read, both bundles take mbedTLS's memory. Not while another
  /// thread uses a stream of this configuration.
  /// \param[in] certificates  As for trust().
  /// \return Error::kTlsTrustUnreadable, with mbedTLS's number in tls_code(), when any of them
  ///         can't be read: nothing has changed then.
  Status replace_trust(ByteView certificates);

  /// Shows this certificate to peers that ask for one.
  /// \param[in] chain  The client's own first; form as for trust().
  /// \param[in] key    Its private key, likewise; parsed and kept by mbedTLS, wiped with this.
  /// \return Error::kTlsTrustUnreadable when either can't be read, Error::kCredentialConflict when
  ///         they don't belong together; with mbedTLS's number.
  Status identify(ByteView chain, ByteView key);

 private:
  friend class TlsStream;

  static int fill_random(void* self, unsigned char* bytes, std::size_t size);

  Clock& clock_;
  MbedtlsRandom& random_;
  mbedtls_ssl_config config_;
  mbedtls_x509_crt trusted_;
  mbedtls_x509_crt own_chain_;
  mbedtls_pk_context own_key_;
#if MBEDTLS_VERSION_MAJOR < 3
  mbedtls_ecp_group_id curves_[MBEDTLS_ECP_DP_MAX];  // in order of preference
#endif
  Status status_;
};

/// A TlsConfig as hubtwin's Trust, e.g. for TrustStore.
class TlsTrust final : public Trust {
 public:
  /// \param[in] config  Outlives this.
  explicit TlsTrust(TlsConfig& config) : config_(config) {}
  Status replace(ByteView bundle) override { return config_.replace_trust(bundle); }

 private:
  TlsConfig& config_;
};

}  // namespace mbedtls
HUBTWIN_NAMESPACE_END
