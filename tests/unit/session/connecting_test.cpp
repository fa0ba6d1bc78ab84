// SPDX-License-Identifier: MIT
#include "session_world.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::ConnectionState;
using hubtwin::Error;
using hubtwin::Status;
using hubtwin::test::SessionWorld;
using Strings = std::vector<std::string>;

TEST_CASE("session: open -> CONNECT with the identity's user name and token, SUBSCRIBE, ready") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  CHECK(w.states.empty());  // callbacks run only inside poll()
  REQUIRE(w.run_to(ConnectionState::kConnected));
  REQUIRE(w.transport.connects().size() == 1);
  const auto& connect = w.transport.connects()[0];
  CHECK(connect.host == "contoso.azure-devices.net");
  CHECK(connect.port == 8883);
  CHECK(connect.client_id == "dev1");
  CHECK(connect.user_name.rfind("contoso.azure-devices.net/dev1/?api-version=2021-04-12", 0) == 0);
  CHECK(connect.password.rfind(
            "SharedAccessSignature sr=contoso.azure-devices.net%2Fdevices%2Fdev1&sig=", 0) == 0);
  CHECK(w.transport.subscribed_to("topic/#"));
  CHECK(w.states == Strings{"connecting/no error", "subscribing/no error", "connected/no error"});
  CHECK(w.feature.events == Strings{"ready"});
  CHECK(w.session.counters().connects == 1);
}

TEST_CASE("session: module identity -> client id of device and module, host room shared") {
  SessionWorld w(hubtwin::SessionOptions(),
                 "HostName=h.example;DeviceId=d;ModuleId=m;GatewayHostName=edge.example;"
                 "SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  CHECK(w.transport.connects()[0].client_id == "d/m");
  CHECK(w.transport.connects()[0].host == "edge.example");
  CHECK(w.transport.connects()[0].user_name.rfind("h.example/d/m/?", 0) == 0);
  CHECK(w.session.is_module());
}

TEST_CASE("session: clock not set -> waits for time, then connects without help") {
  SessionWorld w;
  w.transport.set_automatic(true);
  w.world.clock.forget_utc();
  REQUIRE(w.session.open().ok());
  w.world.run_for(10min);
  CHECK(w.session.status().state == ConnectionState::kWaitingForTime);
  CHECK(w.session.status().reason.error() == Error::kWaitingForTime);
  CHECK(w.transport.connects().empty());
  w.world.clock.set_utc(hubtwin::UtcTime(std::chrono::seconds(1000)));  // 1970 isn't a time either
  w.world.run_for(10s);
  CHECK(w.transport.connects().empty());
  w.world.clock.set_utc(hubtwin::UtcTime(std::chrono::seconds(1800000000)));
  REQUIRE(w.run_to(ConnectionState::kConnected, 5s));
}

TEST_CASE("session: credentials of kinds not there yet -> not supported, by name") {
  SessionWorld x509(hubtwin::SessionOptions(), "HostName=h.example;DeviceId=d;x509=true");
  CHECK(x509.session.open().error() == Error::kNotSupported);
  SessionWorld provisioned(hubtwin::SessionOptions(), "DeviceId=d;UseProvisioning=true");
  CHECK(provisioned.session.open().error() == Error::kNotSupported);
}

TEST_CASE("session: options out of range -> invalid argument") {
  hubtwin::SessionOptions options;
  options.keep_alive = 1s;
  SessionWorld w(options);
  CHECK(w.session.open().error() == Error::kInvalidArgument);
}

TEST_CASE("session: ready-made token past its expiry -> token expired, no attempt made") {
  SessionWorld w(hubtwin::SessionOptions(),
                 "HostName=h.example;DeviceId=d;SharedAccessSignature=SharedAccessSignature "
                 "sr=h.example%2Fdevices%2Fd&sig=c2ln&se=1700000000");
  w.world.clock.set_utc(hubtwin::UtcTime(std::chrono::seconds(1800000000)));
  REQUIRE(w.session.open().ok());
  w.world.settle();
  CHECK(w.session.status().state == ConnectionState::kWaitingToRetry);
  CHECK(w.session.status().reason.error() == Error::kTokenExpired);
  CHECK(w.transport.connects().empty());
}

TEST_CASE("session: refused credentials -> its reason, and the slow lane") {
  SessionWorld w;
  REQUIRE(w.session.open().ok());
  w.world.settle();
  w.transport.refuse(Status::with_mqtt_code(Error::kRefusedCredentials, 5));
  w.world.settle();
  const auto status = w.session.status();
  CHECK(status.state == ConnectionState::kWaitingToRetry);
  CHECK(status.reason.error() == Error::kRefusedCredentials);
  CHECK(status.reason.mqtt_code() == 5);
  CHECK(status.next_retry_in >= 1min);
  CHECK(status.reason_class() == hubtwin::ErrorClass::kCredentials);
  CHECK(w.session.counters().failures_of(hubtwin::ErrorClass::kCredentials) == 1);
  CHECK(w.session.counters().failures_of(hubtwin::ErrorClass::kNetwork) == 0);
  CHECK(w.feature.events.empty());
}

TEST_CASE("session: refused credentials after the clock stepped -> clock suspect") {
  SessionWorld w;
  REQUIRE(w.session.open().ok());
  w.world.settle();
  w.world.clock.set_utc(hubtwin::UtcTime(std::chrono::seconds(1900000000)));
  w.transport.refuse(Status::with_mqtt_code(Error::kRefusedCredentials, 5));
  w.world.settle();
  CHECK(w.session.status().reason.error() == Error::kClockSuspect);
}

TEST_CASE("session: no CONNACK, or no SUBACK, in time -> given up and retried") {
  SessionWorld w;
  REQUIRE(w.session.open().ok());
  w.world.run_for(61s);
  CHECK(std::count(w.states.begin(), w.states.end(), "waiting to retry/no answer to connect") == 1);
  REQUIRE(w.run_to(ConnectionState::kConnecting));
  w.transport.accept();
  w.world.settle();
  CHECK(w.session.status().state == ConnectionState::kSubscribing);
  w.world.run_for(61s);
  CHECK(w.session.counters().disconnects == 1);
  CHECK(w.session.counters().failures_of(hubtwin::ErrorClass::kNetwork) == 1);
  CHECK(w.session.counters().failures_of(hubtwin::ErrorClass::kService) == 1);
  REQUIRE(w.transport.connects().size() >= 2);
}

TEST_CASE("session: refused filter -> link dropped with the reason") {
  SessionWorld w;
  REQUIRE(w.session.open().ok());
  w.world.settle();
  w.transport.accept();
  w.world.settle();
  w.transport.suback(w.transport.subscribes().back().packet_id, false);
  w.world.settle();
  CHECK(w.session.status().reason.error() == Error::kSubscribeRefused);
  CHECK(w.feature.events == Strings{"lost: subscription refused"});
  CHECK(std::count(w.states.begin(), w.states.end(), "connected/no error") == 0);
}

TEST_CASE("session: subject wants more filters as its link is being dropped -> no SUBSCRIBE") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  w.session.drop_link(Error::kProtocolViolation);
  w.session.subscriptions_changed(w.feature);
  w.session.poll();
  CHECK(w.transport.subscribes().size() == 1);
  CHECK(w.session.status().reason.error() == Error::kProtocolViolation);
}

