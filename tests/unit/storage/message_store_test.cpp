// SPDX-License-Identifier: MIT
#include "reboot_bench.hpp"
#include <hubtwin/storage/crc32.hpp>
#include <hubtwin/storage/message_store.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::test {
namespace {

struct Sender {
  Sender(Client& client, Storage& storage)
      : store(client.session(), client.telemetry(), storage, Span<MessageSlot>(slots)) {}
  MessageSlot slots[5];
  MessageStore store;
};

class Bench : public RebootBench<Sender> {
 public:
  using RebootBench<Sender>::RebootBench;

  Result<std::uint32_t> send(const std::string& body, Qos qos = Qos::kAtLeastOnce) {
    TelemetryMessage message;
    message.payload = as_bytes(body);
    message.qos = qos;
    message.message_id = "id";
    message.content_type = "text/plain";
    return program().store.send(message);
  }
  bool settle() {
    return run_until([&] { return !program().store.pending(); }, std::chrono::minutes(1));
  }
  std::vector<std::string> received() {
    std::vector<std::string> bodies;
    for (const auto& message : hub.telemetry("dev")) {
      bodies.push_back(message.body);
    }
    return bodies;
  }
};
using Bodies = std::vector<std::string>;

}  // namespace

TEST_CASE("message store: power fails before any link -> sent after the restart, in order") {
  Bench bench;
  bench.hub.ignore_connects(true);
  bench.power_on();
  for (const char* body : {"one", "two", "three"}) {
    REQUIRE(bench.send(body).ok());
  }
  REQUIRE(bench.settle());
  REQUIRE(bench.flash.log().count() == 3);
  bench.hub.ignore_connects(false);
  bench.power_on();
  REQUIRE(bench.send("four").ok());
  bench.run_for(std::chrono::minutes(1));
  Bodies received = bench.received();
  REQUIRE(received.size() == 4);
  received.erase(std::find(received.begin(), received.end(), "four"));
  REQUIRE(received == Bodies{"one", "two", "three"});
  const Properties& properties = bench.hub.telemetry("dev").back().properties;
  REQUIRE(std::find(properties.begin(), properties.end(),
                    std::make_pair(std::string("$.mid"), std::string("id"))) != properties.end());
  REQUIRE(bench.flash.log().count() == 0);
  REQUIRE(bench.program().store.count() == 0);
  bench.power_on();
  bench.run_for(std::chrono::minutes(1));
  REQUIRE(bench.received().size() == 4);
}

TEST_CASE("message store: acknowledged within the delay -> the flash is never touched") {
  Bench bench;
  bench.power_on();
  REQUIRE(bench.program().store.set_delay(std::chrono::seconds(5)).ok());
  bench.run_for(std::chrono::seconds(5));
  for (int number = 0; number < 20; ++number) {
    REQUIRE(bench.send(std::to_string(number)).ok());
    bench.run_for(std::chrono::seconds(10));
  }
  REQUIRE(bench.received().size() == 20);
  REQUIRE(bench.flash.flash.programs() == 0);
}

TEST_CASE("message store: no slot, QoS 0 or too long -> refused by name") {
  Bench bench(1, {64, 64 * 64, 3, 0xFF});
  bench.hub.ignore_connects(true);
  bench.power_on();
  REQUIRE(bench.send("x", Qos::kAtMostOnce).error() == Error::kInvalidArgument);
  REQUIRE(bench.send(std::string(RoomyContextSizes::kDocumentBytes, 'x')).error() ==
          Error::kInvalidArgument);
  for (int number = 0; number < 5; ++number) {
    REQUIRE(bench.send("x").ok());
  }
  REQUIRE(bench.send("x").error() == Error::kNoSpace);
  REQUIRE(bench.program().store.count() == 5);
}

TEST_CASE(
    "message store: the outbox drops the oldest -> never a durable one, nor for a stored one") {
  Bench bench;
  bench.hub.ignore_connects(true);
  bench.power_on();
  bench.client().telemetry().set_full_policy(FullPolicy::kDropOldest);
  std::vector<Error> outcomes;
  bench.client().on_sent(
      [&](std::uint32_t, Status outcome) { outcomes.push_back(outcome.error()); });
  REQUIRE(bench.send("durable").ok());
  TelemetryMessage plain;
  plain.payload = as_bytes("plain");
  for (int number = 0; number < 100; ++number) {
    REQUIRE(bench.client().send(plain).ok());
    bench.run_for(std::chrono::milliseconds(1));
  }
  REQUIRE(outcomes.size() > 50);
  REQUIRE(std::count(outcomes.begin(), outcomes.end(), Error::kDropped) ==
          static_cast<std::ptrdiff_t>(outcomes.size()));
  REQUIRE(bench.program().store.count() == 1);
  REQUIRE(bench.send("durable, too").ok());  // it makes room for itself
  REQUIRE(bench.settle());

  bench.power_on();
  bench.client().telemetry().set_full_policy(FullPolicy::kDropOldest);
  while (bench.client().send(plain).ok()) {  // before what is stored is read
  }
  const std::uint32_t dropped = bench.client().counters().dropped;
  bench.run_for(std::chrono::minutes(1));
  REQUIRE(bench.client().counters().dropped == dropped);
  bench.hub.ignore_connects(false);
  bench.run_for(std::chrono::hours(1));
  Bodies received = bench.received();
  REQUIRE(std::count(received.begin(), received.end(), "durable") == 1);
  REQUIRE(std::count(received.begin(), received.end(), "durable, too") == 1);
}

