// SPDX-License-Identifier: MIT
#include <hubtwin/mbedtls/tls_config.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include <mbedtls/version.h>
#if MBEDTLS_VERSION_MAJOR >= 3
#include <psa/crypto.h>
#endif

HUBTWIN_NAMESPACE_BEGIN
namespace mbedtls {
namespace {

// Days from 1970-01-01 to the first of March of a year that begins in March (Howard Hinnant's
// "days_from_civil"): the leap day is then a year's last.
std::int32_t days_of(int year, int month, int day) {
  const std::int32_t y = month <= 2 ? year - 1 : year;
  const std::int32_t era = y / 400;
  const std::int32_t year_of_era = y - era * 400;
  const std::int32_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719468;
}

}  // namespace

UtcTime utc_of(const mbedtls_x509_time& time) {
  const std::int32_t second_of_day = (time.hour * 60 + time.min) * 60 + time.sec;
  return UtcTime(std::chrono::seconds(std::int64_t{days_of(time.year, time.mon, time.day)} * 86400 +
                                      second_of_day));
}

namespace {

#if MBEDTLS_VERSION_MAJOR < 3
// mbedTLS 2.28 begins with the largest curve; 3.x has a sensible order of its own.
template <std::size_t Size>
void prefer_p256(mbedtls_ecp_group_id (&curves)[Size]) {
  const mbedtls_ecp_group_id* known = mbedtls_ecp_grp_id_list();
  std::size_t count = 0;
  for (; known[count] != MBEDTLS_ECP_DP_NONE && count + 1 < Size; ++count) {
    curves[count] = known[count];
  }
  curves[count] = MBEDTLS_ECP_DP_NONE;
  mbedtls_ecp_group_id* const end = curves + count;
  mbedtls_ecp_group_id* const p256 = std::find(curves, end, MBEDTLS_ECP_DP_SECP256R1);
  if (p256 != end) {
    std::rotate(curves, p256, p256 + 1);
  }
}
#endif

int set_record_limit(mbedtls_ssl_config& config, RecordLimit limit) {
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH)
  switch (limit) {
    case RecordLimit::kNone:
      return 0;
    case RecordLimit::k512:
      return mbedtls_ssl_conf_max_frag_len(&config, MBEDTLS_SSL_MAX_FRAG_LEN_512);
    case RecordLimit::k1024:
      return mbedtls_ssl_conf_max_frag_len(&config, MBEDTLS_SSL_MAX_FRAG_LEN_1024);
    case RecordLimit::k2048:
      return mbedtls_ssl_conf_max_frag_len(&config, MBEDTLS_SSL_MAX_FRAG_LEN_2048);
    case RecordLimit::k4096:
      return mbedtls_ssl_conf_max_frag_len(&config, MBEDTLS_SSL_MAX_FRAG_LEN_4096);
  }
#else
  static_cast<void>(config);
#endif
  return limit == RecordLimit::kNone ? 0 : MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
}

}  // namespace

