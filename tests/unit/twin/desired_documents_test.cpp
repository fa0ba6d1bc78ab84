// SPDX-License-Identifier: MIT
// Documents from the hub: whole, cut, hostile, too large.
#include "twin_bench.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin;
using namespace hubtwin::test;
using namespace std::chrono_literals;

namespace {

struct Documents {
  World world;
  TwinBench bench;
  ChangeLog log;
  std::vector<TwinError> errors;

  explicit Documents(const TwinSizes& sizes = TwinSizes()) : bench(world, sizes) {
    bench.twin.on_error([this](const TwinError& error) { errors.push_back(error); });
    REQUIRE(bench.twin.on_desired(log.handler()).ok());
  }
};

struct SmallContext {
  static constexpr std::size_t kDocumentBytes = 512;
  static constexpr std::size_t kCallBytes = 1024;
};

const char kRich[] =
    R"("telemetry":{"every":"5m","limits":[1,25,{"x":"\u00e4"}]},"on":true,"big":4503599627370495)";

}  // namespace

TEST_CASE("documents: any fragment size -> same state") {
  const std::size_t size = GENERATE(1U, 2U, 3U, 7U, 64U, 100000U);
  Documents documents;
  documents.bench.transport.set_fragment_size(size);
  documents.bench.open(kRich, 3);
  REQUIRE(documents.bench.twin.synchronised());
  REQUIRE(*documents.bench.twin.desired("telemetry.every").as_string() == "5m");
  REQUIRE(*documents.bench.twin.desired("telemetry.limits.1").as_integer() == 25);
  REQUIRE(*documents.bench.twin.desired("telemetry.limits.2.x").as_string() == "\xC3\xA4");
  REQUIRE(*documents.bench.twin.desired("big").as_integer() == 4503599627370495);
  documents.bench.notify(R"("telemetry":{"limits":[9]},"on":null)", 4);
  REQUIRE(documents.bench.twin.desired("telemetry.limits").size() == 1);
  REQUIRE_FALSE(documents.bench.twin.desired("on").exists());
  REQUIRE(*documents.bench.twin.desired("telemetry.every").as_string() == "5m");
}

TEST_CASE("documents: one fragment a poll -> old state until the end, then the new one") {
  Documents documents;
  documents.bench.open(R"("a":1)", 3);
  documents.log.take();
  documents.bench.transport.set_fragment_size(1);
  documents.bench.transport.set_fragments_per_poll(1);
  const std::string body = R"({"a":2,"b":3,"$version":4})";
  documents.bench.transport.deliver(TwinBench::notification_topic(4), body);
  for (std::size_t byte = 0; byte < body.size(); ++byte) {
    REQUIRE(ChangeLog::text(documents.bench.twin.desired("a")) == "1");
    REQUIRE_FALSE(documents.bench.twin.desired("b").exists());
    documents.world.poll();
  }
  documents.world.settle();
  REQUIRE(ChangeLog::text(documents.bench.twin.desired("a")) == "2");
  REQUIRE(documents.log.take().size() == 1);
}

TEST_CASE("documents: $ keys, tags and sections nobody asked for -> skipped") {
  Documents documents;
  documents.bench.open();
  documents.bench.answer_get_raw(
      R"({"deviceId":"x","tags":{"a":[1,{"b":null}]},"reported":{"r":{"$x":1},"$version":12,)"
      R"("$metadata":{"r":{}}},"desired":{"$metadata":{"a":{"$lastUpdated":"x"}},"a":{"$b":1,"c":2},)"
      R"("$version":5},"version":3})");
  REQUIRE(documents.bench.twin.synchronised());
  REQUIRE(documents.bench.twin.desired_version() == 5);
  REQUIRE(documents.bench.twin.reported_version() == 12);
  REQUIRE(documents.bench.twin.desired().size() == 1);
  REQUIRE(documents.bench.twin.desired("a").size() == 1);
}

