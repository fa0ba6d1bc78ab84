// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A twin whose reported updates the test answers in the hub's place.

#include "twin_bench.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::test {

struct Updates {
  World world;
  TwinBench bench;
  std::vector<FlushOutcome> outcomes;
  std::string refused;  // as the last outcome named it

  explicit Updates(const TwinSizes& sizes = TwinSizes()) : bench(world, sizes) {
    bench.twin.on_flushed([this](const FlushOutcome& outcome) {
      refused = outcome.refused;
      outcomes.push_back(outcome);
      outcomes.back().refused = {};  // lives no longer
    });
  }
  void open() { bench.open("", 1); }
  // Answers the GET with a twin of these reported members.
  void answer_get(const std::string& reported, TwinVersion version = 1) {
    bench.answer_get_raw(whole_twin(reported, version));
  }
  static std::string whole_twin(const std::string& reported, TwinVersion version = 1) {
    return R"({"desired":{"$version":1},"reported":)" + TwinBench::patch_body(reported, version) +
           "}";
  }
  bool await_update(std::size_t number) {
    return world.run_until([&] { return bench.updates().size() == number; });
  }
  FlushId report(std::string_view path, const PropertyValue& value) {
    const Result<FlushId> id = bench.twin.report(path, value);
    REQUIRE(id.ok());
    return *id;
  }
  FlushId report_json(std::string_view path, std::string_view json) {
    const Result<FlushId> id = bench.twin.report_json(path, json);
    REQUIRE(id.ok());
    return *id;
  }
};

}  // namespace hubtwin::test
