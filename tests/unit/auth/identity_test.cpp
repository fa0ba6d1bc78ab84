// SPDX-License-Identifier: MIT
#include "support/recording_log.hpp"
#include <hubtwin/auth/identity.hpp>

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using hubtwin::CredentialKind;
using hubtwin::Error;
using hubtwin::Identity;

namespace {

// An identity is made of views into the text, which has to outlive it.
hubtwin::Result<Identity> parsed(const std::string& connection_string) {
  static std::string text;
  text = connection_string;
  return Identity::parse(text);
}

const std::string kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const std::string kToken =
    "SharedAccessSignature sr=h%2Fdevices%2Fd&sig=c2lnbmF0dXJl&se=1700000000";

// What parse answers to a text that it refuses.
struct Refusal {
  Error error;
  std::string culprit;
};

Refusal refused(const std::string& text) {
  CAPTURE(text);
  hubtwin::test::RecordingLog log;
  std::string_view culprit = "unset";
  const auto identity = Identity::parse(text, &log, &culprit);
  CHECK_FALSE(identity.ok());
  CHECK_FALSE(log.contains("MDEy"));
  return {identity.error(), std::string(culprit)};
}

bool operator==(const Refusal& a, const Refusal& b) {
  return a.error == b.error && a.culprit == b.culprit;
}

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
  return out << hubtwin::to_string(refusal.error) << " (" << refusal.culprit << ")";
}

}  // namespace

TEST_CASE("identity: device with a key -> all parts, keys in any order") {
  const std::string text = GENERATE_COPY(
      "HostName=contoso.azure-devices.net;DeviceId=dev1;SharedAccessKey=" + kKey,
      "SharedAccessKey=" + kKey + ";DeviceId=dev1;HostName=contoso.azure-devices.net");
  const auto identity = parsed(text);
  REQUIRE(identity.ok());
  CHECK(identity->host == "contoso.azure-devices.net");
  CHECK(identity->device_id == "dev1");
  CHECK(identity->module_id.empty());
  CHECK(identity->gateway.empty());
  CHECK(identity->credential == CredentialKind::kKey);
  CHECK(identity->secret.reveal() == kKey);
}

TEST_CASE("identity: module behind a gateway -> all parts") {
  const auto identity = parsed(
      "HostName=h;DeviceId=d;ModuleId=$edgeHub;GatewayHostName=gw.local;SharedAccessKeyName=p;"
      "SharedAccessKey=" +
      kKey);
  REQUIRE(identity.ok());
  CHECK(identity->module_id == "$edgeHub");
  CHECK(identity->gateway == "gw.local");
}

TEST_CASE("identity: other credentials -> their kinds") {
  const auto token = parsed("HostName=h;DeviceId=d;SharedAccessSignature=" + kToken);
  REQUIRE(token.ok());
  CHECK(token->credential == CredentialKind::kToken);
  CHECK(token->secret.reveal() == kToken);

  const auto x509 = parsed("HostName=h;DeviceId=d;x509=true");
  REQUIRE(x509.ok());
  CHECK(x509->credential == CredentialKind::kX509);
  CHECK(x509->secret.empty());

  const auto provisioning = parsed("DeviceId=d;UseProvisioning=true");
  REQUIRE(provisioning.ok());
  CHECK(provisioning->credential == CredentialKind::kProvisioning);
}

TEST_CASE("identity: local hubs -> localhost and addresses are hosts, brackets left out") {
  const auto host_of = [](const std::string& host) {
    return std::string(parsed("HostName=" + host + ";DeviceId=d;SharedAccessKey=" + kKey)->host);
  };
  CHECK(host_of("localhost") == "localhost");
  CHECK(host_of("127.0.0.2") == "127.0.0.2");
  CHECK(host_of("::1") == "::1");
  CHECK(host_of("[::1]") == "::1");
}

