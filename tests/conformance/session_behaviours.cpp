// SPDX-License-Identifier: MIT

/// \file
/// Links: how they are made, lost, refused, renewed and closed.

#include "behaviour.hpp"
#include "device.hpp"

#include <algorithm>

namespace hubtwin::conformance {
namespace {

using namespace std::chrono_literals;

std::vector<ConnectionState> states_of(const Device& device) {
  std::vector<ConnectionState> states;
  for (const ConnectionStatus& status : device.states) {
    states.push_back(status.state);
  }
  return states;
}

BEHAVIOUR("session: a known device with its key -> connected, state by state") {
  Device device(bench, bench.create("pump"));
  device.connect();
  CHECK(states_of(device) == std::vector<ConnectionState>{ConnectionState::kConnecting,
                                                          ConnectionState::kSubscribing,
                                                          ConnectionState::kConnected});
  CHECK(device.states.back().reason.ok());
  CHECK(bench.connected("pump"));
}

BEHAVIOUR("session: a wrong key -> refused credentials, tried again slowly") {
  bench.create("pump");
  const std::string other = bench.create("fan");
  const std::string key = other.substr(other.find(";SharedAccessKey="));
  const std::string host = other.substr(0, other.find(";DeviceId="));
  Device device(bench, host + ";DeviceId=pump" + key);
  device.open();
  REQUIRE(bench.run_until([&] {
    return !device.states.empty() &&
           device.client.connection().state == ConnectionState::kWaitingToRetry;
  }));
  const ConnectionStatus status = device.states.back();
  CHECK(status.reason.error() == Error::kRefusedCredentials);
  CHECK(status.reason_class() == ErrorClass::kCredentials);
  CHECK(status.reason.mqtt_code() == 5);
  CHECK(status.next_retry_in >= bench.options().backoff.slow_base);
  CHECK_FALSE(bench.connected("pump"));
}

BEHAVIOUR("session: a device that the hub doesn't know -> refused credentials") {
  const std::string known = bench.create("pump");
  std::string unknown = known;
  unknown.replace(unknown.find("DeviceId=pump"), 13, "DeviceId=none");
  Device device(bench, unknown);
  device.open();
  REQUIRE(bench.run_until(
      [&] { return device.was(ConnectionState::kWaitingToRetry, Error::kRefusedCredentials); }));
}

BEHAVIOUR("session: nobody at the hub's address -> tried again until somebody is") {
  Device device(bench, bench.create("pump"));
  bench.set_hub_reachable(false);
  device.open();
  REQUIRE(bench.run_until(
      [&] { return device.was(ConnectionState::kWaitingToRetry, Error::kConnectRefused); }));
  CHECK(device.client.connection().reason_class() == ErrorClass::kNetwork);
  bench.set_hub_reachable(true);
  REQUIRE(bench.run_until([&] { return device.connected(); }));
}

BEHAVIOUR("session: the link breaks -> told, and made again") {
  Device device(bench, bench.create("pump"));
  device.connect();
  device.states.clear();
  bench.cut("pump");
  REQUIRE(bench.run_until([&] { return !device.states.empty() && device.connected(); }));
  CHECK(device.states.front().state == ConnectionState::kWaitingToRetry);
  CHECK(device.states.front().reason.error() == Error::kLinkLost);
  CHECK(device.client.counters().disconnects == 1);
  CHECK(device.client.counters().connects == 2);
}

BEHAVIOUR_NEEDING("session: the link goes dead without a word -> found out, and made again",
                  Ability::kSilence, Ability::kHurriedTime) {
  bench.hurry();
  SessionOptions options = bench.options();
  options.keep_alive = 5s;  // the least: some transports find it out by that
  Device device(bench, bench.create("pump"), options);
  device.connect();
  bench.go_silent("pump");
  REQUIRE(bench.run_until(
      [&] { return device.was(ConnectionState::kWaitingToRetry, bench.silence()); }));
  REQUIRE(bench.run_until([&] { return device.connected(); }));
}

BEHAVIOUR("session: the time of day isn't known -> waits for it without signing anything") {
  bench.set_utc_known(false);
  Device device(bench, bench.create("pump"));
  device.open();
  REQUIRE(bench.run_until(
      [&] { return device.client.connection().state == ConnectionState::kWaitingForTime; }));
  CHECK(device.client.connection().reason.error() == Error::kWaitingForTime);
  bench.pass(30s);
  CHECK(device.client.connection().state == ConnectionState::kWaitingForTime);
  CHECK_FALSE(bench.connected("pump"));
  bench.set_utc_known(true);
  REQUIRE(bench.run_until([&] { return device.connected(); }));
}

BEHAVIOUR("session: a token nears its end -> renewed by a planned reconnect, nothing lost") {
  SessionOptions options = bench.options();
  options.token_lifetime = 5min;
  Device device(bench, bench.create("pump"), options);
  device.connect();
  device.states.clear();
  bench.pass(options.token_lifetime * 9 / 10 + 1s);
  REQUIRE(device.client.send(telemetry_of("during")));
  REQUIRE(device.client.twin().report("during", 1));
  REQUIRE(bench.run_until([&] { return device.client.counters().renewals == 1; }));
  REQUIRE(bench.run_until([&] {
    return device.connected() && bench.telemetry("pump").size() == 1 &&
           bench.reported("pump") == Json{{"during", 1}};
  }));
  CHECK(device.states.front().state == ConnectionState::kRenewing);
  CHECK(device.states.front().reason.error() == Error::kTokenRenewal);
  CHECK(device.client.counters().disconnects == 0);
}

BEHAVIOUR_NEEDING("session: tokens over a day -> never an expired one, never an unplanned end",
                  Ability::kVirtualTime) {
  SessionOptions options = bench.options();
  options.token_lifetime = 1h;
  Device device(bench, bench.create("pump"), options);
  device.connect();
  bench.pass(24h);
  CHECK(device.connected());
  CHECK(device.client.counters().disconnects == 0);
  CHECK(device.client.counters().renewals >= 26);  // at 80 to 90 % of an hour each
  CHECK(device.client.counters().renewals <= 30);
}

BEHAVIOUR("session: a second client with the same identity -> the conflict is named") {
  const std::string connection_string = bench.create("pump");
  Device first(bench, connection_string);
  Device second(bench, connection_string);
  first.open();
  second.open();
  REQUIRE(bench.run_until([&] {
    return first.was(ConnectionState::kWaitingToRetry, Error::kIdentityConflict) ||
           second.was(ConnectionState::kWaitingToRetry, Error::kIdentityConflict);
  }));
  const Device& loser =
      first.was(ConnectionState::kWaitingToRetry, Error::kIdentityConflict) ? first : second;
  const auto named =
      std::find_if(loser.states.begin(), loser.states.end(), [](const ConnectionStatus& status) {
        return status.reason.error() == Error::kIdentityConflict;
      });
  CHECK(named->next_retry_in >= bench.options().backoff.slow_base);
}

BEHAVIOUR_NEEDING("session: an outage -> waits spread evenly below a bound that doubles",
                  Ability::kVirtualTime) {
  const SessionOptions options = bench.options();
  Device device(bench, bench.create("pump"), options);
  bench.set_hub_reachable(false);
  device.open();
  std::size_t waits = 0;
  REQUIRE(bench.run_until([&] {
    waits = static_cast<std::size_t>(std::count_if(
        device.states.begin(), device.states.end(),
        [](const auto& status) { return status.state == ConnectionState::kWaitingToRetry; }));
    return waits >= 8;
  }));
  bench.pass(24h);
  Duration bound = options.backoff.base;
  unsigned attempt = 0;
  unsigned at_the_cap = 0;
  unsigned below_half = 0;
  for (const ConnectionStatus& status : device.states) {
    if (status.state != ConnectionState::kWaitingToRetry) {
      continue;
    }
    CAPTURE(attempt);
    CHECK(status.next_retry_in <= bound);
    CHECK(status.attempt == ++attempt);
    if (bound == options.backoff.cap) {
      ++at_the_cap;
      below_half += status.next_retry_in < bound / 2 ? 1 : 0;
    }
    bound = std::min(bound * 2, options.backoff.cap);
  }
  REQUIRE(at_the_cap > 300);
  CHECK(below_half > at_the_cap * 4 / 10);
  CHECK(below_half < at_the_cap * 6 / 10);
}

BEHAVIOUR("session: closed from a callback in any state -> closed, and can be opened again") {
  const ConnectionState target = GENERATE(
      ConnectionState::kConnecting, ConnectionState::kSubscribing, ConnectionState::kConnected,
      ConnectionState::kWaitingToRetry, ConnectionState::kWaitingForTime);
  CAPTURE(to_string(target));
  Device device(bench, bench.create("pump"));
  bench.set_utc_known(target != ConnectionState::kWaitingForTime);
  bench.set_hub_reachable(target != ConnectionState::kWaitingToRetry);
  bool closed_once = false;
  device.client.on_connection([&](const ConnectionStatus& status) {
    device.states.push_back(status);
    if (status.state == target && !closed_once) {
      closed_once = true;
      device.client.close();
    }
  });
  device.open();
  REQUIRE(bench.run_until(
      [&] { return closed_once && device.client.connection().state == ConnectionState::kClosed; }));
  CHECK(device.states.back().state == ConnectionState::kClosed);
  CHECK(device.states.back().reason.error() == Error::kClosed);
  bench.set_utc_known(true);
  bench.set_hub_reachable(true);
  device.connect();
}

BEHAVIOUR("session: a client destroyed while connected -> the next one takes over its transport") {
  const std::string identity = bench.create("pump");
  Transport& transport = bench.new_transport();
  for (int client = 0; client < 3; ++client) {
    SizedDeviceClient<RoomySizes> device(bench.context(), transport,
                                         Identity::parse(identity).value(), bench.options());
    REQUIRE(device.open());
    REQUIRE(bench.run_until([&] { return device.twin().synchronised(); }));
  }
}

BEHAVIOUR("session: closed before the first poll -> closed, and nothing was sent") {
  Device device(bench, bench.create("pump"));
  device.open();
  device.client.close();
  REQUIRE(bench.run_until(
      [&] { return device.client.connection().state == ConnectionState::kClosed; }));
  CHECK_FALSE(bench.connected("pump"));
  CHECK(device.client.next_deadline() == kNever);
}

BEHAVIOUR("session: opened twice -> refused, and the link isn't disturbed") {
  Device device(bench, bench.create("pump"));
  device.connect();
  CHECK(device.client.open().error() == Error::kWrongState);
  CHECK(device.connected());
}

BEHAVIOUR_NEEDING("session: a foreign topic -> dropped and counted, all else goes on",
                  Ability::kInjection) {
  Device device(bench, bench.create("pump"));
  device.watch("mode");
  device.synchronise();
  for (const char* topic : {"devices/other/messages/devicebound/", "$iothub/twin", "x",
                            "$iothub/methods/POST/", "$iothub/twin/res/200/?$rid="}) {
    bench.inject("pump", topic, std::string(700, '{'));
  }
  bench.set_desired("pump", {{"mode", "auto"}});
  REQUIRE(bench.run_until([&] { return !device.changes.empty(); }));
  CHECK(device.client.counters().foreign_topics >= 1);
  CHECK(device.client.counters().disconnects == 0);
}

}  // namespace
}  // namespace hubtwin::conformance
