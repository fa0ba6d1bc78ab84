// SPDX-License-Identifier: MIT
#include "hub_fixture.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin::hub;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr char kMethods[] = "$iothub/methods/POST/#";

struct MethodFixture : HubFixture {
  /// Invokes, and notes how each call ends in `ends`.
  void invoke(const Json& request, const IdentityId& target = {"d", ""}) {
    hub.invoke_method(target, request, [this](const Result<Json>& result) {
      ends.push_back(result ? result.value().dump() : std::to_string(result.error().code));
    });
  }

  /// The text after "$rid=" of the last request.
  std::string rid() const {
    const std::string& topic = outbound.sent.back().topic;
    return topic.substr(topic.find("$rid=") + 5);
  }

  bool answer(const std::string& request_id, const std::string& status, const std::string& payload,
              const std::string& client = "d") {
    return publish(client, "$iothub/methods/res/" + status + "/?$rid=" + request_id, payload);
  }

  std::vector<std::string> ends;
};

using Ends = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(MethodFixture, "a method goes to its target and the answer to the caller") {
  const std::string client = GENERATE("d", "d/m");
  connect(client);
  REQUIRE(subscribe(client, kMethods));
  invoke({{"methodName", "selfTest"}, {"payload", {{"level", 3}}}},
         IdentityId::from_client_id(client));
  REQUIRE(outbound.sent.size() == 1);
  CHECK(outbound.sent[0] ==
        Sent{client, "$iothub/methods/POST/selfTest/?$rid=1", R"({"level":3})", 0});
  CHECK(ends.empty());
  CHECK(answer("1", "200", R"({"ok":true})", client));
  CHECK(ends == Ends{R"({"status":200,"payload":{"ok":true}})"});
  CHECK(answer("1", "200", "1", client));
  CHECK(ends.size() == 1);
}

TEST_CASE_METHOD(MethodFixture, "calls are answered in any order, each by its own target") {
  connect("d");
  connect("d/m");
  REQUIRE(subscribe("d", kMethods));
  REQUIRE(subscribe("d/m", kMethods));
  invoke({{"methodName", "a"}});
  const std::string first = rid();
  invoke({{"methodName", "b"}});
  const std::string second = rid();
  invoke({{"methodName", "c"}}, {"d", "m"});
  const std::string third = rid();
  CHECK(answer(third, "200", "3", "d"));
  CHECK(ends.empty());
  CHECK(answer(second, "200", "2"));
  CHECK(answer(first, "200", "1"));
  CHECK(answer(third, "200", "3", "d/m"));
  CHECK(ends == Ends{R"({"status":200,"payload":2})", R"({"status":200,"payload":1})",
                     R"({"status":200,"payload":3})"});
}

TEST_CASE_METHOD(MethodFixture, "answers of every kind") {
  connect("d");
  REQUIRE(subscribe("d", kMethods));
  const auto [status, payload, end] = GENERATE(table<std::string, std::string, std::string>({
      {"404", "null", R"({"status":404,"payload":null})"},
      {"200", "", R"({"status":200,"payload":null})"},
      {"-7", "\"text\"", R"({"status":-7,"payload":"text"})"},
      {"ok", "1", R"({"status":400,"payload":1})"},
      {"99999999999", "1", R"({"status":400,"payload":1})"},
      {"200", "{", "502000"},
      {"200", std::string(100000, '['), "502000"},
      {"200", '"' + std::string(128 * 1024 - 1, 'x') + '"', "502000"},
  }));
  invoke({{"methodName", "m"}});
  CHECK(answer(rid(), status, payload));
  CHECK(ends == Ends{end});
}

TEST_CASE_METHOD(MethodFixture, "a call without payload sends null") {
  connect("d");
  REQUIRE(subscribe("d", kMethods));
  invoke({{"methodName", "a"}});
  invoke({{"methodName", "a"}, {"payload", nullptr}});
  CHECK(outbound.sent[0].payload == "null");
  CHECK(outbound.sent[1].payload == "null");
}

TEST_CASE_METHOD(MethodFixture, "a target that isn't there is 404 at once") {
  invoke({{"methodName", "m"}});
  const auto connection = connect("d");
  invoke({{"methodName", "m"}});
  REQUIRE(subscribe("d", kMethods));
  hub.disconnected("d", connection);
  invoke({{"methodName", "m"}});
  CHECK(ends == Ends{"404103", "404103", "404103"});
  invoke({{"methodName", "m"}}, {"x", ""});
  invoke({{"methodName", "m"}}, {"d", "x"});
  CHECK(ends.at(3) == "404001");
  CHECK(ends.at(4) == "404010");
}

