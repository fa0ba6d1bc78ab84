// SPDX-License-Identifier: MIT
#include "tools/hub/proxy/tls_end.hpp"

#include "tools/hub/core/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace hubtwin::hub::proxy {

TlsContext make_tls_context(const TlsFace& face) {
  TlsContext context(SSL_CTX_new(TLS_server_method()), FreeTls());
  require_tls(context != nullptr, "cannot prepare TLS");
  const Bio pem(
      BIO_new_mem_buf(face.certificates.data(), static_cast<int>(face.certificates.size())));
  Certificate own(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
  require_tls(own && SSL_CTX_use_certificate(context.get(), own.get()) == 1,
              "cannot use the server's certificate");
  while (Certificate issuer{PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr)}) {
    require_tls(SSL_CTX_add1_chain_cert(context.get(), issuer.get()) == 1,
                "cannot use a chain's certificate");
  }
  ERR_clear_error();  // of having read to the end
  const Key key = key_from_pem(face.key, "the server's key");
  require_tls(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1, "cannot use the server's key");
  if (!face.version.empty()) {
    const int version = face.version == "1.1"   ? TLS1_1_VERSION
                        : face.version == "1.2" ? TLS1_2_VERSION
                                                : TLS1_3_VERSION;
    if (version == TLS1_1_VERSION) {
      SSL_CTX_set_security_level(context.get(), 0);  // its signatures are by SHA-1
    }
    require_tls(SSL_CTX_set_min_proto_version(context.get(), version) == 1 &&
                    SSL_CTX_set_max_proto_version(context.get(), version) == 1,
                "cannot set the TLS version");
  }
  if (!face.ciphers.empty()) {
    const bool known = SSL_CTX_set_cipher_list(context.get(), face.ciphers.c_str()) == 1 ||
                       SSL_CTX_set_ciphersuites(context.get(), face.ciphers.c_str()) == 1;
    require_tls(known, "cannot set the ciphers");
    ERR_clear_error();
  }
  return context;
}

TlsEnd::TlsEnd(const TlsContext& context) : context_(context), session_(SSL_new(context.get())) {
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  require_tls(session_ && in_ != nullptr && out_ != nullptr, "cannot begin TLS");
  BIO_set_mem_eof_return(in_, -1);  // nothing there yet isn't the end
  SSL_set_bio(session_.get(), in_, out_);
  SSL_set_accept_state(session_.get());
}

std::string TlsEnd::receive(std::string_view wire) {
  BIO_write(in_, wire.data(), static_cast<int>(wire.size()));
  std::string plain;
  char buffer[16384];
  for (;;) {
    ERR_clear_error();
    const int size = SSL_read(session_.get(), buffer, sizeof buffer);
    if (size <= 0) {
      ended_ = ended_ || SSL_get_error(session_.get(), size) != SSL_ERROR_WANT_READ;
      break;
    }
    plain.append(buffer, static_cast<std::size_t>(size));
  }
  ERR_clear_error();
  push();
  return plain;
}

void TlsEnd::send(std::string_view plain) {
  unsent_.append(plain);
  push();
}

void TlsEnd::push() {
  if (!unsent_.empty() && SSL_is_init_finished(session_.get()) && !ended_) {
    ERR_clear_error();
    // Memory takes all at once, in records of up to 16 KiB.
    if (SSL_write(session_.get(), unsent_.data(), static_cast<int>(unsent_.size())) > 0) {
      unsent_.clear();
    }
  }
}

std::string TlsEnd::take_wire() {
  std::string wire(BIO_ctrl_pending(out_), '\0');
  if (!wire.empty()) {
    BIO_read(out_, wire.data(), static_cast<int>(wire.size()));
  }
  return wire;
}

void TlsEnd::end() {
  ERR_clear_error();
  if (SSL_is_init_finished(session_.get())) {
    SSL_shutdown(session_.get());
  }
  ERR_clear_error();
}

}  // namespace hubtwin::hub::proxy
