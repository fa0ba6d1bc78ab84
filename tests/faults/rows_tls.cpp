// SPDX-License-Identifier: MIT

/// \file
/// How the server presents itself.

#include "trial.hpp"

namespace hubtwin::faults {

namespace {

Json present(const Json& how) {
  Json fault = {{"at", "tls"}, {"do", "present"}, {"count", 0}};
  fault.update(how);
  return fault;
}

Row refused(const std::string& fault, const Json& how, Error reason) {
  return {fault, [how, reason](Trial& trial) {
            trial.strike(present(how));
            trial.open();
            trial.told({reason});
            trial.recovers();
          }};
}

Row taken(const std::string& fault, const Json& how) {
  return {fault, [how](Trial& trial) {
            trial.strike(present(how));
            trial.stand();
            trial.nothing_told();
            trial.recovers();
          }};
}

}  // namespace

std::vector<Row> tls_rows() {
  std::vector<Row> rows = {
      refused("certificate expired", {{"certificate", "expired"}}, Error::kTlsExpired),
      refused("certificate not valid yet", {{"certificate", "not-yet-valid"}},
              Error::kTlsNotYetValid),
      refused("certificate for another host", {{"certificate", "other-host"}},
              Error::kTlsWrongHost),
      refused("chain of a stranger", {{"certificate", "unknown-root"}}, Error::kTlsUnknownCa),
      refused("chain of a new root that isn't trusted yet", {{"certificate", "second-root"}},
              Error::kTlsUnknownCa),
      taken("chain of a new root, cross-signed by the old", {{"certificate", "cross-signed"}}),
      refused("TLS 1.1 only", {{"tlsVersion", "1.1"}}, Error::kTlsNoCommonVersion),
      taken("TLS 1.2 only", {{"tlsVersion", "1.2"}}),
      {"TLS 1.3 only",
       [](Trial& trial) {
         trial.strike(present({{"tlsVersion", "1.3"}}));
         if (transport_kind().has_tls13) {
           trial.stand();
           trial.nothing_told();
         } else {
           trial.open();
           trial.told({Error::kTlsNoCommonVersion});
         }
         trial.recovers();
       }},
      refused("a cipher that nobody else has",
              {{"tlsVersion", "1.2"}, {"ciphers", "ECDHE-ECDSA-ARIA256-GCM-SHA384"}},
              Error::kTlsNoCommonCipher),
      {"records of 16 KiB",
       [](Trial& trial) {
         nlohmann::json large;
         for (int i = 0; i < 8; ++i) {
           large["k" + std::to_string(i)] = std::string(3800, 'x');
         }
         trial.hub().replace_desired(trial.identity(), large);
         trial.strike({{"at", "packet"}, {"do", "delay"}, {"packet", "publish"}, {"delayMs", 20}});
         trial.stand();
         trial.nothing_told();
         trial.recovers();
       }},
  };
  return rows;
}

}  // namespace hubtwin::faults