TEST_CASE_METHOD(MethodFixture,
                 "a call that isn't answered in time is 504, and its late answer nothing") {
  connect("d");
  REQUIRE(subscribe("d", kMethods));
  invoke({{"methodName", "m"}, {"responseTimeoutInSeconds", 5}});
  invoke({{"methodName", "m"}});
  CHECK(hub.next_deadline() == clock.time + seconds{5});
  pass(milliseconds{4999});
  CHECK(ends.empty());
  pass(milliseconds{1});
  CHECK(ends == Ends{"504101"});
  CHECK(answer("1", "200", "1"));
  CHECK(ends.size() == 1);
  pass(seconds{25});
  CHECK(ends == Ends{"504101", "504101"});
}

TEST_CASE_METHOD(MethodFixture, "a caller may wait for the target to connect") {
  invoke({{"methodName", "m"}, {"connectTimeoutInSeconds", 10}, {"responseTimeoutInSeconds", 5}});
  pass(seconds{9});
  CHECK(ends.empty());
  SECTION("it comes and subscribes") {
    connect("d");
    REQUIRE(subscribe("d", kMethods));
    REQUIRE(outbound.sent.size() == 1);
    pass(seconds{4});
    CHECK(answer(rid(), "200", "1"));
    CHECK(ends == Ends{R"({"status":200,"payload":1})"});
  }
  SECTION("it comes with a lasting session that has the filter") {
    const auto connection = connect("d");
    REQUIRE(subscribe("d", kMethods));
    hub.disconnected("d", connection);
    outbound.take();
    invoke({{"methodName", "n"}, {"connectTimeoutInSeconds", 10}});
    connect("d");
    CHECK(outbound.sent.empty());
    hub.tick();
    CHECK(outbound.sent.size() == 1);
  }
  SECTION("it comes and doesn't answer") {
    connect("d");
    REQUIRE(subscribe("d", kMethods));
    pass(seconds{5});
    CHECK(ends == Ends{"504101"});
  }
  SECTION("it doesn't come") {
    pass(seconds{1});
    CHECK(ends == Ends{"404103"});
  }
}

TEST_CASE_METHOD(MethodFixture, "bad requests are 400004 and reach nobody") {
  connect("d");
  REQUIRE(subscribe("d", kMethods));
  const Json bad = GENERATE(values<Json>({
      Json("text"),
      Json::object(),
      {{"methodName", 5}},
      {{"methodName", ""}},
      {{"methodName", "a b"}},
      {{"methodName", "a/b"}},
      {{"methodName", "a#"}},
      {{"methodName", "caf\xC3\xA9"}},
      {{"methodName", std::string(101, 'm')}},
      {{"methodName", "m"}, {"responseTimeoutInSeconds", 4}},
      {{"methodName", "m"}, {"responseTimeoutInSeconds", 301}},
      {{"methodName", "m"}, {"responseTimeoutInSeconds", "30"}},
      {{"methodName", "m"}, {"connectTimeoutInSeconds", -1}},
      {{"methodName", "m"}, {"connectTimeoutInSeconds", 1.5}},
      {{"methodName", "m"}, {"payload", std::string(128 * 1024, 'x')}},
  }));
  invoke(bad);
  CHECK(ends == Ends{"400004"});
  CHECK(outbound.sent.empty());
}

TEST_CASE_METHOD(MethodFixture, "the end of hub or target ends its calls") {
  connect("d");
  REQUIRE(subscribe("d", kMethods));
  invoke({{"methodName", "m"}});
  invoke({{"methodName", "m"}, {"connectTimeoutInSeconds", 10}}, {"d", "m"});
  SECTION("the target is removed") {
    REQUIRE(hub.remove_identity({"d", ""}, std::nullopt));
    CHECK(ends == Ends{"404001", "404001"});
  }
  SECTION("the hub stops") {
    hub.stop();
    CHECK(ends == Ends{"503001", "503001"});
    invoke({{"methodName", "m"}});
    CHECK(ends.size() == 3);
  }
}
