// SPDX-License-Identifier: MIT
#include "tools/hub/cli/tls_material.hpp"

#include "tools/hub/cli/private_file.hpp"
#include "tools/hub/core/certificate.hpp"

#include <ctime>
#include <optional>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace hubtwin::hub::cli {
namespace {

constexpr long kCaDays = 3650;
constexpr long kServerDays = 90;
constexpr long kRenewBeforeDays = 30;
// Certificates begin a day ago: a device whose clock is a little behind still accepts them.
constexpr long kBackdateDays = 1;
constexpr const char* kCaName = "hubtwin local hub CA";

Certificate read_certificate(const std::filesystem::path& file) {
  const std::optional<std::string> pem = read_file(file);
  if (!pem) {
    return nullptr;
  }
  return certificate_from_pem(*pem, file.string());
}

Key read_key(const std::filesystem::path& file) {
  const std::optional<std::string> pem = read_file(file);
  if (!pem) {
    return nullptr;
  }
  return key_from_pem(*pem, file.string());
}

bool ends_within(X509* certificate, long days) {
  time_t limit = time(nullptr) + days * 24 * 60 * 60;
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
    ca_key = make_key();
    ca = make_authority(ca_key.get(), kCaName, kCaDays);
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
    const Key key = make_key();
    const Certificate certificate = make_server_certificate(key.get(), ca.get(), ca_key.get(),
                                                            names, -kBackdateDays, kServerDays);
    write_private_file(material.key_file, to_pem(key.get()));
    write_private_file(material.certificate_file, to_pem(certificate.get()));
  }
  return material;
}

}  // namespace hubtwin::hub::cli
