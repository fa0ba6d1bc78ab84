// SPDX-License-Identifier: MIT
#include <hubtwin/auth/user_name.hpp>
#include <hubtwin/version.hpp>

#include <array>
#include <string>

#include <catch2/catch.hpp>

using hubtwin::build_user_name;
using hubtwin::Error;
using hubtwin::UserNameParts;

namespace {

std::string built(const UserNameParts& parts) {
  std::array<char, 256> room{};
  const auto name = build_user_name(parts, {room.data(), room.size()});
  REQUIRE(name.ok());
  return std::string(*name);
}

const std::string kAgent = "hubtwin%2F" HUBTWIN_VERSION_STRING;

}  // namespace

TEST_CASE("user name: device -> host, id, api version and user agent") {
  CHECK(built({"contoso.azure-devices.net", "dev1", "", "", ""}) ==
        "contoso.azure-devices.net/dev1/?api-version=2021-04-12&DeviceClientType=" + kAgent);
}

TEST_CASE("user name: module with product and model -> encoded, model last") {
  CHECK(built({"localhost", "dev1", "$edgeHub", "vending/1.2 (x; y)",
               "dtmi:com:example:Thermostat;1"}) ==
        "localhost/dev1/$edgeHub/?api-version=2021-04-12&DeviceClientType=" + kAgent +
            "%20vending%2F1.2%20%28x%3B%20y%29&model-id=dtmi%3Acom%3Aexample%3AThermostat%3B1");
}

TEST_CASE("user name: every room that is too small -> refused") {
  const UserNameParts parts{"localhost", "dev1", "mod1", "x/1", "dtmi:a;1"};
  const std::string whole = built(parts);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string room(size, '#');
    CHECK(build_user_name(parts, {room.data(), room.size()}).error() == Error::kNoSpace);
  }
  std::string room(whole.size(), '#');
  CHECK(build_user_name(parts, {room.data(), room.size()}).value() == whole);
}
