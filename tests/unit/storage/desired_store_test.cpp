// SPDX-License-Identifier: MIT
#include "reboot_bench.hpp"
#include <hubtwin/storage/crc32.hpp>

#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::test {
namespace {

// Follows the desired section by its handlers alone.
struct Follower {
  Follower(Client& client, Storage& storage) : store(client.session(), client.twin(), storage) {
    REQUIRE(client.twin()
                .on_desired([this](const DesiredChange& change) {
                  const Json now = json_of(change.value());
                  repeated = repeated || (called > 0 && now == state);
                  state = now;
                  version = change.version();
                  first = called == 0 ? change.cause() == DesiredCause::kFirstState : first;
                  ++called;
                })
                .ok());
  }
  DesiredStore store;
  Json state = Json::object();
  TwinVersion version = kNoVersion;
  int called = 0;
  bool repeated = false;
  bool first = false;
};
using Bench = RebootBench<Follower>;

const auto kMinute = std::chrono::minutes(1);

}  // namespace

TEST_CASE("desired store: a restart without network -> handlers run with the last configuration") {
  Bench bench;
  bench.hub.set_desired("dev", Json::parse(R"({"a":1,"b":{"c":"text","d":[1,2,{"e":true}]}})"));
  bench.power_on();
  REQUIRE(bench.run_until([&] { return bench.in_step(); }));
  bench.run_for(kMinute);
  REQUIRE_FALSE(bench.program().store.pending());

  bench.hub.ignore_connects(true);
  Follower& restarted = bench.power_on();
  bench.world.clock.forget_utc();  // not even the time is known
  REQUIRE(restarted.called == 0);
  bench.world.settle();
  REQUIRE(restarted.called == 1);
  REQUIRE(restarted.first);
  REQUIRE(restarted.state == bench.hub.desired("dev").document());
  REQUIRE(restarted.version == bench.hub.desired("dev").version());
  REQUIRE(bench.client().twin().desired_version() == restarted.version);
  REQUIRE_FALSE(bench.client().twin().synchronised());
}

TEST_CASE("desired store: the twin is read after a restart -> only real differences are told") {
  Bench bench;
  bench.hub.set_desired("dev", Json::parse(R"({"a":1,"b":2})"));
  bench.power_on();
  REQUIRE(bench.run_until([&] { return bench.in_step(); }));
  bench.run_for(kMinute);

  SECTION("nothing changed") {
    const Follower& restarted = bench.power_on();
    REQUIRE(bench.run_until([&] { return bench.in_step(); }));
    REQUIRE(restarted.called == 1);
  }
  SECTION("something changed while it was off") {
    bench.power_off();
    bench.hub.set_desired("dev", Json::parse(R"({"b":null,"c":3})"));
    const Follower& restarted = bench.power_on();
    bench.world.settle();
    REQUIRE(restarted.state == Json::parse(R"({"a":1,"b":2})"));
    REQUIRE(bench.run_until([&] { return bench.in_step(); }));
    REQUIRE(restarted.called == 2);
    REQUIRE_FALSE(restarted.repeated);
    REQUIRE(restarted.state == Json::parse(R"({"a":1,"c":3})"));
  }
  SECTION("the identity was made anew") {
    bench.power_off();
    bench.hub.recreate("dev");
    const Follower& restarted = bench.power_on();
    REQUIRE(bench.run_until([&] { return bench.in_step(); }));
    REQUIRE(restarted.state == Json::object());
    bench.run_for(kMinute);
    const Follower& again = bench.power_on();
    bench.world.settle();
    REQUIRE(again.state == Json::object());
  }
}

TEST_CASE("desired store: the identity made anew at the same version -> its content is stored") {
  Bench bench;
  bench.hub.set_desired("dev", Json::parse(R"({"a":1})"));
  bench.power_on();
  REQUIRE(bench.run_until([&] { return bench.in_step(); }));
  bench.run_for(kMinute);
  const TwinVersion version = bench.hub.desired("dev").version();
  bench.hub.recreate("dev");
  bench.hub.set_desired("dev", Json::parse(R"({"z":26})"));
  REQUIRE(bench.hub.desired("dev").version() == version);
  bench.hub.cut("dev");
  REQUIRE(bench.run_until([&] { return bench.program().state == Json::parse(R"({"z":26})"); }));
  bench.run_for(std::chrono::hours(1));
  bench.hub.ignore_connects(true);
  const Follower& restarted = bench.power_on();
  bench.world.settle();
  REQUIRE(restarted.state == Json::parse(R"({"z":26})"));
}

