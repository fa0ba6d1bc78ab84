// SPDX-License-Identifier: MIT
#include "support/certificates.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

namespace hubtwin::test {

namespace {

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

constexpr long kDay = 24 * 60 * 60;

void require(bool condition) {
  if (!condition) {
    throw std::runtime_error("can't make certificates");
  }
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

Certificate make(EVP_PKEY* key, const char* name, long from, long to) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  static long serial = 1;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), to);
  X509_set_pubkey(certificate.get(), key);
  require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>(name), -1, -1, 0) == 1);
  return certificate;
}

void write(const std::string& path, X509* certificate) {
  const File file(std::fopen(path.c_str(), "w"));
  require(file != nullptr && PEM_write_X509(file.get(), certificate) == 1);
}

void write(const std::string& path, EVP_PKEY* key) {
  const File file(std::fopen(path.c_str(), "w"));
  require(file != nullptr &&
          PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

Key read_key(const std::string& path) {
  const File file(std::fopen(path.c_str(), "r"));
  require(file != nullptr);
  return Key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr));
}

Certificate read_certificate(const std::string& path) {
  const File file(std::fopen(path.c_str(), "r"));
  require(file != nullptr);
  return Certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
}

}  // namespace

Authority::Authority()
    : key_file_(directory_.path().string() + "/ca.key"),
      ca_file_(directory_.path().string() + "/ca.pem"),
      ca_directory_(directory_.path().string() + "/trusted") {
  const Key key(EVP_EC_gen("P-256"));
  // A name of its own each time: a chain is looked up by name, and authorities must not be
  // mistaken.
  const Certificate ca =
      make(key.get(), ("Test CA " + directory_.path().string()).c_str(), -kDay * 365, kDay);
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign");
  require(X509_sign(ca.get(), key.get(), EVP_sha256()) > 0);
  write(key_file_, key.get());
  write(ca_file_, ca.get());

  require(mkdir(ca_directory_.c_str(), 0700) == 0);
  char hash[16];
  std::snprintf(hash, sizeof hash, "%08lx", X509_subject_name_hash(ca.get()));
  write(ca_directory_ + "/" + hash + ".0", ca.get());
}

Authority::Files Authority::issue(Flaw flaw) const {
  const Key ca_key = read_key(key_file_);
  const Certificate ca = read_certificate(ca_file_);
  const Key key(EVP_EC_gen("P-256"));
  const long from = flaw == Flaw::kNotYetValid ? kDay / 2 : -kDay * 30;
  const long to = flaw == Flaw::kExpired ? -kDay : kDay;
  const Certificate certificate = make(key.get(), "server", from, to);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca.get()));
  add_extension(
      certificate.get(), ca.get(), NID_subject_alt_name,
      flaw == Flaw::kOtherHost ? "DNS:other.example,IP:127.9.9.9" : "DNS:localhost,IP:127.0.0.1");
  require(X509_sign(certificate.get(), ca_key.get(), EVP_sha256()) > 0);

  const std::string base =
      directory_.path().string() + "/server" + std::to_string(static_cast<int>(flaw));
  write(base + ".pem", certificate.get());
  write(base + ".key", key.get());
  return {base + ".pem", base + ".key"};
}

}  // namespace hubtwin::test
