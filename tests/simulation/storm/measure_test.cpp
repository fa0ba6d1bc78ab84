// SPDX-License-Identifier: MIT
#include "measure.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace hubtwin::storm;
using hubtwin::Duration;
using hubtwin::MonotonicTime;

namespace {

MonotonicTime at(Duration time) {
  return MonotonicTime(time);
}

}  // namespace

TEST_CASE("most within: the stretch may begin anywhere, and its end isn't part of it") {
  const Moments moments = {at(0ms), at(900ms), at(1000ms), at(1100ms), at(1899ms), at(1900ms)};
  CHECK(most_within(moments, 1s, at(0ms)) == 4);
  CHECK(most_within(moments, 1s, at(901ms)) == 4);
  CHECK(most_within(moments, 1s, at(1500ms)) == 2);
  CHECK(most_within(moments, 1ms, at(0ms)) == 1);
  CHECK(most_within({}, 1s, at(0ms)) == 0);
}

TEST_CASE("count within: the beginning is part of it, the end isn't") {
  const Moments moments = {at(1s), at(2s), at(2s), at(3s)};
  CHECK(count_within(moments, at(1s), at(3s)) == 3);
  CHECK(count_within(moments, at(1001ms), at(2s)) == 0);
}

TEST_CASE("percentile: the least value that so many don't exceed") {
  std::vector<Duration> values;
  for (int i = 100; i >= 1; --i) {
    values.emplace_back(i);
  }
  CHECK(percentile(values, 50) == 50ms);
  CHECK(percentile(values, 99) == 99ms);
  CHECK(percentile(values, 100) == 100ms);
  CHECK(percentile({Duration(7)}, 50) == 7ms);
}

TEST_CASE(
    "fleet: a hub with a limit -> takes that many a second, shapes the next, refuses the rest") {
  FleetOptions options;
  options.identities = 100;
  Fleet fleet(options);
  fleet.limit_connects(10);
  fleet.open_all();
  fleet.run_to(fleet.now() + 30s);
  CHECK(fleet.attempts().size() == 100);
  CHECK(fleet.accepted().size() == 21);  // at once, and 20 within the two seconds of shaping
  CHECK(fleet.throttled() == 79);
  CHECK(fleet.up() == 21);
  CHECK(most_within(fleet.accepted(), 1s, MonotonicTime{}) == 10);
  CHECK(fleet.twin_reads().size() == 21);
  const Curve curve = curve_of(fleet, fleet.now() - 30s, fleet.now(), 10);
  CHECK(curve.step == 4s);
  CHECK(curve.points.front().attempts == 100);
  CHECK(curve.points.front().busiest_second == 100);
  CHECK(curve.points.back().up == 21);
}

TEST_CASE("fleet: a second client on an identity -> the first one's link is broken") {
  FleetOptions options;
  options.identities = 1;
  options.clients_each = 2;
  options.session.start_spread = 10s;  // one after the other
  Fleet fleet(options);
  fleet.open_all();
  while (fleet.accepted().size() < 2) {
    fleet.run_to(fleet.now() + 10ms);
  }
  fleet.run_to(fleet.now() + 400ms);
  CHECK(fleet.up() <= 1);
  CHECK(fleet.accepted().size() >= 2);
}
