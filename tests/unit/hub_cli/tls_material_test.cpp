// SPDX-License-Identifier: MIT
#include "tools/hub/cli/tls_material.hpp"

#include "support/temporary_directory.hpp"
#include "tools/hub/cli/private_file.hpp"

#include <ctime>
#include <memory>
#include <set>
#include <string>

#include <catch2/catch.hpp>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace hubtwin::hub::cli {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
const std::set<std::string> kNames = {"localhost", "127.0.0.1", "::1"};

Certificate load(const std::filesystem::path& file) {
  const std::string pem = read_file(file).value();
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  Certificate certificate(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), &X509_free);
  BIO_free(bio);
  REQUIRE(certificate);
  return certificate;
}

/// X509_V_OK, or why a TLS client that trusts only this CA would refuse the server.
int verify(const TlsMaterial& material, std::time_t at) {
  const Certificate ca = load(material.ca_file);
  const Certificate server = load(material.certificate_file);
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, ca.get());
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, server.get(), nullptr);
  X509_STORE_CTX_set_default(context, "ssl_server");
  X509_STORE_CTX_set_time(context, 0, at);
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), X509_V_FLAG_X509_STRICT);
  X509_verify_cert(context);
  const int result = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return result;
}

TEST_CASE("the server's certificate holds for its names and its time") {
  const test::TemporaryDirectory directory;
  const TlsMaterial material = ensure_tls_material(directory.path(), kNames);
  constexpr std::time_t kDay = 24 * 60 * 60;
  const std::time_t now = std::time(nullptr);
  CHECK(verify(material, now) == X509_V_OK);
  CHECK(verify(material, now + 89 * kDay) == X509_V_OK);
  CHECK(verify(material, now + 91 * kDay) == X509_V_ERR_CERT_HAS_EXPIRED);
  CHECK(verify(material, now - 2 * kDay) == X509_V_ERR_CERT_NOT_YET_VALID);

  const Certificate server = load(material.certificate_file);
  CHECK(X509_check_host(server.get(), "localhost", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(server.get(), "elsewhere", 0, 0, nullptr) == 0);
  CHECK(X509_check_ip_asc(server.get(), "127.0.0.1", 0) == 1);
  CHECK(X509_check_ip_asc(server.get(), "::1", 0) == 1);
  CHECK(X509_check_ip_asc(server.get(), "127.0.0.2", 0) == 0);
}

TEST_CASE("private keys are readable by their owner alone") {
  using std::filesystem::perms;
  const test::TemporaryDirectory directory;
  const TlsMaterial material = ensure_tls_material(directory.path(), kNames);
  for (const auto& file : {material.key_file, directory.path() / "ca.key"}) {
    CHECK((std::filesystem::status(file).permissions() & perms::mask) ==
          (perms::owner_read | perms::owner_write));
  }
}

TEST_CASE("what is good is kept, and other names give another certificate of the same authority") {
  const test::TemporaryDirectory directory;
  const TlsMaterial material = ensure_tls_material(directory.path(), kNames);
  const auto ca = read_file(material.ca_file);
  const auto certificate = read_file(material.certificate_file);
  ensure_tls_material(directory.path(), kNames);
  CHECK(read_file(material.certificate_file) == certificate);

  std::set<std::string> more = kNames;
  more.insert("127.1.2.3");
  more.insert("hub.example");
  ensure_tls_material(directory.path(), more);
  CHECK(read_file(material.ca_file) == ca);
  CHECK(read_file(material.certificate_file) != certificate);
  CHECK(verify(material, std::time(nullptr)) == X509_V_OK);
  const Certificate server = load(material.certificate_file);
  CHECK(X509_check_ip_asc(server.get(), "127.1.2.3", 0) == 1);
  CHECK(X509_check_host(server.get(), "hub.example", 0, 0, nullptr) == 1);
}

TEST_CASE("a certificate whose key is gone or another's is made anew") {
  const test::TemporaryDirectory directory;
  const TlsMaterial material = ensure_tls_material(directory.path(), kNames);
  const auto certificate = read_file(material.certificate_file);
  write_private_file(material.key_file, read_file(directory.path() / "ca.key").value());
  ensure_tls_material(directory.path(), kNames);
  CHECK(read_file(material.certificate_file) != certificate);
  std::filesystem::remove(material.key_file);
  ensure_tls_material(directory.path(), kNames);
  CHECK(verify(material, std::time(nullptr)) == X509_V_OK);
}

TEST_CASE("an authority that is half there or damaged is an error, not silently replaced") {
  const test::TemporaryDirectory directory;
  const TlsMaterial material = ensure_tls_material(directory.path(), kNames);
  const std::string key = read_file(directory.path() / "ca.key").value();
  std::filesystem::remove(directory.path() / "ca.key");
  CHECK_THROWS_WITH(ensure_tls_material(directory.path(), kNames), Catch::Contains("ca.key"));
  write_private_file(directory.path() / "ca.key", "no key");
  CHECK_THROWS_WITH(ensure_tls_material(directory.path(), kNames),
                    Catch::Contains("is not a PEM private key"));
  write_private_file(directory.path() / "ca.key", read_file(material.key_file).value());
  CHECK_THROWS_WITH(ensure_tls_material(directory.path(), kNames),
                    Catch::Contains("is not the key of"));
  write_private_file(directory.path() / "ca.key", key);
  CHECK_NOTHROW(ensure_tls_material(directory.path(), kNames));
}

TEST_CASE("a host name that would break the certificate or a configuration file is refused") {
  const test::TemporaryDirectory directory;
  for (const char* name : {"", "a b", "a,DNS:b", "a\nplugin x"}) {
    INFO(name);
    CHECK_THROWS(ensure_tls_material(directory.path(), {name}));
  }
}

}  // namespace
}  // namespace hubtwin::hub::cli
