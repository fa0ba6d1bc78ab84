// SPDX-License-Identifier: MIT
// Faults on demand: the vocabulary, the list, and what the hub does with its own.
#include "hub_fixture.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

namespace hubtwin::hub {

using namespace std::chrono_literals;

namespace {

std::string refusal(const Json& document) {
  const Result<Fault> fault = Fault::parse(document);
  return fault ? "" : fault.error().message;
}

const std::string kResponses = "$iothub/twin/res/#";
const std::string kDesired = "$iothub/twin/PATCH/properties/desired/#";
const std::string kMethods = "$iothub/methods/POST/#";

/// Device "d" connected, with all filters, and faults by their documents.
struct FaultFixture : HubFixture {
  FaultFixture() {
    connection = connect("d");
    subscribe("d", kResponses);
    subscribe("d", kDesired);
    subscribe("d", kMethods);
    outbound.take();
  }
  std::string want(const Json& document) {
    const Result<Fault> fault = Fault::parse(document);
    if (!fault) {
      throw std::logic_error(fault.error().message);
    }
    const Result<Json> added = hub.add_fault(fault.value());
    if (!added) {
      throw std::logic_error(added.error().message);
    }
    return added.value().value("id", "");
  }
  bool get(int rid) { return publish("d", "$iothub/twin/GET/?$rid=" + std::to_string(rid), ""); }
  bool report(int rid, const std::string& body) {
    return publish("d", "$iothub/twin/PATCH/properties/reported/?$rid=" + std::to_string(rid),
                   body);
  }
  void set_desired(const Json& desired) {
    REQUIRE(hub.patch_twin({"d", ""}, {{"properties", {{"desired", desired}}}}, std::nullopt));
  }
  Json reported() {
    Json section = hub.get_twin({"d", ""}).value().at("properties").at("reported");
    section.erase("$metadata");
    section.erase("$version");
    return section;
  }
  std::vector<std::string> topics() {
    std::vector<std::string> all;
    for (const Sent& sent : outbound.take()) {
      all.push_back(sent.topic);
    }
    return all;
  }

