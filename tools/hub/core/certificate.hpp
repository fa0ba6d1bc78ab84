// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Making certificates, by OpenSSL. Every function throws std::runtime_error that says what failed.

#include <memory>
#include <set>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace hubtwin::hub {

template <auto function>
struct Free {
  template <typename T>
  void operator()(T* pointer) const {
    function(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;

/// Throws with what OpenSSL says of its last error.
[[noreturn]] void fail_with_tls_error(const std::string& what);
/// Throws likewise unless `ok`.
void require_tls(bool ok, const char* what);

Key make_key();
std::string to_pem(X509* certificate);
std::string to_pem(EVP_PKEY* key);
/// \param[in] name  of the file, for the error.
Certificate certificate_from_pem(const std::string& pem, const std::string& name);
Key key_from_pem(const std::string& pem, const std::string& name);

bool is_address(const std::string& name);
/// The value of subjectAltName in the syntax of OpenSSL's configuration files.
std::string alternative_names(const std::set<std::string>& names);
/// \param[in] value  in the syntax of OpenSSL's configuration files.
void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value);

/// A certificate that has everything but its issuer, its extensions and its signature.
/// \param[in] from_days, to_days  its life, counted from now.
Certificate start_certificate(EVP_PKEY* key, const std::string& common_name, long from_days,
                              long to_days);
/// Signs a new authority: by itself, or by another where that is given.
Certificate make_authority(EVP_PKEY* key, const std::string& common_name, long to_days,
                           X509* issuer = nullptr, EVP_PKEY* issuer_key = nullptr);
/// Signs a server's certificate.
Certificate make_server_certificate(EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key,
                                    const std::set<std::string>& names, long from_days,
                                    long to_days);

}  // namespace hubtwin::hub
