// SPDX-License-Identifier: MIT
#include "support/scripted_transport.hpp"
#include "support/world.hpp"
#include <hubtwin/device_client.hpp>
#include <hubtwin/module_client.hpp>

#include <memory>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::ConnectionState;
using hubtwin::Error;
using hubtwin::Identity;
using hubtwin::test::ScriptedTransport;
using hubtwin::test::World;

namespace {

constexpr std::string_view kKey = ";SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

std::string device(const std::string& id = "dev1") {
  return "HostName=contoso.azure-devices.net;DeviceId=" + id + std::string(kKey);
}

std::string module(const std::string& id) {
  return "HostName=contoso.azure-devices.net;DeviceId=dev1;ModuleId=" + id + std::string(kKey);
}

struct TelemetryOnly : hubtwin::DefaultSizes {
  static constexpr std::size_t kDesiredBytes = 0;
  static constexpr std::size_t kMethods = 0;
  static constexpr bool kMessages = false;
};

struct Choosy : hubtwin::DefaultSizes {
  static constexpr std::string_view kNames[] = {"sendFrequency", "telemetryConfig"};
  static constexpr hubtwin::Span<const std::string_view> kKnownKeys = kNames;
  static constexpr std::string_view kAsked[] = {"telemetryConfig.sendFrequency"};
  static constexpr hubtwin::Span<const std::string_view> kWantedDesired = kAsked;
};

}  // namespace

TEST_CASE("client: device with all subjects -> subscribes the four documented filters at once") {
  World world;
  ScriptedTransport transport(world.clock);
  transport.set_automatic(true);
  hubtwin::SizedDeviceClient<> client(world.context, transport, Identity::parse(device()).value());
  client.on_message([](const hubtwin::Message&) {});
  REQUIRE(client.on_method("m", [](hubtwin::MethodCall) {}).ok());
  REQUIRE(client.open().ok());
  world.settle();
  CHECK(client.connection().state == ConnectionState::kConnected);
  REQUIRE(transport.subscribes().size() == 1);
  CHECK(transport.subscribes()[0].filters.size() == 4);
  CHECK(transport.subscribed_to("$iothub/twin/res/#"));
  CHECK(transport.subscribed_to("$iothub/twin/PATCH/properties/desired/#"));
  CHECK(transport.subscribed_to("$iothub/methods/POST/#"));
  CHECK(transport.subscribed_to("devices/+/messages/devicebound/#"));
}

TEST_CASE("client: names and paths known when it is built -> taken from the sizes") {
  World world;
  ScriptedTransport transport(world.clock);
  hubtwin::SizedDeviceClient<Choosy> client(world.context, transport,
                                            Identity::parse(device()).value());
  int every = 0;
  CHECK(client.twin().bind("telemetryConfig.sendFrequency", every).ok());
  CHECK(client.twin().bind("telemetryConfig.other", every).error() == Error::kNotFound);
}

TEST_CASE("client: telemetry alone -> subscribes nothing and sends") {
  World world;
  ScriptedTransport transport(world.clock);
  transport.set_automatic(true);
  hubtwin::SizedDeviceClient<TelemetryOnly> client(world.context, transport,
                                                   Identity::parse(device()).value());
  hubtwin::TelemetryMessage message;
  message.payload = hubtwin::as_bytes("{}");
  REQUIRE(client.send(message).ok());
  REQUIRE(client.open().ok());
  world.settle();
  CHECK(transport.subscribes().empty());
  REQUIRE(transport.publishes().size() == 1);
  CHECK(transport.publishes()[0].topic == "devices/dev1/messages/events/");
}

TEST_CASE("client: identity of the other kind -> invalid argument") {
  World world;
  ScriptedTransport transport(world.clock);
  hubtwin::SizedDeviceClient<> client(world.context, transport,
                                      Identity::parse(module("m")).value());
  CHECK(client.open().error() == Error::kInvalidArgument);
  ScriptedTransport other(world.clock);
  hubtwin::SizedModuleClient<> wrong(world.context, other, Identity::parse(device()).value());
  CHECK(wrong.open().error() == Error::kInvalidArgument);
}

TEST_CASE("client: identity longer than its room -> no space, nothing cut") {
  World world;
  ScriptedTransport transport(world.clock);
  const std::string text = device(std::string(128, 'd'));
  hubtwin::SizedDeviceClient<> client(world.context, transport, Identity::parse(text).value());
  CHECK(client.open().error() == Error::kNoSpace);
}

TEST_CASE(
    "client: device and twenty modules in one context -> one poll and one deadline serve all") {
  World world;
  std::vector<std::unique_ptr<ScriptedTransport>> transports;
  std::vector<std::unique_ptr<hubtwin::SizedModuleClient<>>> modules;
  ScriptedTransport transport(world.clock);
  transport.set_automatic(true);
  hubtwin::SizedDeviceClient<> client(world.context, transport, Identity::parse(device()).value());
  REQUIRE(client.open().ok());
  for (int i = 0; i < 20; ++i) {
    transports.push_back(std::make_unique<ScriptedTransport>(world.clock));
    transports.back()->set_automatic(true);
    modules.push_back(std::make_unique<hubtwin::SizedModuleClient<>>(
        world.context, *transports.back(),
        Identity::parse(module("m" + std::to_string(i))).value()));
    REQUIRE(modules.back()->open().ok());
  }
  world.settle();
  CHECK(client.connection().state == ConnectionState::kConnected);
  for (const auto& each : modules) {
    CHECK(each->connection().state == ConnectionState::kConnected);
  }
  // A fault in one leaves the others' state untouched; one that ends is forgotten.
  transports[7]->cut();
  world.settle();
  CHECK(modules[7]->connection().state == ConnectionState::kWaitingToRetry);
  CHECK(modules[8]->connection().state == ConnectionState::kConnected);
  modules.erase(modules.begin() + 3);
  world.run_for(1min);
  CHECK(modules[6]->connection().state == ConnectionState::kConnected);
}

#if HUBTWIN_CONTRACTS
TEST_CASE("client: subject that the sizes leave out -> contract violation, not a crash") {
  World world;
  ScriptedTransport transport(world.clock);
  hubtwin::SizedDeviceClient<TelemetryOnly> client(world.context, transport,
                                                   Identity::parse(device()).value());
  hubtwin::set_contract_hook([](const char* what) { throw std::logic_error(what); });
  CHECK_THROWS_AS(client.twin(), std::logic_error);
  hubtwin::set_contract_hook(nullptr);
}
#endif
