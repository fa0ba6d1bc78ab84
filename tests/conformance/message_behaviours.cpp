// SPDX-License-Identifier: MIT

/// \file
/// Telemetry to the hub, messages from it.

#include "behaviour.hpp"
#include "device.hpp"

#include <algorithm>
#include <map>

namespace hubtwin::conformance {
namespace {

using namespace std::chrono_literals;

std::string property(const Telemetry& message, const std::string& name) {
  for (const auto& [key, value] : message.properties) {
    if (key == name) {
      return value;
    }
  }
  return "(none)";
}

/// A received message, copied out of its handler.
struct Received {
  std::string body;
  std::string input;
  std::string colour;
  std::size_t size = 0;
  bool truncated = false;
  bool duplicate = false;
};

Received copied(const Message& message) {
  Received copy;
  char room[64];
  copy.body = std::string(as_text(message.payload()));
  copy.input = std::string(message.input());
  copy.colour = std::string(message.property("colour", Span<char>(room)).value_or("(none)"));
  copy.size = message.payload_size();
  copy.truncated = message.truncated();
  copy.duplicate = message.duplicate();
  return copy;
}

/// Whether the hub comes to know that the device has acknowledged all its messages.
bool all_acknowledged(Bench& bench, Device& device) {
  if (bench.counts_acknowledged_at_once()) {
    return bench.run_until([&] { return bench.messages_waiting("pump") == 0; });
  }
  // A reconnect proves it; what was acknowledged just as the link broke comes once more.
  for (int reconnects = 0; reconnects < 4; ++reconnects) {
    const std::uint32_t connects = device.client.counters().connects;
    bench.cut("pump");
    if (!bench.run_until(
            [&] { return device.client.counters().connects > connects && device.connected(); })) {
      return false;
    }
    if (bench.messages_waiting("pump") == 0) {
      return true;
    }
  }
  return false;
}

BEHAVIOUR("telemetry: a message with properties -> arrives as it was sent") {
  Device device(bench, bench.create("pump"));
  device.connect();
  const Qos qos = GENERATE(Qos::kAtMostOnce, Qos::kAtLeastOnce);
  const Property properties[] = {{"colour", "grün & blau = 100%"}, {"empty", ""}};
  TelemetryMessage message = telemetry_of(R"({"temperature":21.5})", qos);
  message.message_id = "m-1";
  message.correlation_id = "c/1 ?";
  message.content_type = "application/json";
  message.content_encoding = "utf-8";
  message.properties = Span<const Property>(properties);
  std::uint32_t left = 0;
  device.client.on_sent(
      [&](std::uint32_t ticket, Status outcome) { left = outcome.ok() ? ticket : 0; });
  const Result<std::uint32_t> ticket = device.client.send(message);
  REQUIRE(ticket.ok());
  REQUIRE(bench.run_until([&] { return left != 0 && bench.telemetry("pump").size() == 1; }));
  CHECK(left == *ticket);
  const Telemetry arrived = bench.telemetry("pump")[0];
  CHECK(arrived.body == R"({"temperature":21.5})");
  CHECK(property(arrived, "colour") == "grün & blau = 100%");
  CHECK(property(arrived, "empty").empty());
  CHECK(property(arrived, "$.mid") == "m-1");
  CHECK(property(arrived, "$.cid") == "c/1 ?");
  CHECK(property(arrived, "$.ct") == "application/json");
  CHECK(property(arrived, "$.ce") == "utf-8");
}

BEHAVIOUR("telemetry: sent before the link stands -> waits for it, in order") {
  Device device(bench, bench.create("pump"));
  for (int n = 0; n < 10; ++n) {
    REQUIRE(device.client.send(telemetry_of(std::to_string(n))));
  }
  device.open();
  REQUIRE(bench.run_until([&] { return bench.telemetry("pump").size() == 10; }));
  const std::vector<Telemetry> arrived = bench.telemetry("pump");
  for (std::size_t n = 0; n < arrived.size(); ++n) {
    CHECK(arrived[n].body == std::to_string(n));
  }
}

BEHAVIOUR("telemetry: the link breaks again and again -> all arrive, none overtakes another") {
  Device device(bench, bench.create("pump"));
  device.connect();
  unsigned left = 0;
  device.client.on_sent([&](std::uint32_t, Status outcome) { left += outcome.ok() ? 1 : 0; });
  unsigned sent = 0;
  for (int round = 0; round < 4; ++round) {
    for (int n = 0; n < 5; ++n) {
      REQUIRE(device.client.send(telemetry_of(std::to_string(sent++))));
    }
    bench.context().poll();
    const std::uint32_t connects = device.client.counters().connects;
    bench.cut("pump");
    REQUIRE(bench.run_until(
        [&] { return device.client.counters().connects > connects && device.connected(); }));
  }
  REQUIRE(bench.run_until([&] { return left == sent; }));
  // At least once: a message may come again after a lost link, but no message is first seen later
  // than one that was sent after it.
  int newest = -1;
  for (const Telemetry& message : bench.telemetry("pump")) {
    const int n = std::stoi(message.body);
    CHECK(n <= newest + 1);
    newest = std::max(newest, n);
  }
  CHECK(newest == static_cast<int>(sent) - 1);
}

BEHAVIOUR_NEEDING(
    "telemetry: taken by the hub, its PUBACK lost with the link -> sent again, told once",
    Ability::kLostPubacks) {
  Device device(bench, bench.create("pump"));
  device.connect();
  std::map<std::uint32_t, unsigned> left;
  device.client.on_sent([&](std::uint32_t ticket, Status outcome) {
    CHECK(outcome.ok());
    ++left[ticket];
  });
  bench.lose_next_puback("pump");
  const std::uint32_t first = device.client.send(telemetry_of("first")).value();
  const std::uint32_t second = device.client.send(telemetry_of("second")).value();
  REQUIRE(bench.run_until([&] { return left.size() == 2; }));
  CHECK(left[first] == 1);
  CHECK(left[second] == 1);
  const std::vector<Telemetry> arrived = bench.telemetry("pump");
  REQUIRE(arrived.size() >= 3);
  CHECK(arrived[0].body == "first");
  CHECK(arrived[arrived.size() - 2].body == "first");
  CHECK(arrived.back().body == "second");
  CHECK(device.client.counters().resends >= 1);
}

BEHAVIOUR("telemetry: a full outbox -> the message is refused, the ones before it aren't") {
  Device device(bench, bench.create("pump"));
  const std::string body(500, 'x');
  std::size_t taken = 0;
  Status refusal;
  while (taken < 100 && refusal.ok()) {
    refusal = device.client.send(telemetry_of(body)).status();
    taken += refusal.ok() ? 1 : 0;
  }
  CHECK(refusal.error() == Error::kNoSpace);
  REQUIRE(taken > 5);
  const std::string too_large(RoomySizes::kOutboxBytes, 'x');
  CHECK(device.client.send(telemetry_of(too_large)).error() == Error::kInvalidArgument);
  device.open();
  REQUIRE(bench.run_until([&] { return bench.telemetry("pump").size() == taken; }));
  REQUIRE(device.client.send(telemetry_of("and again")));
  REQUIRE(bench.run_until([&] { return bench.telemetry("pump").size() == taken + 1; }));
}

BEHAVIOUR("telemetry: closed with messages waiting -> each is told as cancelled, once") {
  Device device(bench, bench.create("pump"));
  bench.set_hub_reachable(false);
  device.open();
  std::map<std::uint32_t, unsigned> cancelled;
  device.client.on_sent([&](std::uint32_t ticket, Status outcome) {
    CHECK(outcome.error() == Error::kCancelled);
    ++cancelled[ticket];
  });
  for (int n = 0; n < 3; ++n) {
    REQUIRE(device.client.send(telemetry_of("x")));
  }
  bench.context().poll();
  device.client.close();
  REQUIRE(bench.run_until(
      [&] { return device.client.connection().state == ConnectionState::kClosed; }));
  REQUIRE(cancelled.size() == 3);
  for (const auto& [ticket, times] : cancelled) {
    CHECK(times == 1);
  }
}

BEHAVIOUR("messages: sent while connected -> handled in order, with properties, acknowledged") {
  Device device(bench, bench.create("pump"));
  std::vector<Received> received;
  device.client.on_message([&](const Message& message) { received.push_back(copied(message)); });
  device.connect();
  bench.send_message("pump", "one", {{"colour", "grün & 100%"}});
  bench.send_message("pump", "two", {});
  REQUIRE(bench.run_until([&] { return received.size() == 2; }));
  CHECK(received[0].body == "one");
  CHECK(received[0].colour == "grün & 100%");
  CHECK_FALSE(received[0].truncated);
  CHECK(received[1].body == "two");
  CHECK(received[1].colour == "(none)");
  REQUIRE(all_acknowledged(bench, device));
}

BEHAVIOUR("messages: sent while the device is away -> handled when it is back") {
  Device device(bench, bench.create("pump"));
  std::vector<Received> received;
  device.client.on_message([&](const Message& message) { received.push_back(copied(message)); });
  device.connect();
  device.client.close();
  REQUIRE(bench.run_until([&] {
    return device.client.connection().state == ConnectionState::kClosed && !bench.connected("pump");
  }));
  for (int n = 0; n < 5; ++n) {
    bench.send_message("pump", std::to_string(n), {});
  }
  device.open();
  REQUIRE(bench.run_until([&] { return received.size() == 5; }));
  for (std::size_t n = 0; n < received.size(); ++n) {
    CHECK(received[n].body == std::to_string(n));
  }
  REQUIRE(all_acknowledged(bench, device));
}

BEHAVIOUR("messages: kept -> acknowledged when complete, where the transport can wait") {
  Device device(bench, bench.create("pump"));
  std::vector<Received> received;
  std::vector<MessageReceipt> kept;
  bool keeping = true;
  device.client.on_message([&](const Message& message) {
    received.push_back(copied(message));
    if (keeping) {
      kept.push_back(message.keep());
    }
  });
  device.connect();
  const bool waits = device.transport.capabilities().withholds_acknowledgement;
  bench.send_message("pump", "careful", {});
  REQUIRE(bench.run_until([&] { return received.size() == 1; }));
  if (waits) {
    CHECK(bench.messages_waiting("pump") == 1);
    bench.cut("pump");
    REQUIRE(bench.run_until([&] { return received.size() == 2; }));
    CHECK(received[1].body == "careful");
    CHECK(received[1].duplicate);
    CHECK(kept[0].complete().error() == Error::kExpired);
  }
  CHECK(kept.back().complete().ok());
  CHECK_FALSE(kept.back().pending());
  keeping = false;
  REQUIRE(all_acknowledged(bench, device));
}

BEHAVIOUR("messages: larger than the room for it -> handed over as truncated, the next follow") {
  Device device(bench, bench.create("pump"));
  std::vector<Received> received;
  device.client.on_message([&](const Message& message) { received.push_back(copied(message)); });
  device.connect();
  const std::string large(kReceiveRoom * 3, 'L');
  bench.send_message("pump", large, {});
  bench.send_message("pump", "small", {});
  REQUIRE(bench.run_until([&] { return received.size() == 2; }));
  CHECK(received[0].truncated);
  CHECK(received[0].size == large.size());
  CHECK(large.compare(0, received[0].body.size(), received[0].body) == 0);
  CHECK(received[1].body == "small");
  REQUIRE(all_acknowledged(bench, device));
}

BEHAVIOUR_NEEDING(
    "messages: to a module's inputs -> each to its handler, the rest to the common one",
    Ability::kInputs) {
  bench.create("pump");
  Module module(bench, bench.create("pump/valve"));
  std::vector<Received> alarms;
  std::vector<Received> others;
  REQUIRE(module.client.on_input(
      "alarms", [&](const Message& message) { alarms.push_back(copied(message)); }));
  module.client.on_input([&](const Message& message) { others.push_back(copied(message)); });
  module.connect();
  bench.send_input("pump/valve", "alarms", "hot", {{"colour", "red"}});
  bench.send_input("pump/valve", "levels", "low", {});
  REQUIRE(bench.run_until([&] { return alarms.size() == 1 && others.size() == 1; }));
  CHECK(alarms[0].body == "hot");
  CHECK(alarms[0].colour == "red");
  CHECK(others[0].body == "low");
  CHECK(others[0].input == "levels");
}

BEHAVIOUR("messages: a module's output -> named in the message") {
  bench.create("pump");
  Module module(bench, bench.create("pump/valve"));
  module.connect();
  REQUIRE(module.client.send_output("alerts", telemetry_of("open")));
  REQUIRE(bench.run_until([&] { return bench.telemetry("pump/valve").size() == 1; }));
  CHECK(property(bench.telemetry("pump/valve")[0], "$.on") == "alerts");
}

}  // namespace
}  // namespace hubtwin::conformance