TEST_CASE("identity: a key is missing -> its name") {
  CHECK(refused("DeviceId=d;SharedAccessKey=" + kKey) ==
        Refusal{Error::kConnectionStringMissingKey, "HostName"});
  CHECK(refused("HostName=h;SharedAccessKey=" + kKey) ==
        Refusal{Error::kConnectionStringMissingKey, "DeviceId"});
  CHECK(refused("HostName=h;DeviceId=d") ==
        Refusal{Error::kConnectionStringMissingKey, "SharedAccessKey"});
  CHECK(refused("HostName=h;DeviceId=d;sharedaccesskey=" + kKey) ==
        Refusal{Error::kConnectionStringMissingKey, "SharedAccessKey"});
}

TEST_CASE("identity: a key stands twice or is empty -> its name") {
  const std::string key =
      GENERATE("HostName", "DeviceId", "ModuleId", "GatewayHostName", "SharedAccessKeyName");
  const std::string good =
      "HostName=h;DeviceId=d;ModuleId=m;GatewayHostName=g;SharedAccessKeyName=p;"
      "SharedAccessKey=" +
      kKey;
  CHECK(refused(good + ";" + key + "=h") == Refusal{Error::kConnectionStringDoubledKey, key});
  CHECK(refused(key + "=;x=y") == Refusal{Error::kConnectionStringEmptyValue, key});
}

TEST_CASE("identity: a credential stands twice or is empty -> its name") {
  const std::string head = "HostName=h;DeviceId=d;";
  CHECK(refused(head + "SharedAccessKey=" + kKey + ";SharedAccessKey=" + kKey) ==
        Refusal{Error::kConnectionStringDoubledKey, "SharedAccessKey"});
  CHECK(refused(head + "SharedAccessKey=") ==
        Refusal{Error::kConnectionStringEmptyValue, "SharedAccessKey"});
  CHECK(refused(head + "SharedAccessSignature=") ==
        Refusal{Error::kConnectionStringEmptyValue, "SharedAccessSignature"});
  CHECK(refused(head + "x509=") == Refusal{Error::kConnectionStringEmptyValue, "x509"});
}

TEST_CASE("identity: more than one credential -> conflict") {
  const std::string head = "HostName=h;DeviceId=d;SharedAccessKey=" + kKey;
  CHECK(refused(head + ";SharedAccessSignature=" + kToken).error == Error::kCredentialConflict);
  CHECK(refused(head + ";x509=true").error == Error::kCredentialConflict);
  CHECK(refused("HostName=h;DeviceId=d;x509=true;SharedAccessSignature=" + kToken).error ==
        Error::kCredentialConflict);
}

TEST_CASE("identity: not a row of Key=Value -> syntax") {
  const std::string tail = "HostName=h;DeviceId=d;SharedAccessKey=" + kKey;
  CHECK(refused("").error == Error::kConnectionStringSyntax);
  CHECK(refused(tail + ";").error == Error::kConnectionStringSyntax);
  CHECK(refused(";" + tail).error == Error::kConnectionStringSyntax);
  CHECK(refused("HostName=h;;DeviceId=d").error == Error::kConnectionStringSyntax);
  CHECK(refused("=h;DeviceId=d").error == Error::kConnectionStringSyntax);
  CHECK(refused("HostName;DeviceId=d") == Refusal{Error::kConnectionStringSyntax, "HostName"});
}