TlsConfig::TlsConfig(Clock& clock, MbedtlsRandom& random, RecordLimit limit)
    : clock_(clock), random_(random), status_(random.status()) {
  mbedtls_ssl_config_init(&config_);
  mbedtls_x509_crt_init(&trusted_);
  mbedtls_x509_crt_init(&own_chain_);
  mbedtls_pk_init(&own_key_);
  int code = 0;
#if MBEDTLS_VERSION_MAJOR >= 3
  // TLS 1.3 is made of it; safe to call again.
  if (psa_crypto_init() != PSA_SUCCESS) {
    code = MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  }
#endif
  if (code == 0) {
    code = mbedtls_ssl_config_defaults(&config_, MBEDTLS_SSL_IS_CLIENT,
                                       MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  }
  if (code == 0) {
    code = set_record_limit(config_, limit);
  }
  if (code != 0 && status_.ok()) {
    status_ = Status::with_tls_code(Error::kTlsFailed, code);
  }
#if MBEDTLS_VERSION_MAJOR < 3
  prefer_p256(curves_);
  mbedtls_ssl_conf_curves(&config_, curves_);
  mbedtls_ssl_conf_min_version(&config_, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
  mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_ca_chain(&config_, &trusted_, nullptr);
  mbedtls_ssl_conf_rng(&config_, fill_random, this);
}

TlsConfig::~TlsConfig() {
  mbedtls_ssl_config_free(&config_);
  mbedtls_pk_free(&own_key_);
  mbedtls_x509_crt_free(&own_chain_);
  mbedtls_x509_crt_free(&trusted_);
}

// A positive code counts certificates of a PEM text that could not be read.
static Status trust_status(int code) {
  return code == 0 ? Status() : Status::with_tls_code(Error::kTlsTrustUnreadable, code);
}

Status TlsConfig::trust(ByteView certificates) {
  return trust_status(mbedtls_x509_crt_parse(&trusted_, certificates.data(), certificates.size()));
}

// mbedTLS passes over a certificate whose end is missing.
static bool is_whole(ByteView certificates, const mbedtls_x509_crt& read) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  std::string_view rest = as_text(certificates);
  std::size_t begun = 0;
  for (std::size_t at = rest.find(kBegin); at != std::string_view::npos; at = rest.find(kBegin)) {
    ++begun;
    rest.remove_prefix(at + kBegin.size());
  }
  std::size_t count = 0;
  for (const mbedtls_x509_crt* one = &read; one != nullptr; one = one->next) {
    ++count;
  }
  return begun == 0 || begun == count;  // DER is one certificate
}

// The configuration points to trusted_, which stays where it is; what hangs on it changes hands.
Status TlsConfig::replace_trust(ByteView certificates) {
  mbedtls_x509_crt fresh;
  mbedtls_x509_crt_init(&fresh);
  Status status =
      trust_status(mbedtls_x509_crt_parse(&fresh, certificates.data(), certificates.size()));
  if (status.ok() && !is_whole(certificates, fresh)) {
    status = trust_status(MBEDTLS_ERR_X509_INVALID_FORMAT);
  }
  if (status.ok()) {
    std::swap(trusted_, fresh);
  }
  mbedtls_x509_crt_free(&fresh);
  return status;
}

#if defined(MBEDTLS_FS_IO)
Status TlsConfig::trust_file(const char* path) {
  return trust_status(mbedtls_x509_crt_parse_file(&trusted_, path));
}
#endif

Status TlsConfig::identify(ByteView chain, ByteView key) {
  int code = mbedtls_x509_crt_parse(&own_chain_, chain.data(), chain.size());
  if (code == 0) {
#if MBEDTLS_VERSION_MAJOR >= 3
    code = mbedtls_pk_parse_key(&own_key_, key.data(), key.size(), nullptr, 0, fill_random, this);
#else
    code = mbedtls_pk_parse_key(&own_key_, key.data(), key.size(), nullptr, 0);
#endif
  }
  if (code != 0) {
    return Status::with_tls_code(Error::kTlsTrustUnreadable, code);
  }
#if MBEDTLS_VERSION_MAJOR >= 3
  code = mbedtls_pk_check_pair(&own_chain_.pk, &own_key_, fill_random, this);
#else
  code = mbedtls_pk_check_pair(&own_chain_.pk, &own_key_);
#endif
  if (code == 0) {
    code = mbedtls_ssl_conf_own_cert(&config_, &own_chain_, &own_key_);
  }
  return code == 0 ? Status() : Status::with_tls_code(Error::kCredentialConflict, code);
}

int TlsConfig::fill_random(void* self, unsigned char* bytes, std::size_t size) {
  return static_cast<TlsConfig*>(self)->random_.fill(ByteSpan(bytes, size)).tls_code();
}

}  // namespace mbedtls
HUBTWIN_NAMESPACE_END
