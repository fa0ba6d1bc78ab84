// SPDX-License-Identifier: MIT

/// \file
/// No secret reaches the log, not even at the most verbose level, which this program is compiled
/// with.

#include "support/model_hub.hpp"
#include "support/world.hpp"
#include <hubtwin/device_client.hpp>
#include <hubtwin/implementation.hpp>

#include <string>

#include <catch2/catch.hpp>

namespace hubtwin::test {
namespace {

using namespace std::chrono_literals;

static_assert(HUBTWIN_LOG_LEVEL == 4);

/// Key, and everything that a token consists of besides the public audience and expiry.
void check_no_secret(const RecordingLog& log, const std::string& key) {
  CHECK_FALSE(log.contains(key));
  CHECK_FALSE(log.contains(key.substr(0, 12)));
  CHECK_FALSE(log.contains("sig="));
  CHECK_FALSE(log.contains("SharedAccess"));
}

TEST_CASE("debug log: a life with every kind of trouble -> no secret in any line") {
  World world;
  ModelHub hub(world);
  hub.create("pump");
  const std::string key = hub.key("pump");
  const std::string connection_string = hub.connection_string("pump") + ";Unknown=" + key;
  ScriptedTransport transport(world.clock, &hub);
  world.watch(transport);
  const Result<Identity> identity = Identity::parse(connection_string, &world.log);
  REQUIRE(identity.ok());
  SizedDeviceClient<> client(world.context, transport, *identity, {});
  REQUIRE(client.on_method("reboot",
                           [](MethodCall call) { static_cast<void>(call.reply(200, "null")); }));
  client.on_message([](const Message&) {});

  world.clock.forget_utc();
  REQUIRE(client.open());
  world.run_for(10s);
  world.clock.set_utc(FakeClock::kStartUtc + 10s);
  world.crypto.set_failing(true);
  world.run_for(10min);
  world.crypto.set_failing(false);
  hub.set_key("pump", "AAAA");
  world.run_for(10min);
  hub.set_key("pump", key);
  const auto connected = [&] { return client.connection().state == ConnectionState::kConnected; };
  REQUIRE(world.run_until(connected, 24h));
  hub.set_desired("pump", {{"a", 1}});
  hub.inject("pump", "foreign/" + std::string(200, 'x'), "body");
  hub.inject("pump", "$iothub/twin/PATCH/properties/desired/?$version=9", "{malformed");
  hub.send_message("pump", "a message", {{"a", "b"}});
  hub.invoke("pump", "reboot", "null");
  REQUIRE(client.twin().report("value", 1));
  world.run_for(24h);
  hub.cut("pump");
  hub.go_silent("pump");
  world.run_for(1h);
  REQUIRE(world.run_until(connected, 24h));
  hub.remove("pump");
  world.run_for(6h);
  client.close();
  world.run_for(1s);
  CHECK(client.connection().state == ConnectionState::kClosed);

  CHECK(world.log.lines().size() > 50);
  check_no_secret(world.log, key);
}

TEST_CASE("debug log: connection strings with anything wrong -> no value of a key in any line") {
  RecordingLog log;
  const std::string key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
  for (const std::string& text : {
           "HostName=h;DeviceId=d;SharedAccessKey=" + key + ";SharedAccessKey=" + key,
           "HostName=h;DeviceId=d;SharedAccessKey=" + key + "!",
           "HostName=h;DeviceId=d;sharedaccesskey=" + key,
           "HostName=h;DeviceId=d;" + key,
           "HostName=h;DeviceId=d;SharedAccessKey=" + key + ";x509=true",
           "SharedAccessKey=" + key,
           "HostName=;DeviceId=d;SharedAccessKey=" + key,
           "HostName=h;DeviceId=d;SharedAccessSignature=" + key,
       }) {
    std::string_view culprit;
    CHECK_FALSE(Identity::parse(text, &log, &culprit).ok());
    CHECK(culprit.find("c2Vjcm") == std::string_view::npos);
  }
  CHECK_FALSE(log.contains("c2Vjcm"));
}

}  // namespace
}  // namespace hubtwin::test