TEST_CASE("identity: values that can't be -> their key's name") {
  const auto with = [](const std::string& pair) { return refused("ModuleId=m;" + pair); };
  const auto bad = [](const char* key) { return Refusal{Error::kConnectionStringBadValue, key}; };
  CHECK(with("HostName=a b") == bad("HostName"));
  CHECK(with("HostName=localhost:8883") == bad("HostName"));
  CHECK(with("HostName=https://h") == bad("HostName"));
  CHECK(with("GatewayHostName=-") == bad("GatewayHostName"));
  CHECK(with("DeviceId=a+b") == bad("DeviceId"));
  CHECK(with("DeviceId=a#b") == bad("DeviceId"));
  CHECK(with("DeviceId=a/b") == bad("DeviceId"));
  CHECK(with("DeviceId=a b") == bad("DeviceId"));
  CHECK(with("DeviceId=\xC3\xA4") == bad("DeviceId"));
  CHECK(with("DeviceId=" + std::string(129, 'a')) == bad("DeviceId"));
  CHECK(with("x509=True") == bad("x509"));
  CHECK(with("x509=false") == bad("x509"));
  CHECK(with("UseProvisioning=1") == bad("UseProvisioning"));
  CHECK(with("SharedAccessSignature=" + kKey) == bad("SharedAccessSignature"));
  CHECK(with("SharedAccessSignature=SharedAccessSignature sr=a&sig=b") ==
        bad("SharedAccessSignature"));
  CHECK(with("SharedAccessSignature=SharedAccessSignature sr=a &se=1") ==
        bad("SharedAccessSignature"));
  CHECK(with("SharedAccessKey=" + kKey + "\n") == Refusal{Error::kKeyNotBase64, "SharedAccessKey"});
  CHECK(with("SharedAccessKey=not base64") == Refusal{Error::kKeyNotBase64, "SharedAccessKey"});
  CHECK(with("SharedAccessKey=" + kKey.substr(0, 43)) ==
        Refusal{Error::kKeyNotBase64, "SharedAccessKey"});
}

TEST_CASE("identity: ids of the service's alphabet and greatest length -> taken") {
  const std::string id = "aZ09-.%_*?!(),=@$':";
  const std::string text =
      "HostName=h;DeviceId=" + id + ";ModuleId=" + std::string(128, 'm') + ";x509=true";
  const auto identity = parsed(text);
  REQUIRE(identity.ok());
  CHECK(identity->device_id == id);
  CHECK(identity->module_id.size() == 128);
}

TEST_CASE("identity: unknown keys -> ignored with a warning that names the key only") {
  hubtwin::test::RecordingLog log;
  const std::string text =
      "HostName=h;DeviceId=d;Colour=secret1;hostname=secret2;SharedAccessKey=" + kKey;
  const auto identity = Identity::parse(text, &log);
  REQUIRE(identity.ok());
  CHECK(identity->host == "h");
#if HUBTWIN_LOG_LEVEL
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[0].level == hubtwin::LogLevel::kWarning);
  CHECK(log.contains("Colour"));
  CHECK(log.contains("hostname"));
#endif
  CHECK_FALSE(log.contains("secret"));
}

TEST_CASE("identity: a key where a name should stand -> shown nowhere") {
  // `SharedAccessKey=` was forgotten: what stands before the padding looks like a name.
  CHECK(refused("HostName=h;DeviceId=d;" + kKey) ==
        Refusal{Error::kConnectionStringEmptyValue, ""});
  CHECK(refused("HostName=h;DeviceId=d;MDEyMzQ1Njc4OWFiY2RlZg==") ==
        Refusal{Error::kConnectionStringMissingKey, "SharedAccessKey"});
  CHECK(refused("HostName=h;DeviceId=d;MDEyMzQ1Njc4OWFiY2RlZjAx") ==
        Refusal{Error::kConnectionStringSyntax, ""});
}

TEST_CASE("identity: no log and no culprit wanted -> still answers") {
  CHECK(Identity::parse("Colour=red;HostName=").error() == Error::kConnectionStringEmptyValue);
}

TEST_CASE("identity: cut at any length -> refused unless a shorter key is left, no value named") {
  const std::string text = "HostName=h.example;DeviceId=d;SharedAccessKey=" + kKey;
  const std::size_t key_begin = text.size() - kKey.size();
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string shorter = text.substr(0, size);
    if (size > key_begin && (size - key_begin) % 4 == 0) {
      CHECK(Identity::parse(shorter).ok());
      continue;
    }
    const Refusal refusal = refused(shorter);
    CHECK(refusal.culprit.find("MDEy") == std::string::npos);
    CHECK(refusal.culprit.find("example") == std::string::npos);
  }
}
