// SPDX-License-Identifier: MIT
#include "broker.hpp"
#include "rig.hpp"
#include "support/certificates.hpp"
#include <hubtwin/paho/trust_file.hpp>

#include <cerrno>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

namespace {

using hubtwin::as_bytes;
using hubtwin::Error;
using hubtwin::paho::Options;
using hubtwin::paho::TrustFile;
using hubtwin::test::Authority;

std::string content(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct Folder {
  TemporaryDirectory directory;
  TrustFile trust{directory.path().string() + "/roots.pem"};
};

TEST_CASE("trust file: replaced while a transport runs -> the next link goes by the new roots") {
  const Authority ours;
  const Authority strangers;
  const Authority::Files files = ours.issue(Authority::Flaw::kNone);
  const Broker broker(files.certificate, files.key);
  Folder folder;
  const std::string root = content(ours.ca_file());
  const std::string stranger = content(strangers.ca_file());
  REQUIRE(folder.trust.replace(as_bytes(stranger)).ok());
  Options options;
  options.ca_file = folder.trust.path();
  Rig rig(options);
  CHECK(rig.refusal(broker.port(), "localhost").error() == Error::kTlsUnknownCa);
  // With the closing NUL that the same bundle has for mbedTLS.
  REQUIRE(folder.trust
              .replace(as_bytes(
                  std::string_view((stranger + root).c_str(), stranger.size() + root.size() + 1)))
              .ok());
  rig.connect_and_wait(broker.port(), "localhost");
  REQUIRE(folder.trust.replace(as_bytes(stranger)).ok());
  CHECK(rig.publish("t", "the link that stands isn't judged again").ok());
  rig.transport->disconnect();
  CHECK(rig.end().error() == Error::kClosed);
  CHECK(rig.refusal(broker.port(), "localhost").error() == Error::kTlsUnknownCa);
}

TEST_CASE("trust file: anything in a bundle that can't be read -> refused, nothing has changed") {
  const Authority ours;
  const std::string root = content(ours.ca_file());
  Folder folder;
  REQUIRE(folder.trust.replace(as_bytes(root)).ok());
  const std::string damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  for (const std::string& bundle :
       {std::string(), std::string("\0", 1), std::string("garbage"), damaged, root + damaged,
        damaged + root, root + root.substr(0, root.size() / 2),
        content(ours.issue(Authority::Flaw::kNone).key)}) {
    INFO(bundle);
    CHECK(folder.trust.replace(as_bytes(bundle)).error() == Error::kTlsTrustUnreadable);
    CHECK(content(folder.trust.path()) == root);
  }
}

TEST_CASE("trust file: a place that can't be written to -> storage failed, with errno") {
  const Authority ours;
  const TemporaryDirectory directory;
  TrustFile nowhere(directory.path().string() + "/missing/roots.pem");
  const hubtwin::Status status = nowhere.replace(as_bytes(content(ours.ca_file())));
  CHECK(status.error() == Error::kStorageFailed);
  CHECK(status.os_code() == ENOENT);
}

}  // namespace
