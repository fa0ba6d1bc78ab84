// SPDX-License-Identifier: MIT
// The proxy as the hub's TLS end.
#include "rig.hpp"
#include "tools/hub/core/certificate.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace hubtwin::hub::proxy {

namespace {

struct Material {
  Material() {
    const Key root_key = make_key();
    root = make_authority(root_key.get(), "root", 10);
    const Key key = make_key();
    face.certificates =
        to_pem(make_server_certificate(key.get(), root.get(), root_key.get(), names, -1, 5).get());
    face.key = to_pem(key.get());
    authority = {to_pem(root.get()), to_pem(root_key.get()), names};
  }
  ProxyOptions options() const {
    ProxyOptions made;
    made.tls = face;
    made.authority = authority;
    return made;
  }

  std::set<std::string> names = {"localhost"};
  Certificate root;
  TlsFace face;
  Authority authority;
};

/// A TLS client in memory over an End.
class TlsDevice {
 public:
  TlsDevice(Rig& rig, X509* root) : rig_(rig), end_(rig.device()) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), root);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    session_.reset(SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in_, -1);
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(session_.get(), in_, out_);
    SSL_set1_host(session_.get(), "localhost");
    SSL_set_connect_state(session_.get());
  }

  /// X509_V_OK, or why the handshake failed: a verification code, or -1.
  long shake_hands() {
    int result = -1;
    rig_.until([&] {
      move();
      result = SSL_do_handshake(session_.get());
      const int why = SSL_get_error(session_.get(), result);
      move();
      return result == 1 || why != SSL_ERROR_WANT_READ || end_->was_reset();
    });
    const long verified = SSL_get_verify_result(session_.get());
    ERR_clear_error();
    return result == 1 || verified != X509_V_OK ? verified : -1;
  }
  void say(const std::string& plain) {
    SSL_write(session_.get(), plain.data(), static_cast<int>(plain.size()));
    move();
  }
  const std::string& heard() {
    move();
    char bytes[4096];
    for (int size; (size = SSL_read(session_.get(), bytes, sizeof bytes)) > 0;) {
      heard_.append(bytes, static_cast<std::size_t>(size));
    }
    return heard_;
  }
  void say_goodbye() {
    SSL_shutdown(session_.get());
    move();
  }
  SSL* session() { return session_.get(); }
  SSL_CTX* context() { return context_.get(); }

 private:
  void move() {
    const std::string& all = end_->heard();
    BIO_write(in_, all.data() + read_, static_cast<int>(all.size() - read_));
    read_ = all.size();
    std::string wire(BIO_ctrl_pending(out_), '\0');
    if (!wire.empty()) {
      BIO_read(out_, wire.data(), static_cast<int>(wire.size()));
      end_->say(wire);
    }
  }

  Rig& rig_;
  std::unique_ptr<End> end_;
  TlsContext context_{SSL_CTX_new(TLS_client_method()), FreeTls()};
  std::unique_ptr<SSL, FreeTls> session_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
  std::size_t read_ = 0;
  std::string heard_;
};

}  // namespace

TEST_CASE("tls: nothing wrong -> packets pass both ways, the hub sees plain MQTT") {
  const Material material;
  Rig rig(material.options());
  TlsDevice device(rig, material.root.get());
  REQUIRE(device.shake_hands() == X509_V_OK);
  const auto hub = rig.hub();
  device.say(connect_packet("pump"));
  CHECK(rig.until([&] { return hub->heard() == connect_packet("pump"); }));
  std::string large = connack_packet(0);
  for (int i = 0; i < 400; ++i) {
    large += publish_packet("a/b", std::string(100, 'x'));
  }
  hub->say(large);
  CHECK(rig.until([&] { return device.heard() == large; }));
  device.say(std::string("\xE0\x00", 2));
  device.say_goodbye();
  CHECK(rig.until([&] { return hub->ended(); }));
  CHECK(hub->heard() == connect_packet("pump") + std::string("\xE0\x00", 2));
}

TEST_CASE("tls: a packet fault -> strikes within TLS") {
  const Material material;
  Rig rig(material.options());
  TlsDevice device(rig, material.root.get());
  REQUIRE(device.shake_hands() == X509_V_OK);
  const auto hub = rig.hub();
  rig.add({{"at", "packet"}, {"do", "lose"}, {"packet", "puback"}});
  hub->say(puback_packet(1) + puback_packet(2));
  CHECK(rig.until([&] { return device.heard() == puback_packet(2); }));
}

TEST_CASE("tls: present a certificate with a flaw -> the client says which") {
  const Material material;
  Rig rig(material.options());
  const auto verdict = [&](const char* certificate) {
    rig.add({{"at", "tls"}, {"do", "present"}, {"certificate", certificate}});
    TlsDevice device(rig, material.root.get());
    return device.shake_hands();
  };
  CHECK(verdict("expired") == X509_V_ERR_CERT_HAS_EXPIRED);
  CHECK(verdict("not-yet-valid") == X509_V_ERR_CERT_NOT_YET_VALID);
  CHECK(verdict("other-host") == X509_V_ERR_HOSTNAME_MISMATCH);
  CHECK(verdict("unknown-root") == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  CHECK(verdict("second-root") == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  CHECK(verdict("cross-signed") == X509_V_OK);
  TlsDevice device(rig, material.root.get());
  CHECK(device.shake_hands() == X509_V_OK);
}

TEST_CASE("tls: present one version or cipher -> that one is used, or none") {
  const Material material;
  Rig rig(material.options());
  for (const char* version : {"1.2", "1.3"}) {
    rig.add({{"at", "tls"}, {"do", "present"}, {"tlsVersion", version}});
    TlsDevice device(rig, material.root.get());
    REQUIRE(device.shake_hands() == X509_V_OK);
    CHECK(SSL_get_version(device.session()) == "TLSv" + std::string(version));
  }
  rig.add({{"at", "tls"}, {"do", "present"}, {"tlsVersion", "1.1"}});
  TlsDevice modern(rig, material.root.get());
  CHECK(modern.shake_hands() == -1);
  rig.add({{"at", "tls"}, {"do", "present"}, {"tlsVersion", "1.1"}});
  TlsDevice ancient(rig, material.root.get());
  SSL_set_security_level(ancient.session(), 0);
  REQUIRE(SSL_set_min_proto_version(ancient.session(), TLS1_1_VERSION) == 1);
  REQUIRE(ancient.shake_hands() == X509_V_OK);
  CHECK(SSL_get_version(ancient.session()) == std::string("TLSv1.1"));
  const Json odd = {{"at", "tls"},
                    {"do", "present"},
                    {"tlsVersion", "1.2"},
                    {"ciphers", "ECDHE-ECDSA-CAMELLIA128-SHA256"}};
  rig.add(odd);
  TlsDevice lenient(rig, material.root.get());
  CHECK(lenient.shake_hands() == -1);  // it doesn't offer that one
  CHECK(rig.refusal({{"at", "tls"}, {"do", "present"}, {"ciphers", "NONSENSE"}})
            .find("can't present itself so: cannot set the ciphers") != std::string::npos);
}

TEST_CASE("tls: reset in the middle of the handshake -> so many bytes came") {
  const Material material;
  Rig rig(material.options());
  rig.add({{"at", "link"}, {"do", "reset"}, {"links", "coming"}, {"bytes", 100}});
  TlsDevice device(rig, material.root.get());
  rig.until([&] { return rig.proxy().links().size() == 1; });
  CHECK(device.shake_hands() == -1);
}

}  // namespace hubtwin::hub::proxy