TEST_CASE("documents: not a twin -> nothing applied, read again") {
  const char* const bodies[] = {
      "",
      " ",
      "null",
      "[]",
      "7",
      R"("desired")",
      "{}",
      R"({"desired":{}})",
      R"({"desired":{"a":2},"reported":{"$version":1}})",
      R"({"reported":{"$version":1}})",
      R"({"desired":7,"reported":{}})",
      R"({"desired":[],"reported":{}})",
      R"({"desired":null})",
      R"({"desired":{"a":2,"$version":"7"}})",
      R"({"desired":{"a":2,"$version":0}})",
      R"({"desired":{"a":2,"$version":-3}})",
      R"({"desired":{"a":2,"$version":1.5}})",
      R"({"desired":{"a":2,"$version":{}}})",
      R"({"desired":{"a":2,"$version":[8]}})",
      R"({"desired":{"a":2,"$version":null}})",
      R"({"desired":{"a":2,"$version":8},"desired":{"a":3,"$version":9}})",
      R"({"desired":{"a":2,"$version":8}}x)",
      R"({"desired":{"a":2,"$version":8}}{})",
      R"({"desired":{"a":02,"$version":8}})",
      R"({"desired":{"a":2,"$version":8},})",
      "{\"desired\":{\"a\":\"\xFF\",\"$version\":8}}",
  };
  for (const char* body : bodies) {
    CAPTURE(body);
    Documents documents;
    documents.bench.open(R"("a":1)", 7);
    documents.log.take();
    documents.bench.reconnect();
    documents.bench.answer_get_raw(body);
    REQUIRE(documents.log.take().empty());
    REQUIRE(ChangeLog::text(documents.bench.twin.desired("a")) == "1");
    REQUIRE(documents.bench.twin.desired_version() == 7);
    REQUIRE_FALSE(documents.bench.twin.synchronised());
    REQUIRE(documents.errors.size() == 1);
    REQUIRE(documents.errors[0].retried);
    REQUIRE(documents.bench.await_get());
    documents.bench.answer_get(R"("a":2)", 8);
    REQUIRE(documents.bench.twin.synchronised());
  }
}

TEST_CASE("documents: notification broken off at any length -> nothing applied, read again") {
  const std::string body = R"({"a":{"b":[1,"x\n"]},"c":true,"$version":8})";
  for (std::size_t length = 0; length < body.size(); ++length) {
    CAPTURE(length);
    Documents documents;
    documents.bench.open(R"("a":1)", 7);
    documents.log.take();
    documents.bench.notify_raw(body.substr(0, length), 8);
    REQUIRE(documents.log.take().empty());
    REQUIRE(ChangeLog::text(documents.bench.twin.desired("a")) == "1");
    REQUIRE(documents.bench.gets() == 2);
    documents.bench.answer_get(R"("a":{"b":[1,"x\n"]},"c":true)", 8);
    REQUIRE(documents.log.take() == Lines{" none -> {} v8 catch-up"});
  }
}

TEST_CASE("documents: twin broken off at any length -> nothing applied, read again") {
  const std::string body = TwinBench::whole_twin(R"("a":{"b":[1,2]})", 8);
  for (std::size_t length = 0; length < body.size(); ++length) {
    CAPTURE(length);
    Documents documents;
    documents.bench.open();
    documents.bench.answer_get_raw(body.substr(0, length));
    REQUIRE(documents.log.take().empty());
    REQUIRE(documents.bench.twin.desired().empty());
    REQUIRE(documents.bench.await_get());
  }
}

TEST_CASE("documents: link cut within a document at any length -> old state, then caught up") {
  const std::string body = TwinBench::patch_body(R"("a":{"b":[1,"xyz"]})", 8);
  for (std::size_t length = 0; length <= body.size(); ++length) {
    CAPTURE(length);
    Documents documents;
    documents.bench.open(R"("a":1)", 7);
    documents.log.take();
    ScriptedTransport::Message message;
    message.topic = TwinBench::notification_topic(8);
    message.payload = body;
    message.cut_after = length;
    documents.bench.transport.deliver(message);
    documents.world.settle();
    REQUIRE(ChangeLog::text(documents.bench.twin.desired("a")) == "1");
    REQUIRE(documents.bench.await_get());
    documents.bench.answer_get(R"("a":{"b":[1,"xyz"]})", 8);
    REQUIRE(documents.log.take() == Lines{" none -> {} v8 catch-up"});
  }
}

TEST_CASE("documents: repeated change that never parses -> each time read as a whole") {
  Documents documents;
  documents.bench.open(R"("a":1)", 7);
  for (TwinVersion version = 8; version < 12; ++version) {
    documents.bench.notify_raw("{", version);
    REQUIRE(documents.bench.get_waits());
    documents.bench.answer_get(R"("a":)" + std::to_string(version), version);
    REQUIRE(documents.bench.twin.synchronised());
  }
}

TEST_CASE("documents: larger than the arena -> refused visibly, taken when it shrinks") {
  TwinSizes sizes;
  sizes.desired = 96;
  Documents documents(sizes);
  std::string large = R"("text":")" + std::string(200, 'x') + "\"";
  documents.bench.open(large, 7);
  REQUIRE(documents.bench.get_waits());
  documents.bench.answer_get(large, 7);
  REQUIRE(documents.errors.size() == 1);
  REQUIRE(documents.errors[0].status.error() == Error::kNoSpace);
  REQUIRE_FALSE(documents.errors[0].retried);
  REQUIRE(documents.log.take().empty());
  REQUIRE_FALSE(documents.bench.twin.synchronised());
  REQUIRE_FALSE(documents.bench.await_get(std::chrono::minutes(30)));

  documents.bench.notify(R"("text":"short")", 8);
  REQUIRE(documents.bench.await_get());
  documents.bench.answer_get(R"("text":"short")", 8);
  REQUIRE(documents.bench.twin.synchronised());
  REQUIRE(documents.log.take() == Lines{" none -> {} v8 first state"});
}

