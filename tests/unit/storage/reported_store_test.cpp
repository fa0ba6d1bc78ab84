// SPDX-License-Identifier: MIT
#include "reboot_bench.hpp"
#include <hubtwin/storage/crc32.hpp>
#include <hubtwin/storage/reported_store.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::test {
namespace {

struct Reporter {
  Reporter(Client& client, Storage& storage) : store(client.session(), client.twin(), storage) {}
  ReportedStore store;
};

class Bench : public RebootBench<Reporter> {
 public:
  using RebootBench<Reporter>::RebootBench;

  /// Switched on without a network, storing at once.
  void power_on_alone() {
    hub.ignore_connects(true);
    power_on();
    REQUIRE(program().store.set_times(Duration(0), Duration(0)).ok());
    world.poll();
  }
  void connect() {
    hub.ignore_connects(false);
    REQUIRE(run_until([&] { return in_step(); }, std::chrono::hours(3)));
    run_for(std::chrono::seconds(30));
  }
  bool settle() {
    return run_until([&] { return !program().store.pending(); }, std::chrono::minutes(1));
  }
  Json reported() { return hub.reported("dev").document(); }
};

}  // namespace

#if HUBTWIN_FLOAT
static constexpr double kNumber = 0.5;
#else
static constexpr int kNumber = 5;
#endif

TEST_CASE(
    "reported store: reported offline, then power fails -> the hub gets it after the restart") {
  Bench bench;
  bench.power_on_alone();
  Twin& twin = bench.client().twin();
  REQUIRE(twin.report("a.b", 5).ok());
  REQUIRE(twin.report("text", "ä\"\\").ok());
  REQUIRE(twin.report("number", kNumber).ok());
  REQUIRE(twin.report("yes", true).ok());
  REQUIRE(twin.report("none", PropertyValue::array()).ok());
  REQUIRE(twin.report("empty", PropertyValue::object()).ok());
  REQUIRE(twin.report_json("list", R"([1,{"x":[true,"y"]},2])").ok());
  REQUIRE(bench.settle());
  bench.power_on();
  bench.connect();
  Json expected = Json::parse(R"({"a":{"b":5},"text":"ä\"\\","yes":true,"none":[],"empty":{},
                                  "list":[1,{"x":[true,"y"]},2]})");
  expected["number"] = kNumber;
  REQUIRE(bench.reported() == expected);
  REQUIRE(bench.flash.log().count() == 0);  // all is acknowledged
}

TEST_CASE("reported store: removals and objects that replace -> survive as what they are") {
  Bench bench;
  bench.power_on();
  REQUIRE(
      bench.client().twin().report_json("", R"({"gone":1,"o":{"old":1,"kept":2},"stays":3})").ok());
  bench.connect();
  REQUIRE(bench.reported() == Json::parse(R"({"gone":1,"o":{"old":1,"kept":2},"stays":3})"));

  bench.power_on_alone();
  REQUIRE(bench.client().twin().report_removal("gone").ok());
  REQUIRE(bench.client().twin().report_json("o", R"({"kept":2,"new":{"deep":[1]}})").ok());
  REQUIRE(bench.client().twin().report("o.new.other", 4).ok());
  REQUIRE(bench.client().twin().report_removal("o.new.other").ok());
  REQUIRE(bench.settle());
  bench.power_on();
  bench.connect();
  REQUIRE(bench.reported() == Json::parse(R"({"o":{"kept":2,"new":{"deep":[1]}},"stays":3})"));
}

TEST_CASE(
    "reported store: an object emptied before it could replace a value -> survives as empty") {
  const char* const emptied = GENERATE(R"({})", R"({"a":{}})");
  Bench bench;
  bench.power_on();
  REQUIRE(bench.program().store.set_times(Duration(0), Duration(0)).ok());
  REQUIRE(bench.client().twin().report_json("s", R"({"t":2,"u":[3]})").ok());
  bench.connect();
  bench.hub.ignore_connects(true);
  bench.hub.cut("dev");
  bench.run_for(std::chrono::seconds(1));
  REQUIRE(bench.client().twin().report_json("s.t", R"({"a":{"b":5}})").ok());
  REQUIRE(bench.client().twin().report_json("s.t", emptied).ok());
  REQUIRE(bench.settle());
  bench.power_on();
  bench.connect();
  const Json there = bench.reported();
  INFO(there.dump());
  REQUIRE(there["s"]["t"].is_object());
  REQUIRE(there["s"]["u"] == Json::parse("[3]"));
}

TEST_CASE("reported store: acknowledged in time -> the flash is never touched") {
  Bench bench;
  bench.power_on();
  bench.connect();
  for (int value = 0; value < 100; ++value) {
    REQUIRE(bench.client().twin().report("value", value).ok());
    bench.run_for(std::chrono::seconds(10));
  }
  REQUIRE(bench.reported() == Json::parse(R"({"value":99})"));
  REQUIRE(bench.flash.flash.programs() == 0);
}

