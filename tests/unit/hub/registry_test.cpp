// SPDX-License-Identifier: MIT
#include "hub_fixture.hpp"
#include "tools/hub/core/encoding.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin::hub;

namespace {

std::string key_of(const Json& identity, const char* which) {
  return identity["authentication"]["symmetricKey"][which];
}

Json keys(const std::string& primary, const std::string& secondary) {
  return {{"authentication",
           {{"symmetricKey", {{"primaryKey", primary}, {"secondaryKey", secondary}}}}}};
}

}  // namespace

TEST_CASE_METHOD(HubFixture, "a device made without keys gets some") {
  for (const Json& body : {Json::object(), keys("", "")}) {
    const std::string name = "new" + std::to_string(body.size());
    const Json made = hub.put_identity({name, ""}, body, std::nullopt).value();
    CHECK(made["deviceId"] == name);
    CHECK(made["status"] == "enabled");
    CHECK(made["connectionState"] == "Disconnected");
    CHECK(made["connectionStateUpdatedTime"] == "0001-01-01T00:00:00Z");
    CHECK(made["authentication"]["type"] == "sas");
    CHECK(made["generationId"] == "638355968000000000");
    CHECK(made["capabilities"] == Json{{"iotEdge", false}});
    CHECK(base64_decode(key_of(made, "primaryKey"))->size() == 32);
    CHECK(key_of(made, "primaryKey") != key_of(made, "secondaryKey"));
    CHECK(hub.get_identity({name, ""}).value() == made);
  }
}

TEST_CASE_METHOD(HubFixture,
                 "creation needs an absent identity, update a present one and its etag") {
  const IdentityId device{"d", ""};
  const IdentityId module{"d", "m"};
  CHECK(hub.put_identity(device, {}, std::nullopt).error().code == 409001);
  CHECK(hub.put_identity(module, Json::object(), std::nullopt).error().code == 409301);
  CHECK(hub.put_identity({"x", ""}, Json::object(), "*").error().code == 404001);
  CHECK(hub.put_identity({"x", "m"}, Json::object(), std::nullopt).error().code == 404001);
  CHECK(hub.put_identity({"d", "x"}, Json::object(), "*").error().code == 404010);

  const std::string etag = hub.get_identity(device).value()["etag"];
  const Json body = {{"status", "disabled"}, {"statusReason", "lost"}, {"deviceId", "d"}};
  const Json changed = hub.put_identity(device, body, '"' + etag + '"').value();
  CHECK(changed["status"] == "disabled");
  CHECK(changed["statusReason"] == "lost");
  CHECK(changed["statusUpdatedTime"] == "2023-11-14T22:13:20.0000000Z");
  CHECK(changed["etag"] != etag);
  CHECK(key_of(changed, "primaryKey") == kPrimaryKey);
  CHECK(hub.put_identity(device, body, etag).error().code == 412001);
  CHECK(hub.remove_identity(device, etag).error().code == 412001);
}

TEST_CASE_METHOD(HubFixture, "bad ids and bodies are 400004 and change nothing") {
  for (const std::string id : {"", "a/b", "a b", "caf\xC3\xA9", "a\"b", "a\nb"}) {
    INFO(id);
    CHECK(hub.put_identity({id, ""}, Json::object(), std::nullopt).error().code == 400004);
  }
  CHECK(hub.put_identity({std::string(129, 'x'), ""}, Json::object(), std::nullopt).error().code ==
        400004);
  CHECK(hub.put_identity({std::string(128, 'x'), ""}, Json::object(), std::nullopt));
  CHECK(hub.put_identity({"-.+%_#*?!(),:=@$'", ""}, Json::object(), std::nullopt));

  const auto [body, message] = GENERATE(table<Json, std::string>({
      {Json::array(), "the body isn't an object"},
      {{{"deviceId", "e"}}, "deviceId isn't the one in the path"},
      {{{"moduleId", "e"}}, "moduleId isn't the one in the path"},
      {{{"status", "on"}}, "status isn't enabled or disabled"},
      {{{"status", 1}}, "status isn't a string"},
      {{{"statusReason", std::string(129, 'r')}}, "statusReason is longer than 128 bytes"},
      {{{"capabilities", {{"iotEdge", "yes"}}}}, "capabilities.iotEdge isn't true or false"},
      {{{"authentication", "sas"}}, "authentication isn't an object"},
      {{{"authentication", {{"type", "none"}}}},
       "authentication.type isn't sas, selfSigned or certificateAuthority"},
      {keys("secret!", ""),
       "authentication.symmetricKey.primaryKey isn't the base64 of 16 to 64 bytes"},
      {keys("", "c2hvcnQ="),
       "authentication.symmetricKey.secondaryKey isn't the base64 of 16 to 64 bytes"},
      {{{"authentication", {{"x509Thumbprint", {{"primaryThumbprint", 1}}}}}},
       "authentication.x509Thumbprint.primaryThumbprint isn't a string"},
  }));
  const Json before = hub.get_identity({"d", ""}).value();
  const auto refused = hub.put_identity({"d", ""}, body, "*");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == 400004);
  CHECK(refused.error().message == message);
  CHECK(hub.get_identity({"d", ""}).value() == before);
}

