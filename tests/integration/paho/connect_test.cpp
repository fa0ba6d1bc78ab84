// SPDX-License-Identifier: MIT
#include "broker.hpp"
#include "fake_broker.hpp"
#include "rig.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;
using hubtwin::Error;
using hubtwin::Status;
using Connection = FakeBroker::Connection;

std::uint8_t byte(const std::string& bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes.at(at));
}

TEST_CASE("connect: plain TCP to a broker -> connected, and closed on request") {
  const Broker broker;
  Rig rig(plain());
  rig.connect_and_wait(broker.port());
  CHECK_FALSE(rig.record.session_present);
  CHECK_FALSE(rig.transport->capabilities().withholds_acknowledgement);
  CHECK_FALSE(rig.transport->capabilities().resends_with_dup);
  rig.transport->disconnect();
  CHECK(rig.end() == Status(Error::kClosed));
}

TEST_CASE("connect: what is asked for -> stands in the CONNECT packet") {
  std::string packet;
  {
    FakeBroker broker([&packet](const Connection& connection) {
      packet = connection.read_packet();
      connection.write(FakeBroker::connack(0, true));
      connection.read_all();
    });
    Rig rig(plain());
    hubtwin::ConnectRequest request;
    request.host = "127.0.0.1";
    request.port = broker.port();
    request.client_id = "device/module";
    request.user_name = "hub/device/?api-version=1";
    const std::string password = "SharedAccessSignature sr=x&sig=y&se=1";
    request.password = hubtwin::SecretView(password);
    request.keep_alive = 300s;
    request.clean_session = false;
    REQUIRE(rig.transport->connect(request).ok());
    rig.record.begin();
    REQUIRE(rig.until([&] { return rig.record.up; }));
    CHECK(rig.record.session_present);
    rig.transport->disconnect();
    CHECK(rig.end().error() == Error::kClosed);
  }
  const std::string expected = std::string("\0\4MQTT\4", 7) + '\xc0' + '\x01' + '\x2c' +
                               std::string("\0\x0d", 2) + "device/module" +
                               std::string("\0\x19", 2) + "hub/device/?api-version=1" +
                               std::string("\0\x25", 2) + "SharedAccessSignature sr=x&sig=y&se=1";
  REQUIRE(byte(packet, 0) == 0x10);
  CHECK(packet.substr(2) == expected);
}

TEST_CASE("connect: an X.509 identity -> user name and no password in the CONNECT packet") {
  std::string packet;
  {
    FakeBroker broker([&packet](const Connection& connection) {
      packet = connection.read_packet();
      connection.write(FakeBroker::connack(0));
      connection.read_all();
    });
    Rig rig(plain());
    hubtwin::ConnectRequest request;
    request.host = "127.0.0.1";
    request.port = broker.port();
    request.client_id = "d";
    request.user_name = "u";
    REQUIRE(rig.transport->connect(request).ok());
    rig.record.begin();
    REQUIRE(rig.until([&] { return rig.record.up; }));
    rig.transport->disconnect();
    CHECK(rig.end().error() == Error::kClosed);
  }
  CHECK(byte(packet, 9) == 0x80);
}

TEST_CASE("connect: each CONNACK code -> its reason and the code") {
  const std::pair<int, Error> reasons[] = {
      {1, Error::kRefusedProtocol},    {2, Error::kRefusedIdentifier},
      {3, Error::kServerUnavailable},  {4, Error::kRefusedCredentials},
      {5, Error::kRefusedCredentials}, {77, Error::kProtocolViolation}};
  for (const auto& [code, reason] : reasons) {
    const FakeBroker broker([code = code](const Connection& connection) {
      connection.read_packet();
      connection.write(FakeBroker::connack(code));
      connection.read_all();
    });
    Rig rig(plain());
    const Status status = rig.refusal(broker.port());
    INFO("CONNACK " << code);
    CHECK(status.error() == reason);
    CHECK(status.mqtt_code() == code);
    CHECK(rig.record.connects == 0);
  }
}

TEST_CASE("connect: nobody listens -> refused") {
  Rig rig(plain());
  const Status status = rig.refusal(free_port());
  CHECK(status.error() == Error::kConnectRefused);
  CHECK(status.os_code() == ECONNREFUSED);
}

TEST_CASE("connect: closed before CONNACK -> link lost") {
  const FakeBroker broker([](const Connection& connection) { connection.read_packet(); });
  Rig rig(plain());
  const Error reason = rig.refusal(broker.port()).error();
  // The look at what went wrong finds the port open, or closed once the server has gone.
  CHECK((reason == Error::kLinkLost || reason == Error::kConnectRefused));
}

