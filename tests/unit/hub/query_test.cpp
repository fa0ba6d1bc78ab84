// SPDX-License-Identifier: MIT
#include "tools/hub/core/query.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin::hub;

TEST_CASE("queries for all devices or modules, or those of one device") {
  CHECK_FALSE(parse_query("SELECT * FROM devices")->modules);
  CHECK(parse_query("\n select*from DEVICES.Modules ;")->modules);
  CHECK(parse_query("SELECT * FROM devices WHERE deviceId='a b=;'")->device == "a b=;");
  CHECK(parse_query("SELECT * FROM devices.modules where DeviceID = \"it's\"")->device == "it's");
}

TEST_CASE("queries that this hub doesn't speak") {
  for (const char* text :
       {"", " ", ";", "SELECT", "SELECT * FROM", "SELECT deviceId FROM devices",
        "SELECT * FROM devices.jobs", "SELECT * FROM devicesX", "SELECT * FROM devices WHERE",
        "SELECT * FROM devices WHERE tags.a = '1'", "SELECT * FROM devices WHERE deviceId = ",
        "SELECT * FROM devices WHERE deviceId = d", "SELECT * FROM devices WHERE deviceId = 'd",
        "SELECT * FROM devices WHERE deviceId = 'd' AND 1", "SELECT * FROM devices;;",
        "SELECTED * FROM devices"}) {
    INFO(text);
    CHECK_FALSE(parse_query(text));
  }
}
