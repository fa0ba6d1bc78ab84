// SPDX-License-Identifier: MIT
#include "reboot_bench.hpp"
#include <hubtwin/storage/trust_store.hpp>

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::test {
namespace {

// What TLS trusts; outlives restarts only for the test's convenience.
struct Trusted final : Trust {
  Status replace(ByteView bundle) override {
    const std::string text(as_text(bundle));
    if (text.substr(0, 4) != "root") {
      return Error::kTlsTrustUnreadable;
    }
    now = text;
    return Status();
  }
  std::string now;
};
Trusted trusted;

struct Program {
  Program(Client& client, Storage& storage)
      : store(client.session(), trusted, storage, as_bytes("root built in"), ByteSpan(room)) {
    load = store.load();
  }
  std::uint8_t room[200] = {};
  TrustStore store;
  Status load;
};

// A network where servers' chains end in one root.
class Bench : public RebootBench<Program> {
 public:
  explicit Bench(std::uint64_t seed = 1) : RebootBench<Program>(seed) { judge(); }
  Program& power_on() {
    trusted.now.clear();
    return RebootBench<Program>::power_on();
  }
  Status offer(const std::string& bundle) {
    Status status = Error::kBackPressure;
    while (status.error() == Error::kBackPressure && flash.flash.powered()) {
      status = program().store.offer(as_bytes(bundle));
    }
    return status;
  }
  // In place of TLS: looks at what is trusted whenever a link is tried.
  bool connect(Duration limit = std::chrono::hours(2)) {
    const MonotonicTime end = world.clock.now() + limit;
    while (world.clock.now() < end && flash.flash.powered()) {
      judge();
      run_for(std::chrono::milliseconds(10));
      judge();
      if (client().connection().state == ConnectionState::kConnected &&
          !program().store.pending()) {
        return true;
      }
    }
    return false;
  }
  void judge() {
    hub.refuse_all(trusted.now.find(root) != std::string::npos
                       ? std::optional<Status>()
                       : std::optional<Status>(Error::kTlsUnknownCa));
  }
  std::string root = "built in";
};

}  // namespace

TEST_CASE("trust store: nothing stored -> the built-in bundle") {
  Bench bench;
  Program& program = bench.power_on();
  REQUIRE(program.load.ok());
  REQUIRE(trusted.now == "root built in");
  REQUIRE(program.store.source() == TrustSource::kBuiltIn);
  REQUIRE(bench.connect());
  REQUIRE(bench.flash.flash.programs() == 0);
}

TEST_CASE("trust store: a good bundle offered -> tried at once, and kept over restarts") {
  Bench bench;
  bench.power_on();
  REQUIRE(bench.connect());
  const unsigned connects = bench.hub.connects("dev");
  REQUIRE(bench.offer("root built in and new").ok());
  REQUIRE(bench.program().store.source() == TrustSource::kTrial);
  REQUIRE(bench.connect(std::chrono::seconds(10)));
  bench.run_for(std::chrono::seconds(10));
  REQUIRE(bench.hub.connects("dev") == connects + 1);
  REQUIRE(bench.program().store.source() == TrustSource::kStored);
  bench.root = "new";  // the server's root changes
  bench.power_on();
  REQUIRE(trusted.now == "root built in and new");
  REQUIRE(bench.program().store.source() == TrustSource::kStored);
  REQUIRE(bench.connect());
  // A second and a third one, so that both places are used again.
  for (const char* bundle : {"root new 2", "root new 3"}) {
    REQUIRE(bench.offer(bundle).ok());
    REQUIRE(bench.connect(std::chrono::seconds(10)));
    REQUIRE(
        bench.run_until([&] { return bench.program().store.source() == TrustSource::kStored; }));
    bench.power_on();
    REQUIRE(trusted.now == bundle);
    REQUIRE(bench.connect());
  }
}

TEST_CASE("trust store: a bad bundle offered -> rolled back in one attempt, the reason is told") {
  Bench bench;
  bench.power_on();
  REQUIRE(bench.connect());
  REQUIRE(bench.offer("root of somebody else").ok());
  const unsigned refusals = bench.hub.refusals();
  REQUIRE(bench.connect(std::chrono::seconds(30)));  // not the slow lane of trust failures
  bench.run_for(std::chrono::seconds(10));
  REQUIRE(bench.hub.refusals() == refusals + 1);
  REQUIRE(bench.program().store.source() == TrustSource::kBuiltIn);
  REQUIRE(bench.program().store.rolled_back().error() == Error::kTlsUnknownCa);
  bench.power_on();
  REQUIRE(trusted.now == "root built in");
  REQUIRE(bench.connect());
}

TEST_CASE("trust store: a bundle that can't be read, or is too long -> refused, nothing changes") {
  Bench bench;
  bench.power_on();
  REQUIRE(bench.connect());
  REQUIRE(bench.offer("garbage").error() == Error::kTlsTrustUnreadable);
  REQUIRE(bench.offer(std::string(201, 'r')).error() == Error::kInvalidArgument);
  REQUIRE(bench.program().store.source() == TrustSource::kBuiltIn);
  REQUIRE(trusted.now == "root built in");
  REQUIRE(bench.client().connection().state == ConnectionState::kConnected);
  bench.power_on();
  REQUIRE(trusted.now == "root built in");
}

TEST_CASE("trust store: the server isn't trusted any more, a new bundle comes -> it mends that") {
  Bench bench;
  bench.power_on();
  bench.root = "new";
  REQUIRE_FALSE(bench.connect(std::chrono::minutes(5)));
  REQUIRE(bench.client().connection().reason.error() == Error::kTlsUnknownCa);
  REQUIRE(bench.offer("root new").ok());
  REQUIRE(bench.connect(std::chrono::seconds(30)));
  REQUIRE(bench.program().store.source() == TrustSource::kStored);
}

TEST_CASE("trust store: the network fails while a bundle is on trial -> it stays on trial") {
  Bench bench;
  bench.power_on();
  REQUIRE(bench.connect());
  bench.hub.ignore_connects(true);
  REQUIRE(bench.offer("root built in, other").ok());
  REQUIRE_FALSE(bench.connect(std::chrono::minutes(10)));
  REQUIRE(bench.program().store.source() == TrustSource::kTrial);
  bench.power_on();
  REQUIRE(bench.program().store.source() == TrustSource::kTrial);
  REQUIRE(trusted.now == "root built in, other");
  bench.hub.ignore_connects(false);
  REQUIRE(bench.connect());
  REQUIRE(bench.program().store.source() == TrustSource::kStored);
}

TEST_CASE("trust store: a stored bundle that can't be used any more -> the next best, and told") {
  Bench bench;
  REQUIRE(bench.flash.reboot().ok());
  REQUIRE(bench.flash.write(5, std::string("T1\1\2", 4)).ok());
  SECTION("the one on trial") {
    REQUIRE(bench.flash.write(3, "root built in, one").ok());
    REQUIRE(bench.flash.write(4, "garbage").ok());
    REQUIRE(bench.power_on().load.error() == Error::kTlsTrustUnreadable);
    REQUIRE(trusted.now == "root built in, one");
    REQUIRE(bench.program().store.source() == TrustSource::kStored);
  }
  SECTION("both") {
    REQUIRE(bench.flash.write(4, std::string(300, 'r')).ok());
    REQUIRE_FALSE(bench.power_on().load.ok());
    REQUIRE(trusted.now == "root built in");
    REQUIRE(bench.program().store.source() == TrustSource::kBuiltIn);
  }
  SECTION("the state is nonsense") {
    for (const std::string& state : {std::string("T1\3\0", 4), std::string("T1\1\1", 4),
                                     std::string("T2\1\0", 4), std::string("T1\1", 3)}) {
      REQUIRE(bench.flash.reboot().ok());
      REQUIRE(bench.flash.write(5, state).ok());
      REQUIRE(bench.power_on().load.ok());
      REQUIRE(trusted.now == "root built in");
    }
  }
  REQUIRE(bench.connect());
}

TEST_CASE(
    "trust store: power fails at random instants -> a good bundle is always in use, at last") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Bench bench(seed);
    FakeRandom random(seed);
    int cuts = 0;
    for (int boot = 0; boot < 10; ++boot) {
      bench.power_on();
      INFO("seed " << seed << ", boot " << boot << ": " << trusted.now);
      REQUIRE(bench.connect());
      REQUIRE(trusted.now.find("built in") != std::string::npos);
      bench.flash.flash.cut_after(1 + random.next() % 150,
                                  static_cast<ModelFlash::Cut>(random.next() % 4));
      for (int step = 0; step < 10 && bench.flash.flash.powered(); ++step) {
        const bool good = random.next() % 2 == 0;
        static_cast<void>(bench.offer(good ? "root built in " + std::to_string(random.next() % 9)
                                           : "root bad " + std::string(random.next() % 100, 'x')));
        static_cast<void>(bench.connect(std::chrono::minutes(5)));
      }
      cuts += bench.flash.flash.powered() ? 0 : 1;
    }
    REQUIRE(cuts >= 5);
  }
}

}  // namespace hubtwin::test
