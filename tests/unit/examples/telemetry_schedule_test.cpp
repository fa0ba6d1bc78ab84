// SPDX-License-Identifier: MIT
#include "examples/common/telemetry_schedule.hpp"

#include "support/model_hub.hpp"
#include "support/scripted_transport.hpp"
#include "support/world.hpp"
#include <hubtwin/device_client.hpp>

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::test::Json;

namespace {

// A device that does nothing but keep its schedule, and its hub, in virtual time.
struct Ticker {
  hubtwin::test::World world;
  hubtwin::test::ModelHub hub{world};
  hubtwin::test::ScriptedTransport transport{world.clock, &hub};
  std::string connection_string = hub.create("ticker");
  hubtwin::SizedDeviceClient<> device{world.context, transport,
                                      hubtwin::Identity::parse(connection_string).value()};
  std::vector<std::string> taken;
  example::TelemetrySchedule schedule{device.twin(),
                                      [this](std::string_view text) { taken.emplace_back(text); }};

  Ticker() {
    world.watch(transport);
    REQUIRE(device.open().ok());
    world.run_for(3s);
  }
  void want(const Json& frequency) {
    hub.set_desired("ticker", {{"telemetryConfig", {{"sendFrequency", frequency}}}});
    world.run_for(3s);
  }
  Json reported() { return hub.reported("ticker").document().value("telemetryConfig", Json()); }
  hubtwin::MonotonicTime now() { return world.clock.now(); }
};

struct TightSizes : hubtwin::DefaultSizes {
  static constexpr std::size_t kHandlers = 1;
  static constexpr std::size_t kReportedBytes = 64;
};

// Room for an answer that says yes, and not for one that says why not.
struct CurtSizes : hubtwin::DefaultSizes {
  static constexpr std::size_t kReportedBytes = 104;
};

}  // namespace

TEST_CASE("telemetry schedule: nothing set -> at once, then every five minutes") {
  Ticker ticker;
  CHECK(ticker.schedule.next() <= ticker.now());
  CHECK(ticker.schedule.due(ticker.now()));
  CHECK_FALSE(ticker.schedule.due(ticker.now()));
  CHECK(ticker.schedule.next() == ticker.now() + 5min);
  CHECK_FALSE(ticker.schedule.due(ticker.now() + 5min - 1ms));
  CHECK(ticker.schedule.due(ticker.now() + 5min));
  CHECK(ticker.reported().is_null());
  CHECK(ticker.taken.empty());
}

TEST_CASE("telemetry schedule: a frequency -> counted from the last time, reported and told once") {
  Ticker ticker;
  const auto last = ticker.now();
  REQUIRE(ticker.schedule.due(last));
  ticker.want("10s");
  CHECK(ticker.schedule.next() == last + 10s);
  CHECK(ticker.reported() == Json({{"sendFrequency", "10s"}, {"status", "success"}}));
  CHECK(ticker.taken == std::vector<std::string>{"10s"});
  CHECK(ticker.schedule.status().ok());
}

TEST_CASE("telemetry schedule: a frequency before the first telemetry -> still at once") {
  Ticker ticker;
  ticker.want("24h");
  CHECK(ticker.schedule.due(ticker.now()));
  CHECK(ticker.schedule.next() == ticker.now() + 24h);
}

TEST_CASE("telemetry schedule: the shortest and the longest -> taken") {
  Ticker ticker;
  const char* const text = GENERATE("1s", "24h", "1440m");
  CAPTURE(text);
  ticker.want(text);
  CHECK(ticker.reported() == Json({{"sendFrequency", text}, {"status", "success"}}));
}

TEST_CASE(
    "telemetry schedule: what makes no sense -> the reason as the status, the old one stays") {
  Ticker ticker;
  REQUIRE(ticker.schedule.due(ticker.now()));
  ticker.want("10s");
  const auto next = ticker.schedule.next();
  const auto [value, reason] = GENERATE(table<Json, std::string>(
      {{"often", "error: sendFrequency is not a time such as 30s, 5m or 1h"},
       {7, "error: sendFrequency is not a time such as 30s, 5m or 1h"},
       {"0s", "error: sendFrequency must be between 1s and 24h"},
       {"25h", "error: sendFrequency must be between 1s and 24h"}}));
  CAPTURE(value);
  ticker.want(value);
  CHECK(ticker.schedule.next() == next);
  CHECK(ticker.reported() == Json({{"sendFrequency", "10s"}, {"status", reason}}));
  CHECK(ticker.taken.size() == 1);
}

TEST_CASE("telemetry schedule: the frequency is removed -> the last one stays") {
  Ticker ticker;
  REQUIRE(ticker.schedule.due(ticker.now()));
  ticker.want("10s");
  const auto next = ticker.schedule.next();
  ticker.want(nullptr);
  CHECK(ticker.schedule.next() == next);
  CHECK(ticker.taken.size() == 1);
}

TEST_CASE("telemetry schedule: no room for its handler or its answer -> told by its status") {
  hubtwin::test::World world;
  hubtwin::test::ModelHub hub{world};
  hubtwin::test::ScriptedTransport transport{world.clock, &hub};
  world.watch(transport);
  const std::string text = hub.create("ticker");
  hubtwin::SizedDeviceClient<TightSizes> device{world.context, transport,
                                                hubtwin::Identity::parse(text).value()};
  const auto ignore = [](std::string_view) {};
  const example::TelemetrySchedule first(device.twin(), ignore);
  CHECK(first.status().ok());
  const example::TelemetrySchedule second(device.twin(), ignore);
  CHECK(second.status().error() == hubtwin::Error::kNoSpace);

  REQUIRE(device.open().ok());
  world.run_for(3s);
  hub.set_desired("ticker", {{"telemetryConfig", {{"sendFrequency", "often"}}}});
  world.run_for(3s);
  CHECK_FALSE(first.status().ok());
}

TEST_CASE(
    "telemetry schedule: an answer fails and a later one doesn't -> the first error is kept") {
  hubtwin::test::World world;
  hubtwin::test::ModelHub hub{world};
  hubtwin::test::ScriptedTransport transport{world.clock, &hub};
  world.watch(transport);
  const std::string text = hub.create("ticker");
  hubtwin::SizedDeviceClient<CurtSizes> device{world.context, transport,
                                               hubtwin::Identity::parse(text).value()};
  const example::TelemetrySchedule schedule(device.twin(), [](std::string_view) {});
  REQUIRE(device.open().ok());
  const auto want = [&](const char* frequency) {
    hub.set_desired("ticker", {{"telemetryConfig", {{"sendFrequency", frequency}}}});
    world.run_for(3s);
  };
  world.run_for(3s);
  want("often");
  CHECK(schedule.status().error() == hubtwin::Error::kNoSpace);
  want("10s");
  CHECK(hub.reported("ticker").document().value("telemetryConfig", Json()) ==
        Json({{"sendFrequency", "10s"}, {"status", "success"}}));
  CHECK(schedule.status().error() == hubtwin::Error::kNoSpace);
}