TEST_CASE(
    "documents: fits by itself, not beside its journal -> applied in place, only real changes") {
  TwinSizes sizes;
  sizes.desired = 160;
  Documents documents(sizes);
  ChangeLog same;
  ChangeLog other;
  bool kept = true;
  REQUIRE(documents.bench.twin.on_desired("same", same.handler()).ok());
  REQUIRE(documents.bench.twin.on_desired("text", other.handler()).ok());
  REQUIRE(
      documents.bench.twin
          .on_desired("text", [&](const DesiredChange& change) { kept = change.old_value_kept(); })
          .ok());
  const auto members = [](char fill) {
    return R"("same":1,"text":")" + std::string(80, fill) + "\"";
  };
  documents.bench.open(members('x'), 7);
  REQUIRE(documents.bench.twin.synchronised());
  same.take();
  other.take();

  documents.bench.notify(R"("text":")" + std::string(80, 'y') + "\"", 8);
  REQUIRE(documents.bench.get_waits());
  documents.bench.answer_get(members('y'), 8);
  REQUIRE(documents.bench.get_waits());
  REQUIRE_FALSE(documents.bench.twin.synchronised());
  REQUIRE(other.lines.empty());
  documents.bench.answer_get(members('y'), 8);
  REQUIRE(documents.bench.twin.synchronised());
  REQUIRE(other.take() == Lines{"text none -> " + std::string(80, 'y') + " v8 catch-up"});
  REQUIRE(same.take().empty());
  REQUIRE_FALSE(kept);
  REQUIRE(documents.errors.empty());
}

TEST_CASE("documents: link lost while filling in place -> filled on the next link") {
  TwinSizes sizes;
  sizes.desired = 160;
  Documents documents(sizes);
  const auto members = [](char fill) { return R"("text":")" + std::string(80, fill) + "\""; };
  documents.bench.open(members('x'), 7);
  documents.log.take();
  documents.bench.reconnect();
  documents.bench.answer_get(members('y'), 8);
  REQUIRE(documents.bench.get_waits());
  ScriptedTransport::Message message;
  message.topic = "$iothub/twin/res/200/?$rid=" +
                  TwinBench::rid(documents.bench.transport.publishes().back().topic);
  message.payload = TwinBench::whole_twin(members('y'), 8);
  message.cut_after = 100;
  documents.bench.transport.deliver(message);
  documents.bench.count_answered();
  documents.world.settle();
  REQUIRE(documents.bench.await_get());
  documents.bench.answer_get(members('x'), 9);
  REQUIRE(documents.bench.twin.synchronised());
  REQUIRE(documents.log.take().empty());  // what the handler saw last is what there is
  REQUIRE(documents.bench.twin.desired_version() == 9);
}

TEST_CASE("documents: desired doesn't fit -> the reported section is compared all the same") {
  TwinSizes sizes;
  sizes.desired = 96;
  Documents documents(sizes);
  TwinBench& bench = documents.bench;
  bench.open(R"("a":1)", 3);
  REQUIRE(bench.twin.report("kept", 1).ok());
  documents.world.settle();
  REQUIRE(bench.updates().size() == 1);
  bench.answer_update(204, 2);

  // Made anew: the hub has nothing of what it acknowledged.
  const std::string large = R"("list":[1,2,3,4,5,6,7,8,9,10,11,12,13],"b":{"c":1,"d":"text"})";
  bench.transport.set_fragment_size(GENERATE(1U, 1000U));
  bench.reconnect();
  bench.answer_get(large, 1, 1);
  bench.answer_get(large, 1, 1);  // nor does it fit by itself
  REQUIRE(documents.errors.size() == 1);
  REQUIRE(documents.errors[0].status.error() == Error::kNoSpace);
  REQUIRE(documents.world.run_until([&] { return bench.updates().size() == 2; }, 1min));
  REQUIRE(bench.last_update() == R"({"kept":1})");
}

TEST_CASE("documents: every arena size -> refused whole or taken whole, never half") {
  const std::string members = R"("a":{"b":1,"c":"some text"},"d":[1,2,3],"e":12345678901)";
  bool taken = false;
  for (std::size_t size = PropertyTree::kMinimumBytes; size < 400; size += 4) {
    CAPTURE(size);
    TwinSizes sizes;
    sizes.desired = size;
    Documents documents(sizes);
    documents.bench.open(members, 7);
    if (documents.bench.get_waits()) {
      documents.bench.answer_get(members, 7);
    }
    if (documents.bench.twin.synchronised()) {
      taken = true;
      REQUIRE(documents.bench.twin.desired("d").size() == 3);
      REQUIRE(*documents.bench.twin.desired("e").as_integer() == 12345678901);
    } else {
      REQUIRE_FALSE(taken);
      REQUIRE(documents.bench.twin.desired().empty());
      REQUIRE(documents.errors.size() == 1);
    }
  }
  REQUIRE(taken);
}

