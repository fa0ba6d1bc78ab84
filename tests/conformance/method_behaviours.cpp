// SPDX-License-Identifier: MIT

/// \file
/// Direct methods: answered now, later, by the library itself, or not at all.

#include "behaviour.hpp"
#include "device.hpp"

#include <utility>

namespace hubtwin::conformance {
namespace {

using namespace std::chrono_literals;
using Outcome = std::shared_ptr<const MethodOutcome>;

bool answered(Bench& bench, const Outcome& outcome) {
  return bench.run_until([&] { return outcome->done; });
}

Json json_payload(const Outcome& outcome) {
  return Json::parse(outcome->payload, nullptr, false);
}

BEHAVIOUR("methods: answered inside the handler -> the caller has status and payload") {
  Device device(bench, bench.create("pump"));
  std::string request;
  REQUIRE(device.client.on_method("start", [&](MethodCall call) {
    request = std::string(call.payload());
    CHECK(call.name() == "start");
    CHECK(call.reply(201, R"({"started":true})").ok());
    CHECK(call.reply(200).error() == Error::kExpired);
  }));
  device.connect();
  const Outcome outcome = bench.invoke("pump", "start", R"({"speed":3})", 30s);
  REQUIRE(answered(bench, outcome));
  CHECK(outcome->hub_error == 0);
  CHECK(outcome->status == 201);
  CHECK(json_payload(outcome) == Json{{"started", true}});
  CHECK(Json::parse(request) == Json{{"speed", 3}});
}

BEHAVIOUR("methods: answered later than the handler returns -> the caller has it") {
  Device device(bench, bench.create("pump"));
  MethodCall pending;
  REQUIRE(device.client.on_method("test", [&](MethodCall call) { pending = std::move(call); }));
  device.connect();
  const Outcome outcome = bench.invoke("pump", "test", "null", 30s);
  REQUIRE(bench.run_until([&] { return pending.pending(); }));
  CHECK_FALSE(outcome->done);
  CHECK(pending.reply(200, "[1,2]").ok());
  CHECK_FALSE(pending.pending());
  REQUIRE(answered(bench, outcome));
  CHECK(outcome->status == 200);
  CHECK(json_payload(outcome) == Json({1, 2}));
}

BEHAVIOUR("methods: two calls at once, answered in the other order -> each has its own answer") {
  Device device(bench, bench.create("pump"));
  std::vector<MethodCall> pending;
  REQUIRE(device.client.on_method("test",
                                  [&](MethodCall call) { pending.push_back(std::move(call)); }));
  device.connect();
  const Outcome first = bench.invoke("pump", "test", "1", 30s);
  REQUIRE(bench.run_until([&] { return pending.size() == 1; }));
  const Outcome second = bench.invoke("pump", "test", "2", 30s);
  REQUIRE(bench.run_until([&] { return pending.size() == 2; }));
  REQUIRE(pending[1].reply(200, "\"second\""));
  REQUIRE(pending[0].reply(200, "\"first\""));
  REQUIRE(answered(bench, first));
  REQUIRE(answered(bench, second));
  CHECK(json_payload(first) == "first");
  CHECK(json_payload(second) == "second");
}

BEHAVIOUR("methods: a name that nobody registered -> 404 by the library") {
  Device device(bench, bench.create("pump"));
  REQUIRE(device.client.on_method("known",
                                  [](MethodCall call) { static_cast<void>(call.reply(200)); }));
  device.connect();
  const Outcome outcome = bench.invoke("pump", "unknown", "{}", 30s);
  REQUIRE(answered(bench, outcome));
  CHECK(outcome->status == 404);
  CHECK(json_payload(outcome).is_object());
}

BEHAVIOUR("methods: more calls at once than slots -> 429 to the rest, the others go on") {
  Device device(bench, bench.create("pump"));
  std::vector<MethodCall> pending;
  REQUIRE(device.client.on_method("test",
                                  [&](MethodCall call) { pending.push_back(std::move(call)); }));
  device.connect();
  std::vector<Outcome> taken;
  for (std::size_t n = 0; n < RoomySizes::kPendingMethods; ++n) {
    taken.push_back(bench.invoke("pump", "test", "null", 30s));
    REQUIRE(bench.run_until([&] { return pending.size() == n + 1; }));
  }
  const Outcome refused = bench.invoke("pump", "test", "null", 30s);
  REQUIRE(answered(bench, refused));
  CHECK(refused->status == 429);
  for (MethodCall& call : pending) {
    REQUIRE(call.reply(200));
  }
  for (const Outcome& outcome : taken) {
    REQUIRE(answered(bench, outcome));
    CHECK(outcome->status == 200);
  }
}

BEHAVIOUR("methods: a request larger than the room for it -> 413 by the library") {
  Device device(bench, bench.create("pump"));
  REQUIRE(
      device.client.on_method("test", [](MethodCall call) { static_cast<void>(call.reply(200)); }));
  device.connect();
  const std::string large = "\"" + std::string(kReceiveRoom * 2, 'x') + "\"";
  const Outcome outcome = bench.invoke("pump", "test", large, 30s);
  REQUIRE(answered(bench, outcome));
  CHECK(outcome->status == 413);
}

BEHAVIOUR_NEEDING(
    "methods: never answered by the application -> 504 by the library, the call expires",
    Ability::kHurriedTime) {
  bench.hurry();
  Device device(bench, bench.create("pump"));
  MethodCall pending;
  REQUIRE(device.client.on_method("test", [&](MethodCall call) { pending = std::move(call); }));
  REQUIRE(device.client.methods().set_reply_timeout(10s));
  device.connect();
  const Outcome outcome = bench.invoke("pump", "test", "null", 60s);
  REQUIRE(answered(bench, outcome));
  CHECK(outcome->hub_error == 0);
  CHECK(outcome->status == 504);
  CHECK_FALSE(pending.pending());
  CHECK(pending.reply(200).error() == Error::kExpired);
}

BEHAVIOUR("methods: the link breaks before the answer -> the call expires, nothing is sent late") {
  Device device(bench, bench.create("pump"));
  MethodCall pending;
  REQUIRE(device.client.on_method("test", [&](MethodCall call) { pending = std::move(call); }));
  device.connect();
  const Outcome lost = bench.invoke("pump", "test", "null", 30s);
  REQUIRE(bench.run_until([&] { return pending.pending(); }));
  bench.cut("pump");
  REQUIRE(bench.run_until([&] { return !pending.pending(); }));
  CHECK(pending.reply(200).error() == Error::kExpired);
  CHECK_FALSE((lost->done && lost->status == 200));
  REQUIRE(bench.run_until([&] { return device.connected(); }));
  const Outcome next = bench.invoke("pump", "test", "null", 30s);
  REQUIRE(bench.run_until([&] { return pending.pending(); }));
  REQUIRE(pending.reply(200));
  REQUIRE(answered(bench, next));
  CHECK(next->status == 200);
}

BEHAVIOUR("methods: the device isn't connected -> the caller is told by the hub") {
  const std::string connection_string = bench.create("pump");
  const Outcome outcome = bench.invoke("pump", "test", "null", 30s);
  REQUIRE(answered(bench, outcome));
  CHECK(outcome->hub_error == 404103);
}

BEHAVIOUR("methods: called as soon as the hub knows the device again -> answered") {
  Device device(bench, bench.create("pump"));
  REQUIRE(device.client.on_method(
      "test", [](MethodCall call) { static_cast<void>(call.reply(200, "true")); }));
  device.connect();
  device.client.close();
  REQUIRE(bench.run_until([&] {
    return device.client.connection().state == ConnectionState::kClosed && !bench.connected("pump");
  }));
  device.open();
  // The stored MQTT session is live before the device subscribes again.
  REQUIRE(bench.run_until([&] { return bench.connected("pump"); }));
  const Outcome outcome = bench.invoke("pump", "test", "null", 30s);
  REQUIRE(answered(bench, outcome));
  CHECK(outcome->hub_error == 0);
  CHECK(outcome->status == 200);
}

BEHAVIOUR("methods: a client destroyed with a call pending -> the call has expired") {
  const std::string connection_string = bench.create("pump");
  MethodCall pending;
  {
    Device device(bench, connection_string);
    REQUIRE(device.client.on_method("test", [&](MethodCall call) { pending = std::move(call); }));
    device.connect();
    static_cast<void>(bench.invoke("pump", "test", "null", 30s));
    REQUIRE(bench.run_until([&] { return pending.pending(); }));
  }
  CHECK_FALSE(pending.pending());
  CHECK(pending.reply(200).error() == Error::kExpired);
}

BEHAVIOUR("methods: a device and its module -> each gets only its own calls") {
  Device device(bench, bench.create("pump"));
  Module module(bench, bench.create("pump/valve"));
  REQUIRE(device.client.on_method(
      "who", [](MethodCall call) { static_cast<void>(call.reply(200, "\"device\"")); }));
  REQUIRE(module.client.on_method(
      "who", [](MethodCall call) { static_cast<void>(call.reply(200, "\"module\"")); }));
  device.open();
  module.open();
  REQUIRE(bench.run_until([&] { return device.connected() && module.connected(); }));
  const Outcome of_device = bench.invoke("pump", "who", "null", 30s);
  const Outcome of_module = bench.invoke("pump/valve", "who", "null", 30s);
  REQUIRE(answered(bench, of_device));
  REQUIRE(answered(bench, of_module));
  CHECK(json_payload(of_device) == "device");
  CHECK(json_payload(of_module) == "module");
}

}  // namespace
}  // namespace hubtwin::conformance
