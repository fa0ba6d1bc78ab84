// SPDX-License-Identifier: MIT
// TLS against OpenSSL, without a network.
#include "support/certificates.hpp"
#include "support/fake_clock.hpp"
#include "tls_peer.hpp"
#include <hubtwin/mbedtls/tls_stream.hpp>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;
using namespace std::chrono_literals;
using Flaw = Authority::Flaw;

namespace {

const Authority& authority() {
  static const Authority made;
  return made;
}

UtcTime today() {
  return UtcTime(std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch()));
}

// With the closing NUL that PEM needs.
std::string pem(const std::string& file) {
  std::ifstream stream(file);
  return std::string(std::istreambuf_iterator<char>(stream), {}) + '\0';
}

struct Bench {
  explicit Bench(Flaw flaw = Flaw::kNone)
      : files(authority().issue(flaw)), peer(files.certificate, files.key) {
    clock.set_utc(today());
    REQUIRE(config.trust_file(authority().ca_file().c_str()).ok());
  }

  // Until the link stands or fails.
  Result<bool> connect(const std::string& host = "localhost") {
    const Status opened = stream.open(host, 8883);
    if (!opened.ok()) {
      return opened;
    }
    for (int step = 0; step < 100000; ++step) {
      const Result<bool> ready = stream.advance(clock.now());
      if (!ready.ok() || *ready) {
        return ready;
      }
    }
    return false;
  }
  std::string read_all() {
    std::string text;
    std::uint8_t room[700];
    for (std::size_t idle = 0; idle < 20000; ++idle) {
      const Result<std::size_t> got = stream.read(ByteSpan(room));
      REQUIRE(got.ok());
      text.append(room, room + *got);
      idle = *got != 0 ? 0 : idle;
    }
    return text;
  }

  Authority::Files files;
  FakeClock clock;
  mbedtls::MbedtlsRandom random{"test"};
  mbedtls::TlsConfig config{clock, random};
  TlsPeer peer;
  mbedtls::TlsStream stream{peer, config};
};

}  // namespace

TEST_CASE("tls: a trusted server, in portions of any size -> texts pass both ways") {
  Bench bench;
  bench.peer.portion = GENERATE(1U, 100U, 100000U);
  REQUIRE(*bench.connect());
  REQUIRE(std::string(SSL_get_servername(bench.peer.session(), TLSEXT_NAMETYPE_host_name)) ==
          "localhost");
  const std::string request(5000, 'q');
  std::size_t sent = 0;
  while (sent < request.size()) {
    const Result<std::size_t> taken =
        bench.stream.write(ByteView(as_bytes(request).data() + sent, request.size() - sent));
    REQUIRE(taken.ok());
    sent += *taken;
  }
  REQUIRE(bench.peer.received == request);
  REQUIRE(*bench.stream.read(ByteSpan()) == 0);  // no room isn't the end
  const std::string answer(20000, 'a');
  bench.peer.send(answer);
  REQUIRE(*bench.stream.read(ByteSpan()) == 0);
  REQUIRE(bench.read_all() == answer);
}

// With P-384, where mbedTLS 2.28 begins by itself, a microcontroller takes twice as long.
TEST_CASE("tls: a server that takes any curve -> keys are agreed on a cheap one") {
  Bench bench;
  REQUIRE(*bench.connect());
  const int curve = static_cast<int>(SSL_get_negotiated_group(bench.peer.session()));
  CAPTURE(curve);
  REQUIRE((curve == NID_X9_62_prime256v1 || curve == NID_X25519));
}

TEST_CASE("tls: a server that takes P-384 alone -> keys are agreed on that") {
  Bench bench;
  REQUIRE(SSL_CTX_set1_groups_list(bench.peer.context(), "P-384") == 1);
  REQUIRE(*bench.connect());
  REQUIRE(SSL_get_negotiated_group(bench.peer.session()) == NID_secp384r1);
}

TEST_CASE("tls: one step of the handshake at a time, and the next one at once") {
  Bench bench;
  REQUIRE(bench.stream.open("localhost", 8883).ok());
  REQUIRE(bench.stream.open("localhost", 8883).error() == Error::kWrongState);
  int steps = 0;
  for (; !*bench.stream.advance(bench.clock.now()); ++steps) {
    REQUIRE(bench.stream.next_deadline() == kAtOnce);
    REQUIRE(bench.stream.read(ByteSpan()).error() == Error::kWrongState);
  }
  REQUIRE(steps > 5);
  REQUIRE(bench.stream.next_deadline() == kNever);
}

