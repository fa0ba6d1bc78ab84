// SPDX-License-Identifier: MIT
#include "tools/hub/cli/tls_material.hpp"

#include "tools/hub/cli/private_file.hpp"

#include <memory>
#include <optional>
#include <stdexcept>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace hubtwin::hub::cli {
namespace {

constexpr long kSecondsPerDay = 24L * 60 * 60;
constexpr long kCaDays = 3650;
constexpr long kServerDays = 90;
constexpr long kRenewBeforeDays = 30;
// Certificates begin a day ago: a device whose clock is a little behind still accepts them.
constexpr long kBackdateDays = 1;
constexpr const char* kCaName = "hubtwin local hub CA";

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

[[noreturn]] void fail(const std::string& what) {
  char reason[256] = "unknown reason";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    ERR_error_string_n(code, reason, sizeof reason);
  }
  ERR_clear_error();
  throw std::runtime_error(what + ": " + reason);
}

void require(bool ok, const char* what) {
  if (!ok) {
    fail(what);
  }
}

bool is_address(const std::string& name) {
  unsigned char binary[sizeof(in6_addr)];
  return inet_pton(AF_INET, name.c_str(), binary) == 1 ||
         inet_pton(AF_INET6, name.c_str(), binary) == 1;
}

/// The value of subjectAltName in the syntax of OpenSSL's configuration files.
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

template <typename Writer>
std::string to_pem(Writer write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(bio && write(bio.get()) == 1, "cannot encode PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string to_pem(X509* certificate) {
  return to_pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string to_pem(EVP_PKEY* key) {
  return to_pem([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

Certificate read_certificate(const std::filesystem::path& file) {
  const std::optional<std::string> pem = read_file(file);
  if (!pem) {
    return nullptr;
  }
  const Bio bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) {
    fail(file.string() + " is not a PEM certificate");
  }
  return certificate;
}

Key read_key(const std::filesystem::path& file) {
  const std::optional<std::string> pem = read_file(file);
  if (!pem) {
    return nullptr;
  }
  const Bio bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!key) {
    fail(file.string() + " is not a PEM private key");
  }
  return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1,
          "cannot add a certificate extension");
}

/// A certificate that has everything but its extensions and its signature.
Certificate start_certificate(EVP_PKEY* key, const char* common_name, long days) {
  Certificate certificate(X509_new());
  require(certificate != nullptr, "cannot make a certificate");
  unsigned char serial[16];
  require(RAND_bytes(serial, sizeof serial) == 1, "cannot get random bytes");
  serial[0] &= 0x7F;  // serial numbers are positive
  BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
  const bool numbered =
      number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get())) != nullptr;
  BN_free(number);
  require(numbered, "cannot number a certificate");
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const bool filled =
      X509_set_version(certificate.get(), 2) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kBackdateDays * kSecondsPerDay) &&
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * kSecondsPerDay) &&
      X509_set_pubkey(certificate.get(), key) == 1 &&
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name), -1, -1,
                                 0) == 1;
  require(filled, "cannot fill in a certificate");
  return certificate;
}

Certificate make_ca(EVP_PKEY* key) {
  Certificate certificate = start_certificate(key, kCaName, kCaDays);
  require(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1,
          "cannot name a certificate's issuer");
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints,
                "critical,CA:TRUE,pathlen:0");
  add_extension(certificate.get(), certificate.get(), NID_key_usage,
                "critical,keyCertSign,cRLSign");
  add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  require(X509_sign(certificate.get(), key, EVP_sha256()) > 0, "cannot sign a certificate");
  return certificate;
}

Certificate make_server_certificate(EVP_PKEY* key, X509* ca, EVP_PKEY* ca_key,
                                    const std::set<std::string>& names) {
  Certificate certificate = start_certificate(key, "hubtwin local hub", kServerDays);
  require(X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca)) == 1,
          "cannot name a certificate's issuer");
  add_extension(certificate.get(), ca, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), ca, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), ca, NID_ext_key_usage, "serverAuth");
  add_extension(certificate.get(), ca, NID_subject_key_identifier, "hash");
  add_extension(certificate.get(), ca, NID_authority_key_identifier, "keyid:always");
  add_extension(certificate.get(), ca, NID_subject_alt_name, alternative_names(names));
  require(X509_sign(certificate.get(), ca_key, EVP_sha256()) > 0, "cannot sign a certificate");
  return certificate;
}

bool ends_within(X509* certificate, long days) {
  time_t limit = time(nullptr) + days * kSecondsPerDay;
  return X509_cmp_time(X509_get0_notAfter(certificate), &limit) < 0;
}

bool covers(X509* certificate, const std::set<std::string>& names) {
  for (const std::string& name : names) {
    const bool covered =
        is_address(name) ? X509_check_ip_asc(certificate, name.c_str(), 0) == 1
                         : X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
    if (!covered) {
      return false;
    }
  }
  return true;
}

}  // namespace

TlsMaterial ensure_tls_material(const std::filesystem::path& directory,
                                const std::set<std::string>& names) {
  const std::filesystem::path ca_key_file = directory / "ca.key";
  TlsMaterial material{directory / "ca.pem", directory / "server.pem", directory / "server.key"};

  Certificate ca = read_certificate(material.ca_file);
  Key ca_key = read_key(ca_key_file);
  if (!ca != !ca_key) {
    throw std::runtime_error(material.ca_file.string() + " and " + ca_key_file.string() +
                             " belong together, and one is missing; remove the other to have both "
                             "made anew");
  }
  if (ca && X509_check_private_key(ca.get(), ca_key.get()) != 1) {
    ERR_clear_error();
    throw std::runtime_error(ca_key_file.string() + " is not the key of " +
                             material.ca_file.string());
  }
  if (ca && ends_within(ca.get(), kServerDays)) {
    throw std::runtime_error("the certificate authority " + material.ca_file.string() +
                             " is at its end; remove it and " + ca_key_file.string() +
                             " to have a new one made, and give the new file to the clients");
  }
  if (!ca) {
    ca_key.reset(EVP_EC_gen("P-256"));
    require(ca_key != nullptr, "cannot make a key");
    ca = make_ca(ca_key.get());
    write_private_file(ca_key_file, to_pem(ca_key.get()));
    write_private_file(material.ca_file, to_pem(ca.get()));
    // What clients trust is no secret.
    using std::filesystem::perms;
    std::filesystem::permissions(material.ca_file, perms::owner_read | perms::owner_write |
                                                       perms::group_read | perms::others_read);
  }

  const Certificate present = read_certificate(material.certificate_file);
  const Key present_key = read_key(material.key_file);
  const bool usable = present && present_key &&
                      X509_check_private_key(present.get(), present_key.get()) == 1 &&
                      X509_verify(present.get(), ca_key.get()) == 1 &&
                      !ends_within(present.get(), kRenewBeforeDays) && covers(present.get(), names);
  ERR_clear_error();
  if (!usable) {
    const Key key(EVP_EC_gen("P-256"));
    require(key != nullptr, "cannot make a key");
    const Certificate certificate =
        make_server_certificate(key.get(), ca.get(), ca_key.get(), names);
    write_private_file(material.key_file, to_pem(key.get()));
    write_private_file(material.certificate_file, to_pem(certificate.get()));
  }
  return material;
}

}  // namespace hubtwin::hub::cli
