// SPDX-License-Identifier: MIT
#include "session_world.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::ConnectionState;
using hubtwin::ConnectionStatus;
using hubtwin::Error;
using hubtwin::Identity;
using hubtwin::Lifetime;
using hubtwin::Qos;
using hubtwin::Status;
using hubtwin::test::SessionWorld;

namespace {

constexpr std::string_view kHost = "contoso.azure-devices.net";
constexpr std::string_view kOtherHost = "much-longer-name.fabrikam.azure-devices.net";
constexpr std::string_view kOtherKey = "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyISE=";

Identity identity_of(std::string_view host, std::string_view device, std::string_view key) {
  Identity identity;
  identity.host = host;
  identity.device_id = device;
  identity.secret = hubtwin::SecretView(key);
  return identity;
}

struct Connected : SessionWorld {
  Connected() {
    transport.set_automatic(true);
    REQUIRE(session.open().ok());
    REQUIRE(run_to(ConnectionState::kConnected));
  }
};

}  // namespace

TEST_CASE("update identity: connected -> planned reconnect to the new host with the new key") {
  Connected w;
  REQUIRE(w.session
              .post(&w.feature, "out", hubtwin::as_bytes("kept"), Qos::kAtLeastOnce,
                    Lifetime::kUntilSent)
              .ok());
  REQUIRE(w.session.update_identity(identity_of(kOtherHost, "dev1", kOtherKey)).ok());
  REQUIRE(w.world.run_until([&] { return w.session.counters().renewals == 1; }, 1s));
  REQUIRE(w.run_to(ConnectionState::kConnected, 1s));
  REQUIRE(w.transport.connects().size() == 2);
  CHECK(w.transport.connects()[1].host == kOtherHost);
  CHECK(w.transport.connects()[1].client_id == "dev1");
  CHECK(w.transport.connects()[1].user_name.find(kOtherHost) == 0);
  CHECK(w.transport.connects()[0].password != w.transport.connects()[1].password);
  CHECK(w.session.counters().disconnects == 0);
  CHECK(w.session.device_id() == "dev1");
  w.world.settle();
  CHECK(w.transport.published_to("out").size() == 1);
}

TEST_CASE("update identity: by views of the client's own ids, host shorter or longer -> ids stay") {
  Connected w;
  unsigned renewals = 0;
  for (const std::string_view host : {kOtherHost, std::string_view("h.net"), kHost}) {
    ++renewals;
    REQUIRE(w.session.update_identity(identity_of(host, w.session.device_id(), kOtherKey)).ok());
    REQUIRE(w.world.run_until([&] { return w.session.counters().renewals == renewals; }, 1s));
    REQUIRE(w.run_to(ConnectionState::kConnected, 1s));
    CHECK(w.transport.connects().back().client_id == "dev1");
    CHECK(w.transport.connects().back().host == host);
  }
}

TEST_CASE("update identity: the primary key is refused -> the secondary one, at once") {
  SessionWorld w;
  REQUIRE(w.session.open().ok());
  int secondary = 0;
  w.session.set_handler([&](const ConnectionStatus& status) {
    if (status.state == ConnectionState::kWaitingToRetry &&
        status.reason.error() == Error::kRefusedCredentials) {
      ++secondary;
      REQUIRE(w.session.update_identity(identity_of(kHost, "dev1", kOtherKey)).ok());
    }
  });
  REQUIRE(w.world.run_until([&] { return w.transport.connects().size() == 1; }, 1s));
  w.transport.refuse(Status::with_mqtt_code(Error::kRefusedCredentials, 5));
  REQUIRE(w.world.run_until([&] { return w.transport.connects().size() == 2; }, 1s));
  CHECK(secondary == 1);
  CHECK(w.transport.connects()[0].password != w.transport.connects()[1].password);
}

TEST_CASE("update identity: while a link is being made -> given up, made anew with the new key") {
  SessionWorld w;
  REQUIRE(w.session.open().ok());
  REQUIRE(w.world.run_until([&] { return w.transport.connects().size() == 1; }, 1s));
  REQUIRE(w.session.update_identity(identity_of(kOtherHost, "dev1", kOtherKey)).ok());
  REQUIRE(w.world.run_until([&] { return w.transport.connects().size() == 2; }, 1s));
  CHECK(w.transport.connects()[1].host == kOtherHost);
}

TEST_CASE("update identity: while a planned renewal connects -> made anew with the new key") {
  Connected w;
  w.transport.set_automatic(false);
  REQUIRE(w.session.update_identity(identity_of(kHost, "dev1", kOtherKey)).ok());
  REQUIRE(w.world.run_until([&] { return w.transport.connects().size() == 2; }, 1s));
  w.transport.set_automatic(true);
  REQUIRE(w.session.update_identity(identity_of(kOtherHost, "dev1", kOtherKey)).ok());
  REQUIRE(w.world.run_until([&] { return w.transport.connects().size() == 3; }, 1s));
  CHECK(w.transport.connects()[2].host == kOtherHost);
  REQUIRE(w.run_to(ConnectionState::kConnected, 1s));
  CHECK(w.session.counters().disconnects == 0);
}

TEST_CASE("update identity: what can't be -> refused by name, and the one before stays") {
  Connected w;
  const std::string long_host(200, 'h');
  const std::string long_key = std::string(400, 'A');
  CHECK(w.session.update_identity(identity_of(kHost, "dev2", kOtherKey)).error() ==
        Error::kInvalidArgument);
  CHECK(w.session.update_identity(identity_of("", "dev1", kOtherKey)).error() ==
        Error::kConnectionStringMissingKey);
  CHECK(w.session.update_identity(identity_of(long_host, "dev1", kOtherKey)).error() ==
        Error::kNoSpace);
  CHECK(w.session.update_identity(identity_of(kHost, "dev1", "not base64")).error() ==
        Error::kKeyNotBase64);
  CHECK(w.session.update_identity(identity_of(kHost, "dev1", long_key)).error() == Error::kNoSpace);
  Identity identity = identity_of(kHost, "dev1", "");
  identity.credential = hubtwin::CredentialKind::kX509;
  CHECK(w.session.update_identity(identity).error() == Error::kNotSupported);
  w.world.settle();
  CHECK(w.transport.connects().size() == 1);
  w.session.network_changed();
  REQUIRE(w.world.run_until([&] { return w.transport.connects().size() == 2; }, 1s));
  CHECK(w.transport.connects()[1].host == kHost);
  // The same key: only the expiry differs, and with the clock where it was not even that.
  CHECK(w.transport.connects()[1].user_name == w.transport.connects()[0].user_name);
}

TEST_CASE("update identity: closed -> used at the next open()") {
  SessionWorld w;
  REQUIRE(w.session.update_identity(identity_of(kOtherHost, "dev1", kOtherKey)).ok());
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  CHECK(w.transport.connects()[0].host == kOtherHost);
}