TEST_CASE("tls: a stream that takes nothing for a while -> the same bytes again, none twice") {
  Bench bench;
  REQUIRE(*bench.connect());
  bench.peer.writable = 10;
  REQUIRE(*bench.stream.write(as_bytes("first")) == 0);
  REQUIRE(*bench.stream.write(as_bytes("first and second")) == 0);
  bench.peer.writable = 100000;
  const std::string both = "first and second";
  const std::size_t taken = *bench.stream.write(as_bytes(both));
  REQUIRE(taken == 5);
  REQUIRE(*bench.stream.write(as_bytes(both.substr(taken))) == both.size() - taken);
  REQUIRE(bench.peer.received == both);
}

TEST_CASE("tls: a server that isn't to be trusted -> its reason, and mbedTLS's flags") {
  SECTION("another authority") {
    const Authority other;
    Bench bench;
    mbedtls::TlsConfig config(bench.clock, bench.random);
    REQUIRE(config.trust(as_bytes(pem(other.ca_file()))).ok());
    mbedtls::TlsStream stream(bench.peer, config);
    REQUIRE(stream.open("localhost", 8883).ok());
    Result<bool> ready = false;
    while (ready.ok() && !*ready) {
      ready = stream.advance(bench.clock.now());
    }
    REQUIRE(ready.error() == Error::kTlsUnknownCa);
    REQUIRE(ready.status().tls_code() != 0);
    REQUIRE_FALSE(bench.peer.is_open());
  }
  SECTION("another host") {
    Bench bench(Flaw::kOtherHost);
    REQUIRE(bench.connect().error() == Error::kTlsWrongHost);
    REQUIRE(bench.connect("127.0.0.1").error() == Error::kTlsWrongHost);
  }
  SECTION("expired") {
    Bench bench(Flaw::kExpired);
    REQUIRE(bench.connect().error() == Error::kTlsExpired);
  }
  SECTION("of tomorrow") {
    Bench bench(Flaw::kNotYetValid);
    REQUIRE(bench.connect().error() == Error::kTlsNotYetValid);
  }
}

TEST_CASE("tls: a server named by its address -> held against the certificate's addresses") {
  Bench bench;
  REQUIRE(*bench.connect("127.0.0.1"));
  bench.stream.close();
  REQUIRE(bench.connect("127.0.0.2").error() == Error::kTlsWrongHost);
  REQUIRE(bench.connect("127.0.0.1.").error() == Error::kTlsWrongHost);
  REQUIRE(bench.connect("127.0.0.256").error() == Error::kTlsWrongHost);
}

TEST_CASE("tls: dates are held against our clock, and against none while it is unknown") {
  Bench bench;
  bench.clock.set_utc(today() + std::chrono::hours(24 * 365 * 50));
  REQUIRE(bench.connect().error() == Error::kTlsExpired);
  bench.clock.set_utc(UtcTime(0s));
  REQUIRE(bench.connect().error() == Error::kTlsNotYetValid);
  bench.clock.set_utc(today());
  REQUIRE(*bench.connect());
  Bench late(Flaw::kExpired);
  late.clock.forget_utc();
  REQUIRE(*late.connect());
}

TEST_CASE("tls: dates of certificates, leap years and centuries") {
  mbedtls_x509_time time{1970, 1, 1, 0, 0, 0};
  REQUIRE(mbedtls::utc_of(time) == UtcTime(0s));
  time = {2000, 2, 29, 23, 59, 59};
  REQUIRE(mbedtls::utc_of(time) == UtcTime(951868799s));
  time = {2000, 3, 1, 0, 0, 0};
  REQUIRE(mbedtls::utc_of(time) == UtcTime(951868800s));
  time = {2100, 3, 1, 0, 0, 0};
  REQUIRE(mbedtls::utc_of(time) == UtcTime(4107542400s));
  time = {9999, 12, 31, 23, 59, 59};
  REQUIRE(mbedtls::utc_of(time) == UtcTime(253402300799s));
}

TEST_CASE("tls: a server of another version -> told as that") {
  Bench bench;
  SSL_CTX_set_security_level(bench.peer.context(), 0);
  SSL_CTX_set_min_proto_version(bench.peer.context(), TLS1_1_VERSION);
  SSL_CTX_set_max_proto_version(bench.peer.context(), TLS1_1_VERSION);
  REQUIRE(bench.connect().error() == Error::kTlsNoCommonVersion);
}

TEST_CASE("tls: a server with other ciphers -> told as that") {
  Bench bench;
  SSL_CTX_set_max_proto_version(bench.peer.context(), TLS1_2_VERSION);
  // Without a certificate, which no client of ours takes.
  SSL_CTX_set_security_level(bench.peer.context(), 0);
  REQUIRE(SSL_CTX_set_cipher_list(bench.peer.context(), "ADH-AES128-GCM-SHA256"));
  REQUIRE(bench.connect().error() == Error::kTlsNoCommonCipher);
}

TEST_CASE("tls: refused for what isn't version or cipher -> told as neither") {
  Bench bench;
  SSL_CTX_set_client_hello_cb(
      bench.peer.context(),
      [](SSL*, int* alert, void*) {
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_CLIENT_HELLO_ERROR;
      },
      nullptr);
  REQUIRE(bench.connect().error() == Error::kTlsFailed);
}

