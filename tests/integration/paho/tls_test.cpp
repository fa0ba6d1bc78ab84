// SPDX-License-Identifier: MIT
#include "broker.hpp"
#include "fake_broker.hpp"
#include "rig.hpp"
#include "support/certificates.hpp"

#include <fstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

namespace {

using hubtwin::Error;
using hubtwin::Status;
using hubtwin::paho::Options;
using hubtwin::test::Authority;
using Flaw = Authority::Flaw;

const Authority& authority() {
  static const Authority made;
  return made;
}

class TlsBroker {
 public:
  explicit TlsBroker(Flaw flaw) : files_(authority().issue(flaw)) {}
  std::uint16_t port() const { return broker_.port(); }

 private:
  Authority::Files files_;
  Broker broker_{files_.certificate, files_.key};
};

Options trusting(const std::string& ca_file) {
  Options options;
  options.ca_file = ca_file;
  return options;
}

Status refusal(const Options& options, std::uint16_t port, const std::string& host) {
  Rig rig(options);
  const Status status = rig.refusal(port, host);
  CHECK(rig.record.connects == 0);
  return status;
}

TEST_CASE("tls: a trusted server, by name and by address -> connected") {
  const TlsBroker broker(Flaw::kNone);
  Rig rig(trusting(authority().ca_file()));
  for (const char* const host : {"localhost", "127.0.0.1"}) {
    rig.connect_and_wait(broker.port(), host);
    rig.subscribe_and_wait("t");
    REQUIRE(rig.publish("t", "hello").ok());
    CHECK(rig.until([&] { return !rig.record.messages.empty(); }));
    rig.transport->disconnect();
    CHECK(rig.end().error() == Error::kClosed);
  }
}

TEST_CASE("tls: trust in a directory -> connected") {
  const TlsBroker broker(Flaw::kNone);
  Options options;
  options.ca_directory = authority().ca_directory();
  Rig rig(options);
  rig.connect_and_wait(broker.port(), "localhost");
}

TEST_CASE("tls: another authority -> unknown CA") {
  const TlsBroker broker(Flaw::kNone);
  const Authority other;
  const Status status = refusal(trusting(other.ca_file()), broker.port(), "localhost");
  CHECK(status.error() == Error::kTlsUnknownCa);
  CHECK(status.tls_code() != 0);
}

TEST_CASE("tls: no CA named -> the system's trust store, which doesn't know ours") {
  const TlsBroker broker(Flaw::kNone);
  CHECK(refusal(Options(), broker.port(), "localhost").error() == Error::kTlsUnknownCa);
}

TEST_CASE("tls: a certificate for another host -> wrong host") {
  const TlsBroker broker(Flaw::kOtherHost);
  const Options options = trusting(authority().ca_file());
  CHECK(refusal(options, broker.port(), "localhost").error() == Error::kTlsWrongHost);
  CHECK(refusal(options, broker.port(), "127.0.0.1").error() == Error::kTlsWrongHost);
}

TEST_CASE("tls: an expired certificate -> expired") {
  const TlsBroker broker(Flaw::kExpired);
  CHECK(refusal(trusting(authority().ca_file()), broker.port(), "localhost").error() ==
        Error::kTlsExpired);
}

TEST_CASE("tls: a certificate of tomorrow -> not yet valid") {
  const TlsBroker broker(Flaw::kNotYetValid);
  CHECK(refusal(trusting(authority().ca_file()), broker.port(), "localhost").error() ==
        Error::kTlsNotYetValid);
}

TEST_CASE("tls: a server that speaks plain MQTT -> TLS failure") {
  const Broker broker;
  const Error reason = refusal(trusting(authority().ca_file()), broker.port(), "localhost").error();
  // Mosquitto closes on the first strange byte, with or without a reset.
  CHECK((reason == Error::kTlsFailed || reason == Error::kLinkLost));
}

TEST_CASE("tls: nobody listens -> refused") {
  CHECK(refusal(trusting(authority().ca_file()), free_port(), "localhost").error() ==
        Error::kConnectRefused);
}

TEST_CASE("tls: trust that can't be read -> said at once or before anything is sent") {
  const TemporaryDirectory directory;
  const std::string empty = directory.path().string() + "/empty.pem";
  std::ofstream(empty).close();
  const std::string garbage = directory.path().string() + "/garbage.pem";
  std::ofstream(garbage) << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const std::string key = authority().issue(Flaw::kNone).key;
  const std::uint16_t port = free_port();

  for (const std::string& file :
       {directory.path().string() + "/missing.pem", empty, directory.path().string()}) {
    Rig rig(trusting(file));
    INFO(file);
    CHECK(rig.connect(port).error() == Error::kTlsTrustUnreadable);
    CHECK_FALSE(rig.record.linked);
  }
  for (const std::string& file : {garbage, key}) {
    INFO(file);
    // Nobody listens there: were it tried, the reason would be another.
    CHECK(refusal(trusting(file), port, "localhost").error() == Error::kTlsTrustUnreadable);
  }
  for (const std::string& path :
       {directory.path().string() + "/missing", directory.path().string(), empty}) {
    Options options;
    options.ca_directory = path;
    Rig rig(options);
    INFO(path);
    CHECK(rig.connect(port).error() == Error::kTlsTrustUnreadable);
  }
}

TEST_CASE("tls: trust that is mended after a failure -> connected without a new transport") {
  const TlsBroker broker(Flaw::kNone);
  const Authority other;
  const TemporaryDirectory directory;
  const std::string file = directory.path().string() + "/ca.pem";
  const auto copy = [&file](const std::string& from) {
    std::ofstream(file) << std::ifstream(from).rdbuf();
  };
  copy(other.ca_file());
  Rig rig(trusting(file));
  CHECK(rig.refusal(broker.port(), "localhost").error() == Error::kTlsUnknownCa);
  copy(authority().ca_file());
  rig.connect_and_wait(broker.port(), "localhost");
}

}  // namespace