TEST_CASE("desired store: many changes within the interval -> two writes") {
  Bench bench;
  bench.power_on();
  REQUIRE(bench.run_until([&] { return bench.in_step(); }));
  bench.run_for(std::chrono::hours(1));
  const std::uint32_t before = bench.flash.flash.programs();
  for (int value = 0; value < 50; ++value) {
    bench.hub.set_desired("dev", {{"value", value}});
    bench.run_for(std::chrono::seconds(1));
  }
  REQUIRE(bench.flash.flash.programs() == before + 1);
  bench.run_for(std::chrono::hours(1));
  REQUIRE(bench.flash.flash.programs() == before + 2);
  const Follower& restarted = bench.power_on();
  bench.world.settle();
  REQUIRE(restarted.state == Json::parse(R"({"value":49})"));
}

TEST_CASE("desired store: stored now before a planned restart -> the newest is there") {
  Bench bench;
  bench.power_on();
  REQUIRE(bench.run_until([&] { return bench.in_step(); }));
  for (int value = 0; value < 5; ++value) {
    bench.hub.set_desired("dev", {{"value", value}});
    bench.run_for(std::chrono::seconds(1));
  }
  REQUIRE(bench.program().store.pending());
  bench.program().store.store_now();
  REQUIRE(bench.run_until([&] { return !bench.program().store.pending(); }));
  const Follower& restarted = bench.power_on();
  bench.world.settle();
  REQUIRE(restarted.state == Json::parse(R"({"value":4})"));
}

TEST_CASE("desired store: reconnects without a change -> nothing is written") {
  Bench bench;
  bench.hub.set_desired("dev", {{"value", 1}});
  bench.power_on();
  REQUIRE(bench.run_until([&] { return bench.in_step(); }));
  bench.run_for(std::chrono::hours(1));
  const std::uint32_t before = bench.flash.flash.programs();
  for (int round = 0; round < 5; ++round) {
    bench.hub.cut("dev");
    bench.run_for(std::chrono::hours(1));
    REQUIRE(bench.in_step());
  }
  bench.power_on();
  REQUIRE(bench.run_until([&] { return bench.in_step(); }));
  bench.run_for(std::chrono::hours(1));
  REQUIRE(bench.flash.flash.programs() == before);
}

TEST_CASE("desired store: content of another identity, or of nobody -> passed over") {
  Bench bench;
  REQUIRE(bench.flash.reboot().ok());
  SECTION("another device's") {
    REQUIRE(bench.flash.write(1, std::string("DES1\1\2\3\4", 8) + R"({"a":1,"$version":4})").ok());
    const Follower& restarted = bench.power_on();
    bench.world.settle();
    REQUIRE(restarted.called == 0);
    REQUIRE(restarted.store.status().ok());
  }
  SECTION("short") {
    REQUIRE(bench.flash.write(1, "DES").ok());
    const Follower& restarted = bench.power_on();
    bench.world.settle();
    REQUIRE(restarted.called == 0);
    REQUIRE(restarted.store.status().ok());
  }
  REQUIRE(bench.run_until([&] { return bench.in_step(); }));
}

TEST_CASE("desired store: content that isn't a section -> told, nothing applied, then replaced") {
  Crc32 crc;
  crc.add(as_bytes("dev"));
  std::string head = "DES1";
  for (int shift = 0; shift < 32; shift += 8) {
    head += static_cast<char>(crc.value() >> shift);
  }
  for (const char* content : {"", "{", R"({"a":1})", R"({"a":1,"$version":4)", "[1]", "4",
                              R"({"a":1,"$version":"x"})", R"({"a":1,"$version":4}x)"}) {
    INFO(content);
    Bench bench;
    bench.hub.set_desired("dev", {{"value", 1}});
    REQUIRE(bench.flash.reboot().ok());
    REQUIRE(bench.flash.write(1, head + content).ok());
    const Follower& restarted = bench.power_on();
    bench.world.settle();
    REQUIRE(restarted.called == 0);
    REQUIRE_FALSE(restarted.store.status().ok());
    REQUIRE(bench.client().twin().desired_version() == kNoVersion);
    REQUIRE(bench.run_until([&] { return bench.in_step(); }));
    bench.run_for(kMinute);
    REQUIRE(restarted.store.status().ok());
    bench.power_on();
    bench.world.settle();
    REQUIRE(bench.program().state == Json::parse(R"({"value":1})"));
  }
}