TEST_CASE_METHOD(HubFixture, "a device has at most twenty modules") {
  for (int i = 1; i < 20; ++i) {
    add({"d", "m" + std::to_string(i)});
  }
  CHECK(hub.put_identity({"d", "more"}, Json::object(), std::nullopt).error().code == 413003);
  add({"e", ""});
  add({"e", "m"});
  REQUIRE(hub.remove_identity({"d", "m1"}, std::nullopt));
  CHECK(hub.put_identity({"d", "more"}, Json::object(), std::nullopt));
}

TEST_CASE_METHOD(HubFixture, "lists, in order of ids") {
  add({"a", ""});
  add({"d-2", ""});
  add({"d-2", "n"});
  const auto ids = [](const Json& list, const char* member) {
    std::string text;
    for (const Json& item : list) {
      text += item[member].get<std::string>() + ' ';
    }
    return text;
  };
  CHECK(ids(hub.list_devices(), "deviceId") == "a d d-2 ");
  CHECK(ids(hub.list_devices(2), "deviceId") == "a d ");
  CHECK(ids(hub.list_modules("d").value(), "moduleId") == "m ");
  CHECK(hub.list_modules("a").value().empty());
  CHECK(hub.list_modules("x").error().code == 404001);
}

TEST_CASE_METHOD(HubFixture, "removing a device takes its modules and all that was theirs") {
  add({"d2", ""});
  REQUIRE(hub.send_message("d", {}));
  REQUIRE(hub.remove_identity({"d", ""}, "*"));
  CHECK(hub.get_identity({"d", ""}).error().code == 404001);
  CHECK(hub.get_identity({"d", "m"}).error().code == 404001);
  CHECK(hub.get_identity({"d2", ""}));
  CHECK(hub.remove_identity({"d", ""}, "*").error().code == 404001);
  for (const auto table : {Store::Table::kIdentity, Store::Table::kTwin}) {
    CHECK(store.rows(table).size() == 1);
  }
  CHECK(store.rows(Store::Table::kMessage).empty());

  SECTION("made anew, it begins at version 1") {
    add({"d", ""});
    CHECK(hub.get_twin({"d", ""}).value()["version"] == 1);
    CHECK(hub.get_identity({"d", ""}).value()["cloudToDeviceMessageCount"] == 0);
  }
}

TEST_CASE_METHOD(HubFixture, "removing one module leaves the rest") {
  add({"d", "n"});
  REQUIRE(hub.remove_identity({"d", "m"}, std::nullopt));
  CHECK(hub.get_identity({"d", "m"}).error().code == 404010);
  CHECK(hub.get_identity({"d", "n"}));
  CHECK(hub.get_identity({"d", ""}));
}

TEST_CASE_METHOD(HubFixture, "a bulk request does each entry by its mode") {
  const std::string etag = hub.get_identity({"d", ""}).value()["etag"];
  const Json body = {
      {{"id", "new"}, {"importMode", "create"}},
      {{"id", "new"}, {"moduleId", "n"}, {"importMode", "CREATE"}},
      {{"id", "d"}, {"importMode", "create"}},
      {{"id", "d"}, {"importMode", "updateIfMatchETag"}, {"eTag", etag}, {"status", "disabled"}},
      {{"id", "d"}, {"importMode", "updateIfMatchETag"}, {"eTag", etag}},
      {{"id", "x"}, {"importMode", "delete"}},
      {{"id", "d"}, {"importMode", "explode"}},
      {{"importMode", "create"}},
      7,
  };
  const Json result = hub.bulk_identities(body).value();
  CHECK(result["isSuccessful"] == false);
  std::string errors;
  for (const Json& error : result["errors"]) {
    errors += error["deviceId"].get<std::string>() + ' ' + error["errorCode"].dump() + ' ';
  }
  CHECK(errors == "d 409001 d 412001 x 404001 d 400004  400004  400004 ");
  CHECK(hub.get_identity({"new", "n"}));
  CHECK(hub.get_identity({"d", ""}).value()["status"] == "disabled");

  CHECK(hub.bulk_identities({{{"id", "new"}, {"importMode", "delete"}}}).value().dump() ==
        R"({"isSuccessful":true,"errors":[],"warnings":[]})");
  CHECK(hub.bulk_identities(Json::array()).error().code == 400004);
  CHECK(hub.bulk_identities(Json::object()).error().code == 400004);
  CHECK(hub.bulk_identities(Json(std::vector<int>(101, 1))).error().code == 400004);
}

TEST_CASE_METHOD(HubFixture, "statistics count devices") {
  add({"e", ""});
  REQUIRE(hub.put_identity({"e", ""}, {{"status", "disabled"}}, "*"));
  connect("d");
  connect("d/m");
  CHECK(hub.device_statistics().dump() ==
        R"({"totalDeviceCount":2,"enabledDeviceCount":1,"disabledDeviceCount":1})");
  CHECK(hub.service_statistics().dump() == R"({"connectedDeviceCount":1})");
}