TEST_CASE("tls: the peer closes, or the link is cut -> link lost, and a new one can be made") {
  Bench bench;
  REQUIRE(*bench.connect());
  SECTION("with a word") {
    SSL_shutdown(bench.peer.session());
  }
  SECTION("without") {
    bench.peer.cut();
  }
  std::uint8_t room[10];
  REQUIRE(bench.stream.read(ByteSpan(room)).error() == Error::kLinkLost);
  REQUIRE_FALSE(bench.peer.is_open());
  REQUIRE(*bench.connect());
}

TEST_CASE("tls: closed by us -> the peer is told") {
  Bench bench;
  REQUIRE(*bench.connect());
  bench.stream.close();
  char room[10];
  REQUIRE(SSL_read(bench.peer.session(), room, sizeof room) <= 0);
  REQUIRE((SSL_get_shutdown(bench.peer.session()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

TEST_CASE("tls: a peer that speaks something else -> TLS failed") {
  Bench bench;
  REQUIRE(bench.stream.open("localhost", 8883).ok());
  BIO_write(SSL_get_wbio(bench.peer.session()), "\x20\x02\x00\x00garbage", 11);
  Result<bool> ready = false;
  while (ready.ok() && !*ready) {
    ready = bench.stream.advance(bench.clock.now());
  }
  REQUIRE(ready.error() == Error::kTlsFailed);
  REQUIRE(ready.status().tls_code() != 0);
}

TEST_CASE("tls: a client's certificate is shown to a server that asks") {
  Bench bench;
  SSL_CTX_set_verify(bench.peer.context(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     [](int, X509_STORE_CTX*) { return 1; });
  REQUIRE(
      bench.config.identify(as_bytes(pem(bench.files.certificate)), as_bytes(pem(bench.files.key)))
          .ok());
  REQUIRE(*bench.connect());
  X509* const shown = SSL_get1_peer_certificate(bench.peer.session());
  REQUIRE(shown != nullptr);
  X509_free(shown);
}

TEST_CASE("tls: trust and identity that can't be read or don't fit -> said at once") {
  Bench bench;
  REQUIRE(bench.config.trust(as_bytes("garbage")).error() == Error::kTlsTrustUnreadable);
  REQUIRE(bench.config.trust_file("/nowhere/ca.pem").error() == Error::kTlsTrustUnreadable);
  REQUIRE(bench.config.trust_file(bench.files.key.c_str()).error() == Error::kTlsTrustUnreadable);
  const std::string key = pem(bench.files.key);
  REQUIRE(bench.config.trust(as_bytes(key)).error() == Error::kTlsTrustUnreadable);
  const std::string other = pem(authority().issue(Flaw::kNone).certificate);
  REQUIRE(bench.config.identify(as_bytes(other), as_bytes(key)).error() ==
          Error::kCredentialConflict);
  mbedtls::TlsConfig nobody(bench.clock, bench.random);
  mbedtls::TlsStream stream(bench.peer, nobody);
  REQUIRE(stream.open("localhost", 8883).ok());
  Result<bool> ready = false;
  while (ready.ok() && !*ready) {
    ready = stream.advance(bench.clock.now());
  }
  REQUIRE(ready.error() == Error::kTlsUnknownCa);
  const std::string long_name(300, 'h');
  REQUIRE(stream.open(long_name, 8883).error() == Error::kInvalidArgument);
}

TEST_CASE(
    "tls: trust is replaced while it runs -> the new roots alone count, a bad bundle changes "
    "nothing") {
  Bench bench;
  REQUIRE(bench.connect().value_or(false));
  const Authority other;
  mbedtls::TlsTrust trust(bench.config);
  REQUIRE(trust.replace(as_bytes(pem(other.ca_file()))).ok());
  bench.stream.close();
  REQUIRE(bench.connect().error() == Error::kTlsUnknownCa);

  const std::string both =
      pem(other.ca_file()).substr(0, pem(other.ca_file()).size() - 1) + pem(authority().ca_file());
  REQUIRE(trust.replace(as_bytes(both)).ok());
  bench.stream.close();
  REQUIRE(bench.connect().value_or(false));

  const std::string half = pem(other.ca_file()).substr(0, 300) + '\0';
  const std::string spoilt = pem(other.ca_file()).substr(0, pem(other.ca_file()).size() - 1) + half;
  for (const std::string& bad : {std::string(), std::string("x"), half, spoilt}) {
    const Status refused = trust.replace(as_bytes(bad));
    REQUIRE(refused.error() == Error::kTlsTrustUnreadable);
    REQUIRE(refused.tls_code() != 0);
  }
  bench.stream.close();
  REQUIRE(bench.connect().value_or(false));
}