TEST_CASE("reported store: offline for long -> stored after the delay, then once an interval") {
  Bench bench;
  bench.hub.ignore_connects(true);
  bench.power_on();
  bench.run_for(std::chrono::seconds(1));
  REQUIRE(bench.client().twin().report("value", 0).ok());
  bench.run_for(std::chrono::seconds(4));
  REQUIRE(bench.flash.log().count() == 0);
  bench.run_for(std::chrono::seconds(2));
  REQUIRE(bench.flash.log().count() == 1);
  const std::uint32_t before = bench.flash.flash.programs();
  for (int value = 1; value <= 600; ++value) {
    REQUIRE(bench.client().twin().report("value", value).ok());
    bench.run_for(std::chrono::seconds(1));
  }
  REQUIRE(bench.flash.flash.programs() - before >= 9);
  REQUIRE(bench.flash.flash.programs() - before <= 11);
  bench.run_for(std::chrono::hours(1));
  REQUIRE(bench.flash.flash.programs() - before <= 12);
  bench.power_on();
  bench.connect();
  REQUIRE(bench.reported() == Json::parse(R"({"value":600})"));
}

TEST_CASE("reported store: a newer value acknowledged -> the older one doesn't come back") {
  Bench bench;
  bench.power_on_alone();
  REQUIRE(bench.client().twin().report("value", 1).ok());
  REQUIRE(bench.settle());
  REQUIRE(bench.flash.log().count() == 1);
  bench.connect();
  REQUIRE(bench.program().store.set_times(std::chrono::hours(1), std::chrono::hours(1)).ok());
  REQUIRE(bench.client().twin().report("value", 2).ok());
  bench.run_for(std::chrono::seconds(5));
  REQUIRE(bench.reported() == Json::parse(R"({"value":2})"));
  bench.power_on();
  bench.connect();
  bench.run_for(std::chrono::minutes(1));
  REQUIRE(bench.reported() == Json::parse(R"({"value":2})"));
}

TEST_CASE("reported store: one of several values acknowledged -> the record follows at once") {
  Bench bench;
  bench.power_on_alone();
  REQUIRE(bench.program().store.set_times(Duration(0), std::chrono::hours(1)).ok());
  REQUIRE(bench.client().twin().report("a", 1).ok());
  REQUIRE(bench.client().twin().report("b", 2).ok());
  bench.run_for(std::chrono::seconds(1));
  REQUIRE(bench.flash.log().count() == 1);
  // Refused together, they go one by one, and the answer to the second is lost.
  ModelHub::Verdict refusal;
  refusal.status = 400;
  bench.hub.judge_report("dev", refusal);
  bench.hub.set_fate([&](ModelHub::Kind kind, const std::string&) {
    ModelHub::Fate fate;
    fate.lost = kind == ModelHub::Kind::kReportAnswer && bench.hub.reports("dev") > 2;
    return fate;
  });
  bench.connect();
  REQUIRE(bench.hub.reports("dev") == 3);
  REQUIRE(bench.flash.log().count() == 1);
  REQUIRE(bench.flash.read(2)->find("\"a\"") == std::string::npos);
  REQUIRE(bench.flash.read(2)->find("\"b\"") != std::string::npos);
}

TEST_CASE("reported store: another client reads a document -> stored as soon as it has read it") {
  Bench bench;
  bench.power_on_alone();
  Context& context = bench.world.context;
  const int other_client = 0;
  REQUIRE(context.take_document(&other_client));
  REQUIRE(bench.client().twin().report("p", 1).ok());
  bench.run_for(std::chrono::seconds(2));
  REQUIRE(bench.program().store.pending());
  REQUIRE(bench.flash.log().count() == 0);
  SECTION("it has read it") {
    context.release_document(&other_client);
    bench.run_for(Duration(0));
  }
  SECTION("it goes on, and then no more comes: it loses its turn") {
    REQUIRE(context.touch_document(&other_client));
    bench.run_for(Context::kDocumentStall - std::chrono::seconds(1));
    REQUIRE(bench.program().store.pending());
    bench.run_for(std::chrono::seconds(1));
  }
  REQUIRE(!bench.program().store.pending());
  REQUIRE(bench.flash.log().count() == 1);
}

TEST_CASE("reported store: reported anew before what was stored is staged -> the new value wins") {
  Bench bench;
  bench.power_on_alone();
  REQUIRE(bench.client().twin().report("a", 1).ok());
  REQUIRE(bench.client().twin().report("b", 1).ok());
  REQUIRE(bench.settle());
  bench.power_on();
  REQUIRE(bench.client().twin().report("a", 2).ok());
  SECTION("by poll") {
    bench.world.poll();
  }
  SECTION("by hand") {
    REQUIRE(bench.program().store.restore().ok());
    REQUIRE(bench.program().store.restore().ok());
  }
  bench.connect();
  REQUIRE(bench.reported() == Json::parse(R"({"a":2,"b":1})"));
}

