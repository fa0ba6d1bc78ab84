// SPDX-License-Identifier: MIT
#include "tools/hub/cli/hub_directory.hpp"

#include "support/temporary_directory.hpp"
#include "tools/hub/cli/errors.hpp"
#include "tools/hub/cli/private_file.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::hub::cli {
namespace {

constexpr const char* kService = "HostName=h;SharedAccessKeyName=owner;SharedAccessKey=c2VjcmV0";

TEST_CASE("a service connection string is read") {
  const ServiceEndpoint endpoint = parse_service_connection_string(kService);
  CHECK(endpoint.host_name == "h");
  CHECK(endpoint.address == "h");
  CHECK(endpoint.policy_name == "owner");
  CHECK(endpoint.policy_key == "c2VjcmV0");
  CHECK(service_connection_string("h", {"owner", "c2VjcmV0", ""}) == kService);
}

TEST_CASE("a service connection string's fault is named and the key never shown") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "HostName"},
      {"HostName=h;SharedAccessKey=c2VjcmV0", "SharedAccessKeyName"},
      {"HostName=h;SharedAccessKeyName=p;SharedAccessKey=", "SharedAccessKey"},
      {"HostName=h;HostName=i;SharedAccessKeyName=p;SharedAccessKey=c2VjcmV0", "twice"},
      {"HostName=h;SharedAccessKeyName=p;SharedAccessKey=c2VjcmV", "base64"},
      {"HostName=h;c2VjcmV0", "without '='"},
  };
  for (const auto& [text, words] : cases) {
    INFO(text);
    try {
      static_cast<void>(parse_service_connection_string(text));
      FAIL("it was accepted");
    } catch (const UsageError& error) {
      CHECK_THAT(error.what(), Catch::Contains(words));
      CHECK_THAT(error.what(), !Catch::Contains("c2VjcmV"));
    }
  }
}

TEST_CASE("an identity's document gives its connection string") {
  Json identity = {{"deviceId", "d"},
                   {"authentication", {{"symmetricKey", {{"primaryKey", "a2V5"}}}}}};
  CHECK(identity_connection_string("h", identity) == "HostName=h;DeviceId=d;SharedAccessKey=a2V5");
  identity["moduleId"] = "m";
  CHECK(identity_connection_string("h", identity) ==
        "HostName=h;DeviceId=d;ModuleId=m;SharedAccessKey=a2V5");
  identity["authentication"]["symmetricKey"]["primaryKey"] = nullptr;
  CHECK_THROWS_AS(identity_connection_string("h", identity), UsageError);
}

TEST_CASE("the policy is made once") {
  const test::TemporaryDirectory temporary;
  const HubDirectory directory(temporary.path());
  const ServicePolicy made = directory.ensure_policy();
  CHECK(made.name == "iothubowner");
  CHECK(made.primary_key.size() == 44);
  CHECK(directory.ensure_policy().primary_key == made.primary_key);
  CHECK((std::filesystem::status(directory.policy_file()).permissions() &
         std::filesystem::perms::mask) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("a directory tells where its hub is, or that none runs") {
  const test::TemporaryDirectory temporary;
  const HubDirectory directory(temporary.path());
  CHECK_THROWS_WITH(directory.running_endpoint(), Catch::Contains("no hub runs in"));

  write_private_file(directory.running_file(), "{\"address\":");
  CHECK_THROWS_WITH(directory.running_endpoint(), Catch::Contains("isn't JSON"));
  write_private_file(directory.running_file(), Json{{"serviceConnectionString", kService}}.dump());
  CHECK_THROWS_WITH(directory.running_endpoint(), Catch::Contains("'address'"));

  const Json running = {{"serviceConnectionString", kService},
                        {"address", "127.0.0.9"},
                        {"caFile", "/ca.pem"},
                        {"restPort", 1234}};
  write_private_file(directory.running_file(), running.dump());
  const ServiceEndpoint endpoint = directory.running_endpoint();
  CHECK(endpoint.host_name == "h");
  CHECK(endpoint.address == "127.0.0.9");
  CHECK(endpoint.ca_file == "/ca.pem");
  CHECK(endpoint.port == 1234);
}

}  // namespace
}  // namespace hubtwin::hub::cli