TEST_CASE("message store: closed and opened again -> stored messages are sent then") {
  Bench bench;
  bench.hub.ignore_connects(true);
  bench.power_on();
  std::vector<Error> outcomes;
  bench.client().on_sent(
      [&](std::uint32_t, Status outcome) { outcomes.push_back(outcome.error()); });
  REQUIRE(bench.send("kept").ok());
  REQUIRE(bench.settle());
  bench.client().close();
  REQUIRE(bench.run_until(
      [&] { return bench.client().connection().state == ConnectionState::kClosed; }));
  REQUIRE(outcomes == std::vector<Error>{Error::kCancelled});
  bench.hub.ignore_connects(false);
  REQUIRE(bench.client().open().ok());
  bench.run_for(std::chrono::minutes(1));
  REQUIRE(bench.received() == Bodies{"kept"});
  REQUIRE(outcomes.back() == Error::kNone);
  REQUIRE(bench.flash.log().count() == 0);
}

TEST_CASE("message store: more stored than the outbox holds -> they follow as others leave") {
  Bench bench;
  bench.hub.ignore_connects(true);
  bench.power_on();
  REQUIRE(bench.send(std::string(150, 'a')).ok());
  REQUIRE(bench.send(std::string(150, 'b')).ok());
  REQUIRE(bench.settle());
  bench.power_on();
  TelemetryMessage filler;
  const std::string filling(200, 'f');
  filler.payload = as_bytes(filling);
  REQUIRE(bench.client().telemetry().send(filler).ok());
  bench.hub.ignore_connects(false);
  bench.run_for(std::chrono::minutes(5));
  REQUIRE(bench.received() == Bodies{filling, std::string(150, 'a'), std::string(150, 'b')});
}

TEST_CASE("message store: records of others, or that are cut -> removed and never sent") {
  Crc32 crc;
  crc.add(as_bytes("dev"));
  std::string head = "MSG1";
  for (int shift = 0; shift < 32; shift += 8) {
    head += static_cast<char>(crc.value() >> shift);
  }
  for (const std::string& content :
       {std::string("x"), head, head + std::string("\1\0\0\0\x40\0\0\0short", 13),
        std::string("MSG1\1\2\3\4\1\0\0\0\1\0\0\0ab", 18)}) {
    Bench bench;
    REQUIRE(bench.flash.reboot().ok());
    REQUIRE(bench.flash.write(0x41, content).ok());
    bench.power_on();
    bench.run_for(std::chrono::minutes(1));
    REQUIRE(bench.received().empty());
    REQUIRE(bench.flash.log().count() == 0);
  }
}

TEST_CASE("message store: power fails at random instants -> every stored message arrives") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Bench bench(seed);
    FakeRandom random(seed);
    std::set<std::string> owed;
    std::set<std::string> posted;
    int number = 0;
    int cuts = 0;
    for (int boot = 0; boot < 10; ++boot) {
      bench.hub.ignore_connects(random.next() % 3 == 0);
      bench.power_on();
      posted.clear();
      bench.flash.flash.cut_after(1 + random.next() % 120,
                                  static_cast<ModelFlash::Cut>(random.next() % 4));
      for (int step = 0; step < 40 && bench.flash.flash.powered(); ++step) {
        const std::string body = "m" + std::to_string(++number);
        if (bench.send(body).ok()) {
          posted.insert(body);
        }
        bench.run_for(std::chrono::milliseconds(random.next() % 3000));
        if (bench.flash.flash.powered() && !bench.program().store.pending()) {
          owed.insert(posted.begin(), posted.end());
        }
      }
      cuts += bench.flash.flash.powered() ? 0 : 1;
    }
    REQUIRE(cuts >= 5);
    REQUIRE(owed.size() > 5);
    bench.hub.ignore_connects(false);
    bench.power_on();
    bench.run_for(std::chrono::hours(1));
    REQUIRE(bench.program().store.count() == 0);
    const Bodies received = bench.received();
    for (const std::string& body : owed) {
      INFO("seed " << seed << ", " << body);
      REQUIRE(std::find(received.begin(), received.end(), body) != received.end());
    }
  }
}

}  // namespace hubtwin::test