TEST_CASE("reported store: a value too long to be kept -> told by name, the others are kept") {
  Bench bench(1, {64, 128 * 64, 3, 0xFF});
  bench.power_on_alone();
  const std::string long_text(RoomyContextSizes::kDocumentBytes / 2, 'x');
  const std::string fair_text(long_text.size() - 100, 'y');
  REQUIRE(bench.client().twin().report("small", 1).ok());
  REQUIRE(bench.client().twin().report("long", std::string_view(long_text)).ok());
  REQUIRE(bench.client().twin().report("other", 2).ok());
  REQUIRE(bench.settle());
  REQUIRE(bench.program().store.status().error() == Error::kNoSpace);
  REQUIRE(bench.client().twin().report("long", std::string_view(fair_text)).ok());
  REQUIRE(bench.settle());
  REQUIRE(bench.program().store.status().ok());
  REQUIRE(bench.client().twin().report("long", std::string_view(long_text)).ok());
  REQUIRE(bench.settle());
  REQUIRE(bench.program().store.status().error() == Error::kNoSpace);
  bench.power_on();
  bench.connect();
  REQUIRE(bench.reported() == Json::parse(R"({"small":1,"other":2})"));
}

TEST_CASE("reported store: a value longer than an update -> kept and sent") {
  Bench bench(1, {64, 128 * 64, 3, 0xFF});
  bench.power_on_alone();
  const std::string text(2500, 't');
  REQUIRE(bench.client().twin().report("text", std::string_view(text)).ok());
  REQUIRE(bench.settle());
  bench.power_on();
  bench.connect();
  REQUIRE(bench.reported() == Json({{"text", text}}));
}

TEST_CASE("reported store: content of another identity, or that isn't ours -> nothing is staged") {
  Crc32 crc;
  crc.add(as_bytes("dev"));
  std::string head = "REP1";
  for (int shift = 0; shift < 32; shift += 8) {
    head += static_cast<char>(crc.value() >> shift);
  }
  for (const std::string& content :
       {std::string("REP1\1\2\3\4{\"a\":1}", 15), std::string("x"), head + "[1]", head + "1",
        head + "{\"a\":", head + "{\"\":1}", head + "{\"a..b\":{\"c\":1}}",
        head + "{\"a\":[{\"x\":null}]}"}) {
    Bench bench;
    REQUIRE(bench.flash.reboot().ok());
    REQUIRE(bench.flash.write(2, content).ok());
    bench.power_on();
    bench.world.poll();
    INFO(content.substr(std::min<std::size_t>(8, content.size())));
    REQUIRE(bench.client().twin().reported().empty());
    REQUIRE(bench.client().twin().report("b", 2).ok());
    bench.connect();
    REQUIRE(bench.reported() == Json::parse(R"({"b":2})"));
  }
}

TEST_CASE("reported store: power fails at random instants -> what was stored reaches the hub") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Bench bench(seed);
    FakeRandom random(seed);
    // What each path may be at the hub, at last: from the newest that is known to be stored on.
    std::map<std::string, std::vector<Json>> may;
    const auto at_hub = [&](const std::string& path) {
      const Json found = bench.reported();
      return found.contains(path) ? found[path] : Json();
    };
    int cuts = 0;
    bool online = false;
    for (int boot = 0; boot < 10; ++boot) {
      online = random.next() % 2 == 0;
      bench.hub.ignore_connects(!online);
      bench.power_on();
      REQUIRE(bench.program().store.set_times(Duration(0), Duration(0)).ok());
      bench.world.poll();
      for (auto& [path, values] : may) {
        // What is staged again goes to the hub; where nothing is, the hub has had its last word.
        const PropertyView staged = bench.client().twin().reported(path);
        const Json now = staged.exists() ? json_of(staged) : at_hub(path);
        INFO("seed " << seed << ", boot " << boot << ", " << path << " is " << now.dump());
        REQUIRE(std::find(values.begin(), values.end(), now) != values.end());
        values.assign(1, now);
      }
      bench.flash.flash.cut_after(1 + random.next() % 200,
                                  static_cast<ModelFlash::Cut>(random.next() % 4));
      for (int step = 0; step < 40 && bench.flash.flash.powered(); ++step) {
        const std::string path = "p" + std::to_string(random.next() % 5);
        const bool removes = random.next() % 4 == 0;
        const Json value = removes ? Json() : Json(random.next() % 1000000);
        Twin& twin = bench.client().twin();
        REQUIRE((removes ? twin.report_removal(path) : twin.report(path, value.get<std::int64_t>()))
                    .ok());
        may.try_emplace(path, std::vector<Json>{Json()}).first->second.push_back(value);
        bench.run_for(std::chrono::milliseconds(random.next() % 2000));
        if (bench.flash.flash.powered() && !bench.program().store.pending()) {
          for (auto& [name, values] : may) {
            values.erase(values.begin(), values.end() - 1);
          }
        }
      }
      cuts += bench.flash.flash.powered() ? 0 : 1;
    }
    REQUIRE(cuts >= 4);
    bench.hub.ignore_connects(false);
    bench.power_on();
    bench.connect();
    for (const auto& [path, values] : may) {
      const Json value = at_hub(path);
      INFO("seed " << seed << ", " << path << " is " << value.dump());
      REQUIRE(std::find(values.begin(), values.end(), value) != values.end());
    }
  }
}

}  // namespace hubtwin::test