namespace {

// A twin whose document scratch is small.
struct SmallScratch {
  World world;
  SizedContext<SmallContext> context{Ports{world.clock, world.crypto, world.random}};
  TwinBench bench{world, context, TwinSizes()};
  std::vector<TwinError> errors;
  std::vector<std::string> refused;
  ChangeLog log;

  SmallScratch() {
    bench.twin.on_error([this](const TwinError& error) { errors.push_back(error); });
    bench.twin.on_refused([this](const RefusedValue& value) {
      refused.push_back(std::string(value.path) +
                        (value.reason == Error::kJsonTooLong ? " too long" : " ?") +
                        (value.value.exists() ? " shown v" : " v") + std::to_string(value.version));
    });
  }
  void settle() {
    for (int poll = 0; poll < 50; ++poll) {
      context.poll();
    }
  }
  void open(const std::string& members, TwinVersion version) {
    REQUIRE(bench.session.open().ok());
    settle();
    REQUIRE(bench.gets() == 1);
    const std::string id = TwinBench::rid(bench.transport.publishes().back().topic);
    bench.transport.deliver("$iothub/twin/res/200/?$rid=" + id,
                            TwinBench::whole_twin(members, version));
    settle();
  }
  void notify(const std::string& members, TwinVersion version) {
    bench.transport.deliver(TwinBench::notification_topic(version),
                            TwinBench::patch_body(members, version));
    settle();
  }
};

const std::string kLong = "\"" + std::string(2000, 'x') + "\"";

}  // namespace

TEST_CASE("documents: text longer than the reading scratch -> refused by name, the others apply") {
  SmallScratch small;
  REQUIRE(small.bench.twin.on_desired("a", small.log.handler()).ok());
  REQUIRE(small.bench.twin.on_desired("b.c", small.log.handler()).ok());
  small.open(R"("b":{"c":1},"a":)" + kLong, 3);
  REQUIRE(small.errors.empty());
  REQUIRE(small.bench.twin.synchronised());
  REQUIRE(small.bench.twin.desired_version() == 3);
  REQUIRE(small.refused == Lines{"a too long v3"});
  REQUIRE(small.log.take() == Lines{"b.c none -> 1 v3 first state"});

  small.refused.clear();
  small.notify(R"("a":"short")", 4);
  REQUIRE(small.refused.empty());
  REQUIRE(small.log.take() == Lines{"a none -> short v4 change"});
  small.notify(R"("a":)" + kLong + R"(,"b":{"c":2})", 5);
  REQUIRE(small.refused == Lines{"a too long v5"});
  REQUIRE(small.log.take() == Lines{"b.c 1 -> 2 v5 change"});
  REQUIRE(*small.bench.twin.desired("a").as_string() == "short");
}

TEST_CASE("documents: refused where nothing is registered -> told by each path above it, once") {
  SmallScratch small;
  REQUIRE(small.bench.twin.on_desired("b", small.log.handler()).ok());
  REQUIRE(small.bench.twin.on_desired("b", small.log.handler()).ok());
  REQUIRE(small.bench.twin.on_desired("other", small.log.handler()).ok());
  small.open(R"("b":{"c":)" + kLong + R"(,"d":[1,)" + kLong + R"(]},"x":1)", 3);
  REQUIRE(small.bench.twin.synchronised());
  REQUIRE(small.refused == Lines{"b too long v3"});
}

TEST_CASE("documents: refused first and set by the same key later -> not told") {
  SmallScratch small;
  REQUIRE(small.bench.twin.on_desired("a", small.log.handler()).ok());
  small.open(R"("a":)" + kLong + R"(,"a":1)", 3);
  REQUIRE(small.refused.empty());
  REQUIRE(small.log.take() == Lines{"a none -> 1 v3 first state"});
  small.notify(R"("a":2,"a":)" + kLong, 4);
  REQUIRE(small.bench.twin.synchronised());
}

TEST_CASE("documents: refused in one that breaks off -> not told") {
  SmallScratch small;
  REQUIRE(small.bench.twin.on_desired("a", small.log.handler()).ok());
  small.open(R"("a":1)", 3);
  small.bench.transport.deliver(TwinBench::notification_topic(4), R"({"a":)" + kLong + "!");
  small.settle();
  REQUIRE(small.refused.empty());
}
