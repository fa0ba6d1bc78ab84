// SPDX-License-Identifier: MIT
#include "tools/hub/core/sas_token.hpp"

#include "tools/hub/core/encoding.hpp"
#include "tools/hub/core/service_policy.hpp"

#include <catch2/catch.hpp>

using namespace hubtwin::hub;
using std::chrono::seconds;

namespace {

// The ASCII text 0123456789abcdef0123456789abcdef. Vectors were computed independently of this code
// and compared with the signer of Microsoft's Node SDK.
const std::string kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const std::string kOtherKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWU=";
const TimePoint kExpiry{seconds{1700000000}};

const std::string kDeviceToken =
    "SharedAccessSignature sr=contoso.azure-devices.net%2Fdevices%2Fdev1"
    "&sig=udHyfg%2F8lpbpIAsU5yRStGD3eVnZQq9%2BbzttstD811g%3D&se=1700000000";
const std::string kModuleToken =
    "SharedAccessSignature sr=contoso.azure-devices.net%2Fdevices%2Fdev1%2Fmodules%2Fmod1"
    "&sig=jobp0IB5OrJQ%2F%2FFy1Dp5FoAyJM3ME5U%2B5nluhoFJjuA%3D&se=1700000000";
const std::string kServiceSignature = "WA5mJabSkWWSZo21WRgph5CHQ9FMXwo27EQaik72FJ0%3D";

SasToken parsed(const std::string& text) {
  std::string why;
  const auto token = SasToken::parse(text, &why);
  INFO(why);
  REQUIRE(token);
  return *token;
}

}  // namespace

TEST_CASE("tokens are made as the golden vectors say") {
  CHECK(make_sas_token("contoso.azure-devices.net/devices/dev1", kKey, kExpiry) == kDeviceToken);
  CHECK(make_sas_token("contoso.azure-devices.net/devices/dev1/modules/mod1", kKey, kExpiry) ==
        kModuleToken);
  CHECK_FALSE(make_sas_token("contoso.azure-devices.net/devices/dev1", "not base64!", kExpiry));
}

TEST_CASE("the golden vectors verify") {
  CHECK(parsed(kDeviceToken).signed_by(kKey));
  CHECK_FALSE(parsed(kDeviceToken).signed_by(kOtherKey));
  CHECK(parsed(kDeviceToken).names("contoso.azure-devices.net/devices/dev1"));
  CHECK(parsed(kModuleToken).signed_by(kKey));
  CHECK(parsed(kModuleToken).names("contoso.azure-devices.net/devices/dev1/modules/mod1"));

  SECTION("with lower-case hex in the resource") {
    const auto token = parsed(
        "SharedAccessSignature sr=0ne00000000%2fregistrations%2fdev1"
        "&sig=lKYkN4qGt0TtuWgaDTqOyhrWmgFCKxlQi%2FDdicV%2FFks%3D&se=1700000000&skn=registration");
    CHECK(token.signed_by(kKey));
    CHECK(token.names("0ne00000000/registrations/dev1"));
    CHECK(token.policy == "registration");
  }
  SECTION("with upper-case hex in the same resource, which is another signature") {
    CHECK(parsed("SharedAccessSignature sr=0ne00000000%2Fregistrations%2Fdev1"
                 "&sig=UhMIcluAhMu0fICv51n%2FLA0XSp8Gjn00u68SVbIpQsg%3D&se=1700000000"
                 "&skn=registration")
              .signed_by(kKey));
    CHECK_FALSE(parsed("SharedAccessSignature sr=0ne00000000%2Fregistrations%2Fdev1"
                       "&sig=lKYkN4qGt0TtuWgaDTqOyhrWmgFCKxlQi%2FDdicV%2FFks%3D&se=1700000000"
                       "&skn=registration")
                    .signed_by(kKey));
  }
  SECTION("with the resource not encoded at all") {
    const auto token = parsed(
        "SharedAccessSignature sr=contoso.azure-devices.net/devices/dev1"
        "&sig=BeQKCBebjCS9MV73md5dGBGUFTn%2BBgLgkZoRg5jpoEA%3D&se=1700000000");
    CHECK(token.signed_by(kKey));
    CHECK(token.names("contoso.azure-devices.net/devices/dev1"));
  }
}

TEST_CASE("fields come in any order and with names in any case") {
  const auto token = parsed(
      "sharedaccesssignature SE=1700000000&Unknown=1&"
      "SIG=udHyfg%2F8lpbpIAsU5yRStGD3eVnZQq9%2BbzttstD811g%3D&"
      "Sr=contoso.azure-devices.net%2Fdevices%2Fdev1");
  CHECK(token.signed_by(kKey));
  CHECK(token.expiry == 1700000000);
  CHECK(token.policy.empty());
}

TEST_CASE("an unencoded signature is read as it stands: plus is not a space") {
  CHECK(parsed("SharedAccessSignature sr=contoso.azure-devices.net%2Fdevices%2Fdev1"
               "&sig=udHyfg/8lpbpIAsU5yRStGD3eVnZQq9+bzttstD811g=&se=1700000000")
            .signed_by(kKey));
}

