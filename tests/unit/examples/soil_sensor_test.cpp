// SPDX-License-Identifier: MIT
#include "examples/smart_agriculture/sensor.hpp"
#include "support/model_hub.hpp"
#include "support/scripted_transport.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::Duration;
using hubtwin::test::ModelHub;
using Json = hubtwin::test::Json;

namespace {

class FakeProbe final : public agriculture::Probe {
 public:
  agriculture::Reading measure() override { return reading; }
  agriculture::Reading reading{315, 182};
};

// A sensor and its hub, in virtual time.
struct Field {
  hubtwin::test::World world;
  ModelHub hub{world};
  hubtwin::test::ScriptedTransport transport{world.clock, &hub};
  std::string connection_string = hub.create("soil");
  hubtwin::SizedDeviceClient<> device{world.context, transport,
                                      hubtwin::Identity::parse(connection_string).value()};
  FakeProbe probe;
  agriculture::SoilSensor sensor{device, probe};

  Field() { world.watch(transport); }
  void run(Duration time) {
    for (Duration passed{0}; passed < time; passed += 100ms) {
      sensor.run(world.clock.now());
      world.run_for(100ms);
    }
  }
  void start() {
    REQUIRE(device.open().ok());
    run(3s);
    REQUIRE(sensor.status().ok());
  }
  Json reported(const char* section) { return hub.reported("soil").document().at(section); }
  std::size_t sent() { return hub.telemetry("soil").size(); }
};

}  // namespace

TEST_CASE("soil sensor: starts -> reports itself and its first reading, sends it as telemetry") {
  Field field;
  field.start();
  CHECK(field.reported("soil") == Json({{"moisture", 315}, {"temperature", 182}}));
  CHECK(field.reported("health") == Json({{"status", "good"}, {"readings", 1}}));
  CHECK(field.reported("firmware") ==
        Json({{"currentFwVersion", "1.0.0"}, {"fwUpdateStatus", "current"}}));
  REQUIRE(field.sent() == 1);
  CHECK(Json::parse(field.hub.telemetry("soil")[0].body) ==
        Json({{"moisture", 315}, {"temperature", 182}}));
}

TEST_CASE("soil sensor: another frequency -> obeyed, and reported with its status") {
  Field field;
  field.start();
  field.hub.set_desired("soil", {{"telemetryConfig", {{"sendFrequency", "10s"}}}});
  field.run(1s);
  CHECK(field.reported("telemetryConfig") ==
        Json({{"sendFrequency", "10s"}, {"status", "success"}}));
  const std::size_t before = field.sent();
  field.run(60s);
  CHECK(field.sent() - before == 6);
}

TEST_CASE(
    "soil sensor: a frequency that makes no sense -> refused with the reason, the old stays") {
  Field field;
  field.start();
  field.hub.set_desired("soil", {{"telemetryConfig", {{"sendFrequency", "10s"}}}});
  field.run(2s);
  const Json value = GENERATE(Json("often"), Json("0s"), Json("25h"), Json(7), Json(true));
  CAPTURE(value);
  field.hub.set_desired("soil", {{"telemetryConfig", {{"sendFrequency", value}}}});
  field.run(2s);
  CHECK(field.reported("telemetryConfig")["sendFrequency"] == "10s");
  CHECK(field.reported("telemetryConfig")["status"].get<std::string>().rfind("error: ", 0) == 0);
  const std::size_t before = field.sent();
  field.run(60s);
  CHECK(field.sent() - before == 6);
}

TEST_CASE("soil sensor: the frequency is removed -> the last one stays") {
  Field field;
  field.start();
  field.hub.set_desired("soil", {{"telemetryConfig", {{"sendFrequency", "10s"}}}});
  field.run(2s);
  field.hub.set_desired("soil", {{"telemetryConfig", nullptr}});
  field.run(2s);
  const std::size_t before = field.sent();
  field.run(60s);
  CHECK(field.sent() - before == 6);
}

TEST_CASE("soil sensor: another firmware version -> the stages, then it runs") {
  Field field;
  field.start();
  field.hub.set_desired("soil", {{"firmware", {{"fwVersion", "1.1.0"}}}});
  field.run(500ms);
  CHECK(field.reported("firmware") ==
        Json({{"currentFwVersion", "1.0.0"}, {"fwUpdateStatus", "downloading"}}));
  field.run(1s);
  CHECK(field.reported("firmware")["fwUpdateStatus"] == "applying");
  field.run(2s);
  CHECK(field.reported("firmware") ==
        Json({{"currentFwVersion", "1.1.0"}, {"fwUpdateStatus", "current"}}));
}

TEST_CASE("soil sensor: a version that it can't keep -> refused with the reason") {
  Field field;
  field.start();
  field.hub.set_desired("soil", {{"firmware", {{"fwVersion", std::string(32, '1')}}}});
  field.run(5s);
  CHECK(field.reported("firmware") ==
        Json({{"currentFwVersion", "1.0.0"}, {"fwUpdateStatus", "error: fwVersion is too long"}}));
}

TEST_CASE("soil sensor: measureNow -> a fresh reading") {
  Field field;
  field.start();
  field.probe.reading = {122, 305};
  const auto outcome = field.hub.invoke("soil", "measureNow", "{}");
  field.run(1s);
  REQUIRE(outcome->done);
  CHECK(outcome->status == 200);
  CHECK(Json::parse(outcome->payload) == Json({{"moisture", 122}, {"temperature", 305}}));
}

TEST_CASE("soil sensor: no link for hours -> readings are given up, the sensor goes on") {
  Field field;
  field.start();
  field.hub.set_desired("soil", {{"telemetryConfig", {{"sendFrequency", "1m"}}}});
  field.run(2s);
  field.hub.refuse_all(hubtwin::Status(hubtwin::Error::kConnectRefused));
  field.hub.cut("soil");
  field.run(2h);
  REQUIRE(field.sensor.status().ok());
  field.hub.refuse_all(std::nullopt);
  field.probe.reading = {55, 405};
  field.run(1h);
  CHECK(field.reported("soil")["moisture"] == 55);
}