TEST_CASE("desired store: a section longer than any record -> told by name, the twin goes on") {
  Bench bench;
  bench.hub.set_desired("dev", {{"text", std::string(800, 'x')}});
  bench.power_on();
  REQUIRE(bench.run_until([&] { return bench.in_step(); }));
  bench.run_for(kMinute);
  REQUIRE(bench.program().store.status().error() == Error::kInvalidArgument);
  bench.hub.set_desired("dev", {{"text", "short"}});
  bench.run_for(std::chrono::hours(1));
  REQUIRE(bench.program().store.status().ok());
  const Follower& restarted = bench.power_on();
  bench.world.settle();
  REQUIRE(restarted.state == Json::parse(R"({"text":"short"})"));
}

TEST_CASE(
    "desired store: a document read in place breaks off -> the whole one before stays stored") {
  Bench bench(1, {64, 64 * 64, 3, 0xFF});
  const auto document = [](char fill) {
    Json made = Json::object();
    for (int key = 0; key < 8; ++key) {
      made["k" + std::to_string(key)] = std::string(75, fill);
    }
    return made;
  };
  bench.hub.set_desired("dev", document('a'));
  bench.power_on();
  REQUIRE(bench.run_until([&] { return bench.in_step(); }));
  bench.run_for(kMinute);
  REQUIRE_FALSE(bench.program().store.pending());
  bench.hub.set_desired("dev", {{"k0", "changed"}});
  bench.run_for(kMinute);
  REQUIRE(bench.program().store.pending());

  // The first answer finds no room for its journal, the second one breaks off.
  int answers = 0;
  bench.hub.set_fate([&](ModelHub::Kind kind, const std::string&) {
    ModelHub::Fate fate;
    if (kind == ModelHub::Kind::kGetAnswer && ++answers >= 2) {
      fate.silent_after = 300;
    }
    fate.lost = kind == ModelHub::Kind::kNotification;
    return fate;
  });
  bench.hub.replace_desired("dev", document('b'));
  bench.hub.cut("dev");
  REQUIRE(bench.run_until([&] { return answers >= 2; }));
  bench.run_for(std::chrono::seconds(10));
  REQUIRE(bench.client().twin().desired_version() == kNoVersion);
  bench.program().store.store_now();
  bench.run_for(std::chrono::seconds(1));
  const Follower& restarted = bench.power_on();
  bench.world.settle();
  REQUIRE(restarted.state == document('a'));
  bench.hub.set_fate(nullptr);
  REQUIRE(bench.run_until([&] { return bench.in_step(); }));
  REQUIRE(restarted.state == document('b'));
}

TEST_CASE("desired store: power fails at random instants -> a whole section, and then in step") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Bench bench(seed);
    FakeRandom random(seed);
    std::map<TwinVersion, Json> history;
    const auto change = [&] {
      Json patch = Json::object();
      for (int key = 0; key < 3; ++key) {
        patch["k" + std::to_string(random.next() % 5)] =
            random.next() % 4 == 0 ? Json() : Json(std::string(random.next() % 60, 'v'));
      }
      bench.hub.set_desired("dev", patch);
      history[bench.hub.desired("dev").version()] = bench.hub.desired("dev").document();
    };
    history[bench.hub.desired("dev").version()] = bench.hub.desired("dev").document();
    TwinVersion stored = kNoVersion;  // at least
    int cuts = 0;
    for (int boot = 0; boot < 12; ++boot) {
      Follower& program = bench.power_on();
      REQUIRE(program.store.set_interval(std::chrono::seconds(random.next() % 20)).ok());
      bench.flash.flash.cut_after(1 + random.next() % 150,
                                  static_cast<ModelFlash::Cut>(random.next() % 4));
      bench.world.settle();
      INFO("seed " << seed << ", boot " << boot);
      const TwinVersion loaded = bench.client().twin().desired_version();
      REQUIRE(loaded >= stored);
      REQUIRE(program.state == (loaded == kNoVersion ? Json::object() : history[loaded]));
      for (int step = 0; step < 40 && bench.flash.flash.powered(); ++step) {
        change();
        bench.run_for(std::chrono::seconds(random.next() % 10));
        const TwinVersion version = bench.client().twin().desired_version();
        if (bench.flash.flash.powered() && !program.store.pending() && version != kNoVersion) {
          stored = version;
        }
      }
      REQUIRE_FALSE(program.repeated);
      cuts += bench.flash.flash.powered() ? 0 : 1;
    }
    REQUIRE(cuts >= 6);
    bench.power_on();
    REQUIRE(bench.run_until([&] { return bench.in_step(); }));
    REQUIRE(bench.program().state == bench.hub.desired("dev").document());
  }
}

}  // namespace hubtwin::test
