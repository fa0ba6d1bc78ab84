// SPDX-License-Identifier: MIT

/// \file
/// Several clients in one context: one poll, one deadline, one document at a time.

#include "behaviour.hpp"
#include "device.hpp"

#include <memory>

namespace hubtwin::conformance {
namespace {

using namespace std::chrono_literals;

Json large_section(char fill) {
  Json section = Json::object();
  for (int i = 0; i < 4; ++i) {
    section["block" + std::to_string(i)] = std::string(3000, fill);
  }
  return section;
}

BEHAVIOUR("gateway: a device and three modules in one context -> each has its own twin") {
  Device device(bench, bench.create("pump"));
  std::vector<std::unique_ptr<Module>> modules;
  const std::vector<std::string> names = {"cooling", "stock", "payment"};
  bench.set_desired("pump", large_section('d'));
  for (const std::string& name : names) {
    modules.push_back(std::make_unique<Module>(bench, bench.create("pump/" + name)));
    bench.set_desired("pump/" + name, large_section(name[0]));
  }
  device.open();
  for (const auto& module : modules) {
    module->open();
  }
  REQUIRE(bench.run_until([&] {
    bool all = device.synchronised();
    for (const auto& module : modules) {
      all = all && module->synchronised();
    }
    return all;
  }));
  CHECK(json_of(device.client.twin().desired()) == large_section('d'));
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK(json_of(modules[i]->client.twin().desired()) == large_section(names[i][0]));
    REQUIRE(modules[i]->client.twin().report("name", std::string_view(names[i])));
  }
  REQUIRE(device.client.twin().report("name", "pump"));
  REQUIRE(bench.run_until([&] {
    bool all = bench.reported("pump") == Json{{"name", "pump"}};
    for (const std::string& name : names) {
      all = all && bench.reported("pump/" + name) == Json{{"name", name}};
    }
    return all;
  }));
  CHECK(bench.context().next_deadline() <= device.client.next_deadline());
  for (const auto& module : modules) {
    CHECK(bench.context().next_deadline() <= module->client.next_deadline());
    CHECK(module->client.counters().disconnects == 0);
  }
}

BEHAVIOUR_NEEDING("gateway: one client's document stalls -> the others go on without it",
                  Ability::kSilence, Ability::kVirtualTime) {
  Device device(bench, bench.create("pump"));
  Module module(bench, bench.create("pump/valve"));
  bench.set_desired("pump", large_section('d'));
  bench.set_desired("pump/valve", large_section('v'));
  bench.go_silent_within_next_twin("pump");
  device.connect();
  bench.pass(1s);
  CHECK_FALSE(device.synchronised());
  module.open();
  bench.pass(20s);  // the stalled link is found out after 90 s only
  CHECK(module.synchronised());
  CHECK(json_of(module.client.twin().desired()) == large_section('v'));
  CHECK(device.connected());
  CHECK_FALSE(device.synchronised());
  REQUIRE(bench.run_until([&] { return device.synchronised(); }));
  CHECK(json_of(device.client.twin().desired()) == large_section('d'));
}

BEHAVIOUR("gateway: one client closed -> the others stay connected") {
  Device device(bench, bench.create("pump"));
  Module module(bench, bench.create("pump/valve"));
  device.open();
  module.open();
  REQUIRE(bench.run_until([&] { return device.synchronised() && module.synchronised(); }));
  device.client.close();
  REQUIRE(bench.run_until(
      [&] { return device.client.connection().state == ConnectionState::kClosed; }));
  REQUIRE(module.client.twin().report("alone", true));
  REQUIRE(bench.run_until([&] { return bench.reported("pump/valve") == Json{{"alone", true}}; }));
  CHECK(module.client.counters().disconnects == 0);
}

BEHAVIOUR("gateway: handlers that call back in -> everything they ask for happens") {
  Device device(bench, bench.create("pump"));
  Module module(bench, bench.create("pump/valve"));
  unsigned late = 0;
  REQUIRE(device.client.twin().on_desired("go", [&](const DesiredChange& change) {
    CHECK(device.client.twin().report("went", change.value().as_bool().value()).ok());
    CHECK(device.client.send(telemetry_of("going")).ok());
    CHECK(device.client.twin().on_desired("later", [&late](const DesiredChange&) { ++late; }).ok());
    device.client.twin().remove_desired("go");
    CHECK(module.client.open().ok());
  }));
  device.synchronise();
  bench.set_desired("pump", {{"go", true}, {"later", 1}});
  REQUIRE(bench.run_until([&] {
    return late == 1 && module.connected() && bench.telemetry("pump").size() == 1 &&
           bench.reported("pump") == Json{{"went", true}};
  }));
  bench.set_desired("pump", {{"go", false}, {"later", 2}});
  REQUIRE(bench.run_until([&] { return late == 2; }));
  CHECK(bench.reported("pump") == Json{{"went", true}});
}

}  // namespace
}  // namespace hubtwin::conformance
