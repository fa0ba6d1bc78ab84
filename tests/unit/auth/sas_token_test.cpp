// SPDX-License-Identifier: MIT
#include "support/test_crypto.hpp"
#include <hubtwin/auth/sas_token.hpp>

#include <array>
#include <string>

#include <catch2/catch.hpp>

using hubtwin::build_sas_token;
using hubtwin::Error;
using hubtwin::SasResource;
using hubtwin::SecretView;
using hubtwin::SigningKey;
using hubtwin::token_expiry;
using hubtwin::UtcTime;

namespace {

const std::string kKey = "0123456789abcdef0123456789abcdef";
constexpr UtcTime kExpiry{std::chrono::seconds(1700000000)};
const SasResource kDevice{"contoso.azure-devices.net", "dev1", ""};
const SasResource kModule{"contoso.azure-devices.net", "dev1", "mod1"};

// Computed with another implementation of HMAC, and compared with Microsoft's Node client.
const std::string kDeviceToken =
    "SharedAccessSignature sr=contoso.azure-devices.net%2Fdevices%2Fdev1"
    "&sig=udHyfg%2F8lpbpIAsU5yRStGD3eVnZQq9%2BbzttstD811g%3D&se=1700000000";
const std::string kModuleToken =
    "SharedAccessSignature sr=contoso.azure-devices.net%2Fdevices%2Fdev1%2Fmodules%2Fmod1"
    "&sig=jobp0IB5OrJQ%2F%2FFy1Dp5FoAyJM3ME5U%2B5nluhoFJjuA%3D&se=1700000000";

SigningKey key() {
  return SigningKey::from_bytes(hubtwin::as_bytes(kKey));
}

}  // namespace

TEST_CASE("sas token: device and module -> known tokens") {
  hubtwin::test::TestCrypto crypto;
  std::array<char, 256> room{};
  CHECK(build_sas_token(crypto, key(), kDevice, kExpiry, {room.data(), room.size()})
            .value()
            .reveal() == kDeviceToken);
  CHECK(build_sas_token(crypto, key(), kModule, kExpiry, {room.data(), room.size()})
            .value()
            .reveal() == kModuleToken);
}

TEST_CASE("sas token: key in a slot -> signed there") {
  hubtwin::test::TestCrypto crypto;
  crypto.set_slot(7, {kKey.begin(), kKey.end()});
  std::array<char, 256> room{};
  CHECK(build_sas_token(crypto, SigningKey::from_slot(7), kDevice, kExpiry,
                        {room.data(), room.size()})
            .value()
            .reveal() == kDeviceToken);
}

TEST_CASE("sas token: ids with unusual characters -> encoded once") {
  hubtwin::test::TestCrypto crypto;
  std::array<char, 256> room{};
  const SasResource resource{"localhost", "a%b=c$d", "$edgeHub"};
  const auto token = build_sas_token(crypto, key(), resource, kExpiry, {room.data(), room.size()});
  REQUIRE(token.ok());
  CHECK(std::string(token->reveal())
            .find("sr=localhost%2Fdevices%2Fa%25b%3Dc%24d%2Fmodules%2F%24edgeHub&sig=") !=
        std::string::npos);
}

TEST_CASE("sas token: every room that is too small -> refused") {
  hubtwin::test::TestCrypto crypto;
  for (std::size_t size = 0; size < kDeviceToken.size(); ++size) {
    std::string room(size, '#');
    CHECK(build_sas_token(crypto, key(), kDevice, kExpiry, {room.data(), room.size()}).error() ==
          Error::kNoSpace);
  }
  std::string room(kDeviceToken.size(), '#');
  CHECK(build_sas_token(crypto, key(), kDevice, kExpiry, {room.data(), room.size()}).ok());
}

TEST_CASE("sas token: signing fails or expiry before 1970 -> says so") {
  hubtwin::test::TestCrypto crypto;
  std::array<char, 256> room{};
  CHECK(build_sas_token(crypto, key(), kDevice, UtcTime{}, {room.data(), room.size()}).error() ==
        Error::kInvalidArgument);
  CHECK(crypto.calls() == 0);
  crypto.set_failing(true);
  CHECK(build_sas_token(crypto, key(), kDevice, kExpiry, {room.data(), room.size()}).error() ==
        Error::kCryptoFailed);
}

TEST_CASE("sas token: expiry of ready-made tokens -> read wherever it stands") {
  CHECK(token_expiry(SecretView(kDeviceToken)).value() == kExpiry);
  CHECK(token_expiry(SecretView("SharedAccessSignature se=1700000000&sr=a&sig=b&skn=p")).value() ==
        kExpiry);
  CHECK(token_expiry(SecretView("SharedAccessSignature sr=a&se=253402300799")).ok());
}

TEST_CASE("sas token: no sensible expiry -> refused") {
  const std::string token =
      GENERATE("", "SharedAccessSignature", "SharedAccessSignature sr=a&sig=b",
               "sharedaccesssignature se=1700000000", "se=1700000000",
               "SharedAccessSignature sr=a&se=", "SharedAccessSignature sr=a&se",
               "SharedAccessSignature se=1700000000&se=1700000000",
               "SharedAccessSignature se=-1700000000", "SharedAccessSignature se=1.7e9",
               "SharedAccessSignature se=1700000000 ", "SharedAccessSignature se=1700000000000",
               "SharedAccessSignature se=99999999999999999999", "SharedAccessSignature xse=1");
  CAPTURE(token);
  CHECK(token_expiry(SecretView(token)).error() == Error::kConnectionStringBadValue);
}

TEST_CASE("sas token: cut at any length -> read safely") {
  for (std::size_t size = 0; size <= kDeviceToken.size(); ++size) {
    const std::string cut_token = kDeviceToken.substr(0, size);
    const bool has_digits = size > kDeviceToken.find("se=17") + 3;
    CHECK(token_expiry(SecretView(cut_token)).ok() == has_digits);
  }
}