TEST_CASE("connect: no CONNACK comes -> timed out when the time has passed, not before") {
  const FakeBroker broker([](const Connection& connection) { connection.read_all(); });
  Rig rig(plain());
  REQUIRE(rig.connect(broker.port()).ok());
  const hubtwin::MonotonicTime start = rig.clock.now();
  rig.transport->poll(start);
  rig.transport->poll(start + 30s - 1ms);
  CHECK(rig.record.linked);
  CHECK(rig.transport->next_deadline() == start + 30s);
  rig.transport->poll(start + 30s);
  REQUIRE_FALSE(rig.record.linked);
  CHECK(rig.record.disconnects.back().error() == Error::kConnectTimeout);
  CHECK(rig.transport->next_deadline() == hubtwin::kNever);
}

TEST_CASE("connect: something else than MQTT answers -> fails with a reason") {
  const FakeBroker broker([](const Connection& connection) {
    connection.read_packet();
    connection.write("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  Rig rig(plain());
  CHECK_FALSE(rig.refusal(broker.port()).ok());
  CHECK(rig.record.connects == 0);
}

TEST_CASE("connect: twice -> the second is refused until the first has been reported as ended") {
  const Broker broker;
  Rig rig(plain());
  rig.connect_and_wait(broker.port());
  CHECK(rig.connect(broker.port()).error() == Error::kWrongState);
  rig.transport->disconnect();
  CHECK(rig.connect(broker.port()).error() == Error::kWrongState);
  CHECK(rig.end().error() == Error::kClosed);
  rig.connect_and_wait(broker.port());
}

TEST_CASE("connect: again and again -> a fresh link each time") {
  const Broker broker;
  Rig rig(plain());
  for (int i = 0; i < 3; ++i) {
    rig.connect_and_wait(broker.port());
    rig.transport->disconnect();
    CHECK(rig.end().error() == Error::kClosed);
  }
  CHECK(rig.record.connects == 3);
  CHECK(rig.record.disconnects.size() == 3);
}

TEST_CASE("connect: requests that can't be -> refused, and no event follows") {
  Rig rig(plain());
  hubtwin::ConnectRequest good;
  good.host = "127.0.0.1";
  good.port = 1;
  good.client_id = "d";
  const auto refused = [&rig](const hubtwin::ConnectRequest& request) {
    return rig.transport->connect(request).error() == Error::kInvalidArgument;
  };
  const std::string nul("a\0b", 3);
  const std::string overlong(65536, 'x');
  for (const std::string& host : {std::string(), std::string("a b"), std::string("a/b"), nul,
                                  std::string("tcp://a"), std::string("a:1883")}) {
    auto request = good;
    request.host = host;
    CHECK(refused(request));
  }
  for (const std::string& text : {nul, overlong, std::string("\xff")}) {
    auto request = good;
    request.client_id = text;
    CHECK(refused(request));
    request = good;
    request.user_name = text;
    CHECK(refused(request));
    request = good;
    request.user_name = "u";
    request.password = hubtwin::SecretView(text);
    CHECK(refused(request));
  }
  auto request = good;
  request.port = 0;
  CHECK(refused(request));
  request = good;
  request.client_id = "";
  CHECK(refused(request));
  request = good;
  request.password = hubtwin::SecretView("p");
  CHECK(refused(request));
  request = good;
  request.keep_alive = 70000s;
  CHECK(refused(request));

  rig.transport->poll(rig.clock.now());
  CHECK(rig.record.disconnects.empty());
}

TEST_CASE("connect: options out of range -> refused") {
  for (int which = 0; which < 5; ++which) {
    auto options = plain();
    switch (which) {
      case 0:
        options.connect_timeout = 0s;
        break;
      case 1:
        options.connect_timeout = 24h;
        break;
      case 2:
        options.max_in_flight = 0;
        break;
      case 3:
        options.queue_bytes = 0;
        break;
      default:
        options.max_in_flight = 60000;
    }
    Rig rig(options);
    CHECK(rig.connect(1).error() == Error::kInvalidArgument);
  }
}

TEST_CASE("connect: calls without a link -> refused or without effect") {
  Rig rig(plain());
  rig.transport->disconnect();
  rig.transport->acknowledge(7);
  const hubtwin::Subscription filters[] = {{"a", hubtwin::Qos::kAtMostOnce}};
  CHECK(rig.transport->subscribe(filters).error() == Error::kWrongState);
  CHECK(rig.publish("t", "p").error() == Error::kWrongState);
  rig.transport->poll(rig.clock.now());
  CHECK(rig.transport->next_deadline() == hubtwin::kNever);
  CHECK(rig.record.disconnects.empty());
}

}  // namespace
