// SPDX-License-Identifier: MIT
#include "tools/hub/core/certificate.hpp"

#include <stdexcept>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace hubtwin::hub {
namespace {

constexpr long kSecondsPerDay = 24L * 60 * 60;
// Certificates begin a day ago: a device whose clock is a little behind still accepts them.
constexpr long kBackdateDays = 1;

template <typename Writer>
std::string written(Writer write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require_tls(bio && write(bio.get()) == 1, "cannot encode PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

void fail_with_tls_error(const std::string& what) {
  char reason[256] = "unknown reason";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    ERR_error_string_n(code, reason, sizeof reason);
  }
  ERR_clear_error();
  throw std::runtime_error(what + ": " + reason);
}

void require_tls(bool ok, const char* what) {
  if (!ok) {
    fail_with_tls_error(what);
  }
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  require_tls(key != nullptr, "cannot make a key");
  return key;
}

std::string to_pem(X509* certificate) {
  return written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string to_pem(EVP_PKEY* key) {
  return written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

Certificate certificate_from_pem(const std::string& pem, const std::string& name) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) {
    fail_with_tls_error(name + " is not a PEM certificate");
  }
  return certificate;
}

Key key_from_pem(const std::string& pem, const std::string& name) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!key) {
    fail_with_tls_error(name + " is not a PEM private key");
  }
  return key;
}

bool is_address(const std::string& name) {
  unsigned char binary[sizeof(in6_addr)];
  return inet_pton(AF_INET, name.c_str(), binary) == 1 ||
         inet_pton(AF_INET6, name.c_str(), binary) == 1;
}

std::string alternative_names(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (name.empty() || name.find_first_of(",;:\r\n \t") != std::string::npos) {
      if (!is_address(name)) {
        throw std::runtime_error("'" + name + "' can't be the host name of a certificate");
      }
    }
    text += (text.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
  }
  return text;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  require_tls(extension && X509_add_ext(certificate, extension.get(), -1) == 1,
              "cannot add a certificate extension");
}

Certificate start_certificate(EVP_PKEY* key, const std::string& common_name, long from_days,
                              long to_days) {
  Certificate certificate(X509_new());
  require_tls(certificate != nullptr, "cannot make a certificate");
  unsigned char serial[16];
  require_tls(RAND_bytes(serial, sizeof serial) == 1, "cannot get random bytes");
  serial[0] &= 0x7F;  // serial numbers are positive
  BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
  const bool numbered =
      number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get())) != nullptr;
  BN_free(number);
  require_tls(numbered, "cannot number a certificate");
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const bool filled =
      X509_set_version(certificate.get(), 2) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from_days * kSecondsPerDay) &&
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), to_days * kSecondsPerDay) &&
      X509_set_pubkey(certificate.get(), key) == 1 &&
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.c_str()), -1,
                                 -1, 0) == 1;
  require_tls(filled, "cannot fill in a certificate");
  return certificate;
}

Certificate make_authority(EVP_PKEY* key, const std::string& common_name, long to_days,
                           X509* issuer, EVP_PKEY* issuer_key) {
  Certificate certificate = start_certificate(key, common_name, -kBackdateDays, to_days);
  X509* const signer = issuer == nullptr ? certificate.get() : issuer;
  require_tls(X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer)) == 1,
              "cannot name a certificate's issuer");
  add_extension(certificate.get(), signer, NID_basic_constraints,
                issuer == nullptr ? "critical,CA:TRUE,pathlen:1" : "critical,CA:TRUE,pathlen:0");
  add_extension(certificate.get(), signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate.get(), signer, NID_subject_key_identifier, "hash");
  require_tls(X509_sign(certificate.get(), issuer == nullptr ? key : issuer_key, EVP_sha256()) > 0,
              "cannot sign a certificate");
  return certificate;
}

Certificate make_server_certificate(EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key,
                                    const std::set<std::string>& names, long from_days,
                                    long to_days) {
  Certificate certificate = start_certificate(key, "hubtwin local hub", from_days, to_days);
  require_tls(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1,
              "cannot name a certificate's issuer");
  add_extension(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), issuer, NID_ext_key_usage, "serverAuth");
  add_extension(certificate.get(), issuer, NID_subject_key_identifier, "hash");
  add_extension(certificate.get(), issuer, NID_authority_key_identifier, "keyid:always");
  add_extension(certificate.get(), issuer, NID_subject_alt_name, alternative_names(names));
  require_tls(X509_sign(certificate.get(), issuer_key, EVP_sha256()) > 0,
              "cannot sign a certificate");
  return certificate;
}

}  // namespace hubtwin::hub