TEST_CASE("session: transport can't take SUBSCRIBE now -> asked again soon") {
  SessionWorld w;
  w.transport.set_automatic(true);
  w.transport.refuse_subscribes(3);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected, 5s));
}

TEST_CASE("session: subject gets its first handler on a standing link -> subscribed then") {
  SessionWorld w;
  w.transport.set_automatic(true);
  w.feature.wanted = false;
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  CHECK(w.transport.subscribes().empty());
  w.feature.wanted = true;
  w.session.subscriptions_changed(w.feature);
  w.world.settle();
  CHECK(w.transport.subscribed_to("topic/#"));
  CHECK(w.feature.events == Strings{"ready", "ready"});
}

TEST_CASE("session: network changed -> link dropped and made anew at once") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  w.session.network_changed();
  REQUIRE(w.world.run_until([&] { return w.transport.connects().size() == 2; }, 10ms));
}

TEST_CASE("session: message on a foreign topic -> dropped and counted, the link stays") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  w.transport.deliver("elsewhere", "x");
  w.transport.deliver("topic/a", "y");
  w.world.settle();
  CHECK(w.session.counters().foreign_topics == 1);
  CHECK(w.feature.events == Strings{"ready", "message topic/a", "end y"});
  CHECK(w.session.status().state == ConnectionState::kConnected);
}

TEST_CASE("session: message before SUBSCRIBE from a stored session -> reaches its subject") {
  SessionWorld w;
  REQUIRE(w.session.open().ok());
  w.world.settle();
  w.transport.accept(true);
  w.transport.deliver("topic/early", "z");
  w.world.settle();
  CHECK(w.feature.events == Strings{"message topic/early", "end z"});
}

TEST_CASE("session: close in every state -> closed, and open again works") {
  for (const int stage : {0, 1, 2, 3, 4}) {
    CAPTURE(stage);
    SessionWorld w;
    REQUIRE(w.session.open().ok());
    if (stage >= 1) {
      w.world.settle();
    }
    if (stage == 2) {
      w.transport.accept();
      w.world.settle();
    } else if (stage == 3) {
      w.transport.accept();
      w.world.settle();
      w.transport.grant();
      w.world.settle();
      REQUIRE(w.session.ready());
    } else if (stage == 4) {
      w.transport.refuse(Error::kConnectRefused);
      w.world.settle();
    }
    CHECK(w.session.open().error() == Error::kWrongState);
    w.session.close();
    CHECK_FALSE(w.session.ready());
    w.world.settle();
    CHECK(w.session.status().state == ConnectionState::kClosed);
    CHECK(w.states.back() == "closed/closed by the application");
    CHECK(w.feature.events.back() == "close");
    CHECK(w.session.next_deadline() == hubtwin::kNever);
    w.transport.set_automatic(true);
    REQUIRE(w.session.open().ok());
    CHECK(w.run_to(ConnectionState::kConnected));
  }
}

TEST_CASE("session: closed inside the connection handler -> no further state is entered") {
  SessionWorld w;
  w.transport.set_automatic(true);
  w.session.set_handler([&w](const hubtwin::ConnectionStatus& status) {
    w.states.push_back(to_string(status.state));
    if (status.state == ConnectionState::kConnected) {
      w.session.close();
    }
  });
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kClosed));
  CHECK(w.states.back() == "closed");
  CHECK(w.feature.events == Strings{"lost: closed by the application", "close"});
}

TEST_CASE("session: no key, token or password in any log line or state text") {
  SessionWorld w;
  w.transport.set_automatic(true);
  REQUIRE(w.session.open().ok());
  REQUIRE(w.run_to(ConnectionState::kConnected));
  w.transport.cut();
  w.world.run_for(10min);
  REQUIRE(w.world.log.lines().empty() != hubtwin::test::kLogs);
  for (const auto& line : w.world.log.lines()) {
    CHECK(line.text.find("sig=") == std::string::npos);
    CHECK(line.text.find("MDEyMzQ1") == std::string::npos);
    CHECK(line.text.find("0123456789abcdef") == std::string::npos);
  }
}
