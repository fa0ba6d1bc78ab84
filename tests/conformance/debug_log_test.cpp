// SPDX-License-Identifier: MIT

/// \file
/// No secret reaches the log, not even at the most verbose level, which this program is compiled
/// with.

#include "support/model_flash.hpp"
#include "support/model_hub.hpp"
#include "support/secrets.hpp"
#include "support/world.hpp"
#include <hubtwin/device_client.hpp>
#include <hubtwin/implementation.hpp>

#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::test {
namespace {

using namespace std::chrono_literals;

static_assert(HUBTWIN_LOG_LEVEL == 4);

/// Every token that went to the hub, and its signature alone.
void add_tokens(Secrets& secrets, const ScriptedTransport& transport) {
  for (const ScriptedTransport::Connect& connect : transport.connects()) {
    secrets.add_text(connect.password);
    const std::size_t signature = connect.password.find("sig=");
    if (signature != std::string::npos) {
      const std::size_t end = connect.password.find('&', signature);
      secrets.add_text(connect.password.substr(signature + 4, end - signature - 4));
    }
  }
}

/// None of them in any form, nor what only a token or a connection string holds.
void check_no_secret(const RecordingLog& log, const Secrets& secrets) {
  for (const RecordingLog::Line& line : log.lines()) {
    INFO(line.who << ": " << line.text);
    CHECK(secrets.found_in(line.text).empty());
    CHECK(secrets.found_in(line.who).empty());
  }
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
  Secrets secrets;
  secrets.add_text(key);
  add_tokens(secrets, transport);
  CHECK(secrets.size() > 50);
  check_no_secret(world.log, secrets);
}

struct TokenSizes : DefaultSizes {
  static constexpr std::size_t kKeyBytes = 300;
};

// Trusts anything but garbage.
struct AnyRoot final : Trust {
  Status replace(ByteView bundle) override {
    return as_text(bundle) == "garbage" ? Status(Error::kTlsTrustUnreadable) : Status();
  }
};

TEST_CASE("debug log: keys, tokens and roots change, and stores write -> no secret in any line") {
  World world;
  ModelHub hub(world);
  const std::string connection_string = hub.create("pump");
  const std::string primary = hub.key("pump");
  const std::string secondary = "c2Vjb25kYXJ5LWtleS1vZi10aGUtcHVtcA==";
  ScriptedTransport transport(world.clock, &hub);
  world.watch(transport);
  ModelFlash flash({64, 16 * 64, 4, 0xFF}, 8, 1);
  SizedFlashLog<64, 16, 4> store(flash);
  REQUIRE(store->open().ok());
  AnyRoot trust;
  std::uint8_t room[100];
  MessageSlot slots[4];
  const auto with_key = [&](const std::string& key) {
    return connection_string.substr(0, connection_string.find(primary)) + key;
  };
  {
    SizedDeviceClient<TokenSizes> client(
        world.context, transport, Identity::parse(connection_string, &world.log).value(), {});
    DesiredStore desired(client.session(), client.twin(), store.log());
    ReportedStore reported(client.session(), client.twin(), store.log());
    MessageStore messages(client.session(), client.telemetry(), store.log(),
                          Span<MessageSlot>(slots));
    TrustStore roots(client.session(), trust, store.log(), as_bytes("built in"), ByteSpan(room));
    REQUIRE(roots.load().ok());
    const auto connected = [&] { return client.connection().state == ConnectionState::kConnected; };
    TelemetryMessage message;
    message.payload = as_bytes("kept");
    hub.ignore_connects(true);
    REQUIRE(client.open().ok());
    REQUIRE(client.twin().report("value", 1).ok());
    REQUIRE(messages.send(message).ok());
    world.run_for(10min);  // all of it is stored
    hub.ignore_connects(false);
    REQUIRE(world.run_until(connected, 24h));
    hub.set_desired("pump", {{"a", 1}});
    world.run_for(1h);
    CHECK(roots.offer(as_bytes("garbage")).error() == Error::kTlsTrustUnreadable);
    CHECK(roots.offer(as_bytes("others")).ok());
    hub.refuse_all(Status(Error::kTlsUnknownCa));
    world.run_for(1s);
    hub.refuse_all(std::optional<Status>());
    REQUIRE(world.run_until(connected, 24h));
    // The primary key is refused, the secondary one serves, a token of its comes instead of it.
    hub.set_key("pump", secondary);
    hub.cut("pump");
    world.run_for(1h);
    const std::string by_secondary = with_key(secondary);
    REQUIRE(client.update_identity(Identity::parse(by_secondary, &world.log).value()).ok());
    REQUIRE(world.run_until(connected, 24h));
    const std::string token = transport.connects().back().password;
    const std::string by_token =
        connection_string.substr(0, connection_string.find("SharedAccessKey")) +
        "SharedAccessSignature=" + token;
    REQUIRE(client.update_identity(Identity::parse(by_token, &world.log).value()).ok());
    world.run_for(72h);  // it ends
    CHECK(client.connection().reason.error() == Error::kTokenExpired);
    CHECK(client.update_identity(Identity::parse(with_key("AAAA")).value()).ok());
    world.run_for(1h);
  }
  Secrets secrets;
  secrets.add_text(primary);
  secrets.add_text(secondary);
  add_tokens(secrets, transport);
  CHECK(world.log.lines().size() > 50);
  check_no_secret(world.log, secrets);
  const std::vector<std::uint8_t>& bytes = flash.bytes();
  CHECK(secrets.found_in(as_text(ByteView(bytes.data(), bytes.size()))).empty());
  CHECK(store->count() > 2);
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