TEST_CASE("hostile tokens are refused with the part that is wrong") {
  const std::string sig = "&sig=udHyfg%2F8lpbpIAsU5yRStGD3eVnZQq9%2BbzttstD811g%3D";
  const std::string head = "SharedAccessSignature sr=h%2Fdevices%2Fd";
  struct {
    std::string text;
    std::string why;
  } const cases[] = {
      {"", "the token doesn't begin with \"SharedAccessSignature \""},
      {"SharedAccessSignature", "the token doesn't begin with \"SharedAccessSignature \""},
      {"Bearer abc", "the token doesn't begin with \"SharedAccessSignature \""},
      {"SharedAccessSignature ", "the token lacks sr"},
      {"SharedAccessSignature sr=&se=1" + sig, "the token lacks sr"},
      {head + "&se=1", "the token lacks sig"},
      {head + sig, "the token lacks se"},
      {head + sig + "&se=", "the token lacks se"},
      {head + sig + "&se=12x", "the token's se isn't a Unix time in seconds"},
      {head + sig + "&se=-1", "the token's se isn't a Unix time in seconds"},
      {head + sig + "&se=1e9", "the token's se isn't a Unix time in seconds"},
      {head + sig + "&se=99999999999999999999", "the token's se isn't a Unix time in seconds"},
      {head + sig + "&se=1&se=2", "the token has a field twice"},
      {head + sig + "&se=1&SR=x", "the token has a field twice"},
      {head + sig + "&se=1&stray", "the token has a field without '='"},
      {head + sig + "&se=1 x", "the token has white space among its fields"},
      {"SharedAccessSignature  sr=a", "the token has white space among its fields"},
      {head + "&sig=%zz&se=1", "the token's sig isn't percent-encoded base64"},
      {head + "&sig=abc&se=1", "the token's sig isn't percent-encoded base64"},
      {head + sig + "&se=1&skn=%", "the token's skn isn't percent-encoded"},
  };
  for (const auto& row : cases) {
    INFO(row.text);
    std::string why;
    CHECK_FALSE(SasToken::parse(row.text, &why));
    CHECK(why == row.why);
  }
}

TEST_CASE("a token names one identity, and no other") {
  const auto token = [](const std::string& resource) {
    SasToken made;
    made.resource = resource;
    return made;
  };
  CHECK(token("HUB.example%2Fdevices%2Fd").names("hub.example/devices/d"));
  CHECK_FALSE(token("hub.example%2Fdevices%2FD").names("hub.example/devices/d"));
  CHECK_FALSE(token("hub.example%2Fdevices%2Fd2").names("hub.example/devices/d"));
  CHECK_FALSE(token("hub.example%2Fdevices").names("hub.example/devices/d"));
  CHECK_FALSE(token("hub.example").names("hub.example/devices/d"));
  CHECK_FALSE(token("hub.example%2Fdevices%2Fd%2Fmodules%2Fm").names("hub.example/devices/d"));
  CHECK_FALSE(token("hub.examplf%2Fdevices%2Fd").names("hub.example/devices/d"));

  SECTION("an id with a percent sign, encoded once, twice or not") {
    CHECK(token("h/devices/a%2Fb").names("h/devices/a%2Fb"));
    CHECK(token("h%2Fdevices%2Fa%252Fb").names("h/devices/a%2Fb"));
    CHECK(token("h%252Fdevices%252Fd").names("h/devices/d"));
  }
}

TEST_CASE("a policy token covers what lies beneath its resource, by whole segments") {
  SasToken token;
  token.resource = "hub.example%2Fdevices";
  CHECK(token.covers("hub.example/devices"));
  CHECK(token.covers("hub.example/devices/d"));
  CHECK_FALSE(token.covers("hub.example/devicesX"));
  CHECK_FALSE(token.covers("hub.example"));
  token.resource = "Hub.Example";
  CHECK(token.covers("hub.example/devices/d"));
  CHECK_FALSE(token.covers("hub.example.org/devices/d"));
}

TEST_CASE("a token is honoured for the skew after its expiry and no longer") {
  const auto token = parsed(kDeviceToken);
  CHECK_FALSE(token.expired(kExpiry, seconds{0}));
  CHECK(token.expired(kExpiry + seconds{1}, seconds{0}));
  CHECK_FALSE(token.expired(kExpiry + seconds{300}, seconds{300}));
  CHECK(token.expired(kExpiry + seconds{301}, seconds{300}));
}

TEST_CASE("a service token is judged by policy, audience, expiry and signature") {
  const std::string host = "contoso.azure-devices.net";
  const ServicePolicy policy{"iothubowner", kKey, kOtherKey};
  const std::string fields = "&sig=" + kServiceSignature + "&se=1700000000&skn=iothubowner";
  const std::string good = "SharedAccessSignature sr=" + host + fields;
  CHECK_FALSE(check_service_token(good, policy, host, kExpiry));

  const auto why = [&](const std::string& token, const ServicePolicy& by, TimePoint now) {
    const auto error = check_service_token(token, by, host, now);
    REQUIRE(error);
    CHECK(error->code == 401003);
    return error->message;
  };
  CHECK(why("", policy, kExpiry) == "the request has no Authorization header");
  CHECK(why(good, {"service", kKey, kKey}, kExpiry) == "the token isn't one of policy service");
  CHECK(why("SharedAccessSignature sr=other" + fields, policy, kExpiry) ==
        "the token isn't for contoso.azure-devices.net");
  CHECK(why(good, policy, kExpiry + seconds{301}) == "the token has expired");
  CHECK(why(good, {"iothubowner", kOtherKey, kOtherKey}, kExpiry) ==
        "the token's signature is wrong");

  SECTION("the secondary key counts too") {
    CHECK_FALSE(check_service_token(good, {"iothubowner", kOtherKey, kKey}, host, kExpiry));
  }
}

TEST_CASE("a new key is 32 random bytes") {
  const auto first = make_shared_access_key();
  CHECK(base64_decode(first)->size() == 32);
  CHECK(first != make_shared_access_key());
}