  std::uintptr_t connection = 0;
};

}  // namespace

TEST_CASE("faults: a document that isn't in order -> refused by the name of what is wrong") {
  CHECK(refusal(Json::array()) == "a fault must be an object");
  CHECK(refusal({{"do", "lose"}}) == "the fault's 'at' is missing or isn't a string");
  CHECK(refusal({{"at", "nowhere"}, {"do", "lose"}}).find("'at' must be one of connect, ") !=
        std::string::npos);
  CHECK(refusal({{"at", "telemetry"}, {"do", "delay"}}) ==
        "the fault's 'do' must, at telemetry, be one of close, lose");
  CHECK(refusal({{"at", "get"}, {"do", "answer"}}) ==
        "the fault's member 'status' is missing at get, answer");
  CHECK(refusal({{"at", "get"}, {"do", "answer"}, {"status", 1000}}) ==
        "the fault's 'status' must be a whole number from 100 to 999");
  CHECK(refusal({{"at", "get"}, {"do", "lose"}, {"status", 400}}) ==
        "the fault's member 'status' isn't known at get, lose");
  CHECK(refusal({{"at", "get"}, {"do", "lose"}, {"count", -1}}) ==
        "the fault's 'count' must be a whole number from 0 to 1000000");
  CHECK(refusal({{"at", "get"}, {"do", "lose"}, {"identity", "a b"}}) ==
        "the fault's 'identity' must be a device's id or DEVICE/MODULE");
  CHECK(refusal({{"at", "link"}, {"do", "silence"}, {"direction", "up"}}) ==
        "the fault's 'direction' must be one of both, to-hub, to-device");
  CHECK(refusal({{"at", "notification"}, {"do", "answer"}, {"version", "x"}})
            .find("'version' must be a whole number from 0") != std::string::npos);
}

TEST_CASE("faults: skip and count -> so many pass, so many are struck, then it is gone") {
  FaultList list("x");
  Fault fault = Fault::parse({{"at", "get"}, {"do", "lose"}, {"skip", 2}, {"count", 2}}).value();
  CHECK(list.add(fault).id == "x1");
  std::vector<bool> struck(6);
  std::generate(struck.begin(), struck.end(), [&] { return list.strike("get", "d").has_value(); });
  CHECK(struck == std::vector<bool>{false, false, true, true, false, false});
  CHECK(list.size() == 0);
  fault = Fault::parse({{"at", "get"}, {"do", "lose"}, {"count", 0}, {"identity", "d/m"}}).value();
  list.add(fault);
  CHECK_FALSE(list.strike("get", "d"));
  CHECK_FALSE(list.strike("report", "d/m"));
  for (int i = 0; i < 5; ++i) {
    CHECK(list.strike("get", "d/m"));
  }
  CHECK(list.to_json()[0].at("struck") == 5);
  CHECK(list.remove("x2"));
  CHECK_FALSE(list.remove("x2"));
}

TEST_CASE("faults: at connect -> refused, or closed without an answer") {
  FaultFixture fixture;
  fixture.want({{"at", "connect"}, {"do", "refuse"}});
  fixture.want({{"at", "connect"}, {"do", "close"}});
  CHECK(fixture.hub.connect(fixture.request("d")).kind == Verdict::Kind::kRefuse);
  CHECK(fixture.hub.connect(fixture.request("d")).kind == Verdict::Kind::kClose);
  CHECK(fixture.hub.is_current("d", fixture.connection));  // it wasn't taken over
  CHECK(fixture.hub.connect(fixture.request("d")).accepted());
}

TEST_CASE("faults: when connected -> closed, sent to, patched before any filter") {
  FaultFixture fixture;
  fixture.want({{"at", "connected"}, {"do", "send"}, {"topic", "a/b"}, {"payload", "hello"}});
  fixture.want({{"at", "connected"}, {"do", "set-desired"}, {"desired", {{"v", 1}}}});
  fixture.want({{"at", "connected"}, {"do", "close"}, {"delayMs", 500}});
  fixture.connect("d", true);
  CHECK(fixture.outbound.sent.empty());  // CONNACK goes first
  fixture.pass(0ms);
  REQUIRE(fixture.outbound.sent.size() == 1);
  CHECK(fixture.outbound.sent[0].payload == "hello");
  CHECK(fixture.hub.get_twin({"d", ""}).value().at("properties").at("desired").at("v") == 1);
  CHECK(fixture.outbound.closed.empty());
  fixture.pass(500ms);
  REQUIRE(fixture.outbound.closed.size() == 1);
}

TEST_CASE("faults: what was put off for a connection that has gone -> doesn't happen") {
  FaultFixture fixture;
  fixture.want({{"at", "get"}, {"do", "delay"}, {"delayMs", 1000}});
  CHECK(fixture.get(1));
  fixture.connect("d");
  fixture.subscribe("d", kResponses);
  fixture.outbound.take();
  fixture.pass(2s);
  CHECK(fixture.topics().empty());
}

TEST_CASE("faults: at subscribe -> refused, closed, or desired properties change behind it") {
  FaultFixture fixture;
  fixture.connect("d", true);
  fixture.want({{"at", "subscribe"}, {"do", "refuse"}});
  fixture.want({{"at", "subscribe"}, {"do", "close"}});
  fixture.want({{"at", "subscribe"}, {"do", "set-desired"}, {"desired", {{"v", 1}}}});
  CHECK(fixture.hub.subscribe("d", kDesired, 0).kind == Verdict::Kind::kRefuse);
  CHECK(fixture.hub.subscribe("d", kDesired, 0).kind == Verdict::Kind::kClose);
  CHECK(fixture.hub.subscribe("d", kDesired, 0).accepted());
  fixture.outbound.take();
  fixture.pass(0ms);
  CHECK(fixture.topics() ==
        std::vector<std::string>{"$iothub/twin/PATCH/properties/desired/?$version=2"});
}

TEST_CASE("faults: at get -> lost, late, another status, doubled, closed") {
  FaultFixture fixture;
  const std::string ok = "$iothub/twin/res/200/?$rid=";
  SECTION("lose") {
    fixture.want({{"at", "get"}, {"do", "lose"}});
    CHECK(fixture.get(1));
    CHECK(fixture.get(2));
    CHECK(fixture.topics() == std::vector<std::string>{ok + "2"});
  }
  SECTION("delay") {
    fixture.want({{"at", "get"}, {"do", "delay"}, {"delayMs", 700}});
    CHECK(fixture.get(1));
    fixture.set_desired({{"v", 1}});
    CHECK(fixture.topics() ==
          std::vector<std::string>{"$iothub/twin/PATCH/properties/desired/?$version=2"});
    fixture.pass(699ms);
    CHECK(fixture.topics().empty());
    fixture.pass(1ms);
    REQUIRE(fixture.outbound.sent.size() == 1);
    CHECK(fixture.outbound.sent[0].topic == ok + "1");
    CHECK(fixture.outbound.sent[0].payload.find("\"v\"") == std::string::npos);  // as it was then
  }
  SECTION("a change between request and answer") {
    fixture.want({{"at", "get"}, {"do", "set-desired"}, {"desired", {{"v", 1}}}});
    CHECK(fixture.get(1));
    CHECK(fixture.topics() ==
          std::vector<std::string>{"$iothub/twin/PATCH/properties/desired/?$version=2", ok + "1"});
  }
  SECTION("answer") {
    fixture.want({{"at", "get"}, {"do", "answer"}, {"status", 429}});
    fixture.want({{"at", "get"}, {"do", "answer"}, {"status", 200}, {"body", ""}});
    fixture.get(1);
    fixture.get(2);
    REQUIRE(fixture.outbound.sent.size() == 2);
    CHECK(fixture.outbound.sent[0].topic == "$iothub/twin/res/429/?$rid=1");
    CHECK(Json::parse(fixture.outbound.sent[0].payload).at("errorCode") == 429000);
    CHECK(fixture.outbound.sent[1] == Sent{"d", ok + "2", "", 0});
  }
  SECTION("duplicate") {
    fixture.want({{"at", "get"}, {"do", "duplicate"}, {"copies", 3}});
    fixture.get(1);
    CHECK(fixture.topics().size() == 3);
  }
  SECTION("close") {
    fixture.want({{"at", "get"}, {"do", "close"}});
    CHECK_FALSE(fixture.get(1));
    CHECK(fixture.topics().empty());
  }
}

TEST_CASE("faults: at report -> applied or not, whatever is answered") {
  FaultFixture fixture;
  const auto topics_of = [&](const Json& fault) {
    fixture.want(fault);
    fixture.report(1, R"({"a":1})");
    return fixture.topics();
  };
  SECTION("no answer, applied") {
    CHECK(topics_of({{"at", "report"}, {"do", "lose"}}).empty());
    CHECK(fixture.reported() == Json{{"a", 1}});
  }
  SECTION("no answer, not applied") {
    CHECK(topics_of({{"at", "report"}, {"do", "lose"}, {"applied", false}}).empty());
    CHECK(fixture.reported().empty());
  }
  SECTION("refused") {
    CHECK(topics_of({{"at", "report"}, {"do", "answer"}, {"status", 400}, {"body", "{}"}}) ==
          std::vector<std::string>{"$iothub/twin/res/400/?$rid=1"});
    CHECK(fixture.reported().empty());
  }
  SECTION("applied, and an error all the same") {
    CHECK(topics_of({{"at", "report"}, {"do", "answer"}, {"status", 408}, {"applied", true}}) ==
          std::vector<std::string>{"$iothub/twin/res/408/?$rid=1"});
    CHECK(fixture.reported() == Json{{"a", 1}});
  }
  SECTION("closed behind the effect, and before it") {
    fixture.want({{"at", "report"}, {"do", "close"}});
    fixture.want({{"at", "report"}, {"do", "close"}, {"applied", false}});
    CHECK_FALSE(fixture.report(1, R"({"a":1})"));
    CHECK_FALSE(fixture.report(2, R"({"a":2})"));
    CHECK(fixture.reported() == Json{{"a", 1}});
    CHECK(fixture.topics().empty());
  }
}

TEST_CASE("faults: at notification -> lost, doubled, late, with another version or body") {
  FaultFixture fixture;
  const std::string topic = "$iothub/twin/PATCH/properties/desired/?$version=";
  fixture.want({{"at", "notification"}, {"do", "lose"}});
  fixture.want({{"at", "notification"}, {"do", "duplicate"}});
  fixture.want({{"at", "notification"}, {"do", "delay"}, {"delayMs", 50}});
  fixture.want({{"at", "notification"}, {"do", "answer"}, {"version", 1}});
  fixture.want({{"at", "notification"}, {"do", "answer"}, {"body", "{\"a\":"}});
  for (int i = 1; i <= 5; ++i) {
    fixture.set_desired({{"v", i}});
  }
  fixture.pass(50ms);
  const std::vector<Sent> sent = fixture.outbound.take();
  REQUIRE(sent.size() == 5);
  CHECK(sent[0].topic == topic + "3");
  CHECK(sent[1] == sent[0]);
  CHECK(sent[2] == Sent{"d", topic + "1", R"({"v":4,"$version":1})", 0});
  CHECK(sent[3] == Sent{"d", topic + "6", "{\"a\":", 0});
  CHECK(sent[4].topic == topic + "4");
}

TEST_CASE("faults: at telemetry -> closed behind the effect, before it, or taken and forgotten") {
  FaultFixture fixture;
  fixture.want({{"at", "telemetry"}, {"do", "close"}});
  fixture.want({{"at", "telemetry"}, {"do", "close"}, {"applied", false}});
  fixture.want({{"at", "telemetry"}, {"do", "lose"}});
  CHECK_FALSE(fixture.publish("d", "devices/d/messages/events/", "1"));
  CHECK_FALSE(fixture.publish("d", "devices/d/messages/events/", "2"));
  CHECK(fixture.publish("d", "devices/d/messages/events/", "3"));
  CHECK(fixture.publish("d", "devices/d/messages/events/", "4"));
  std::string kept;
  for (const TelemetryEvent& event : fixture.hub.telemetry_after(0, 10, std::nullopt)) {
    kept += event.payload;
  }
  CHECK(kept == "14");
}

TEST_CASE("faults: now -> done at once to those who are connected, and not kept") {
  FaultFixture fixture;
  fixture.want({{"at", "now"}, {"do", "send"}, {"topic", "x"}, {"identity", "d/m"}});
  CHECK(fixture.topics().empty());
  fixture.want({{"at", "now"}, {"do", "send"}, {"topic", "x"}});
  CHECK(fixture.topics() == std::vector<std::string>{"x"});
  fixture.want({{"at", "now"}, {"do", "close"}});
  CHECK(fixture.outbound.closed.size() == 1);
  CHECK(fixture.hub.faults().empty());
}

TEST_CASE("faults: the token clock ahead -> a token that is good by the true time has expired") {
  HubFixture fixture;
  fixture.hub.set_token_clock(2h, 300s);
  CHECK(fixture.hub.connect(fixture.request("d")).kind == Verdict::Kind::kRefuse);
  fixture.hub.set_token_clock(3595s, 0s);
  CHECK(fixture.hub.connect(fixture.request("d")).accepted());
  fixture.pass(5s);
  CHECK(fixture.outbound.closed.empty());
  fixture.pass(2s);
  REQUIRE(fixture.outbound.closed.size() == 1);
  CHECK(fixture.outbound.closed[0].second == "its token has expired");
  CHECK(fixture.hub.token_clock() == Json{{"offsetSeconds", 3595}, {"tokenSkewSeconds", 0}});
}

TEST_CASE("faults: those of the network -> refused by the hub, and more than a list holds") {
  FaultFixture fixture;
  const Fault network = Fault::parse({{"at", "link"}, {"do", "reset"}}).value();
  CHECK(fixture.hub.add_fault(network).error().code == 400004);
  CHECK(fixture.hub.remove_fault("h1").error().http_status == 404);
  for (std::size_t i = 0; i < FaultList::kMost; ++i) {
    fixture.want({{"at", "get"}, {"do", "lose"}});
  }
  CHECK(fixture.hub.add_fault(Fault::parse({{"at", "get"}, {"do", "lose"}}).value()).error().code ==
        400004);
  fixture.hub.clear_faults();
  CHECK(fixture.hub.faults().empty());
}

}  // namespace hubtwin::hub
