// SPDX-License-Identifier: MIT

/// \file
/// Roots that are replaced while the device runs: TrustStore over a real link.

#include "trial.hpp"

namespace hubtwin::faults {

namespace {

const Json kMoved = {
    {"at", "tls"}, {"do", "present"}, {"certificate", "second-root"}, {"count", 0}};
const Json kUnreachable = {{"at", "accept"}, {"do", "refuse"}};

void proves_itself(Trial& trial) {
  trial.until(
      [&] { return trial.in_step() && trial.trust_store().source() == TrustSource::kStored; },
      "the new bundle has proved itself");
  trial.require(trial.trust_store().rolled_back().ok(), "nothing was rolled back");
  trial.note("the new bundle is kept");
}

/// One failed handshake, and the bundle that was in use before is in use again.
void is_rolled_back(Trial& trial) {
  trial.told_in_the_end(Error::kTlsUnknownCa);
  trial.until([&] { return trial.in_step(); }, "the link is back by itself");
  trial.require(trial.trust_store().source() == TrustSource::kBuiltIn, "the bundle before is used");
  trial.require(trial.trust_store().rolled_back().error() == Error::kTlsUnknownCa, "told why");
  trial.require(trial.failures_for(Error::kTlsUnknownCa) == 1, "one attempt was made with it");
  trial.note("the old bundle is back");
}

void is_offered(Trial& trial, const std::string& bundle) {
  trial.require(trial.offer(bundle).ok(), "offer()");
  trial.require(trial.trust_store().source() == TrustSource::kTrial, "it is on trial");
}

/// The program ends while a bundle is on trial and the hub out of reach. It starts anew with it.
void restarts_on_trial(Trial& trial, const std::string& bundle) {
  trial.keep_trust();
  trial.stand();
  const std::string unreachable = trial.strike(kUnreachable);
  is_offered(trial, bundle);
  trial.told_in_the_end(Error::kConnectRefused);
  trial.require(trial.trust_store().source() == TrustSource::kTrial, "it is still on trial");
  trial.restart();
  trial.require(trial.trust_store().source() == TrustSource::kTrial, "it is on trial again");
  trial.lift(unreachable);
}

}  // namespace

std::vector<Row> trust_rows() {
  return {
      {"new roots beside the old, then the hub moves to the new",
       [](Trial& trial) {
         trial.keep_trust();
         trial.stand();
         is_offered(trial, trial.first_root() + trial.second_root());
         proves_itself(trial);
         trial.strike(kMoved);
         trial.strike({{"at", "link"}, {"do", "close"}});
         trial.told({Error::kLinkLost});
         trial.until([&] { return trial.device().counters().connects >= 3 && trial.in_step(); },
                     "the new root is trusted");
         trial.recovers();
       }},
      {"the hub has moved to a new root, the bundle comes later",
       [](Trial& trial) {
         trial.keep_trust();
         trial.strike(kMoved);
         trial.open();
         trial.told({Error::kTlsUnknownCa});
         is_offered(trial, trial.first_root() + trial.second_root());
         proves_itself(trial);
         trial.restart();
         trial.require(trial.trust_store().source() == TrustSource::kStored, "it is kept");
         trial.stand();
         trial.recovers();
       }},
      {"a bundle with nothing but a stranger's root",
       [](Trial& trial) {
         trial.keep_trust();
         trial.stand();
         trial.start_watch();
         is_offered(trial, Trial::strange_root());
         is_rolled_back(trial);
         trial.recovers();
       }},
      {"a bundle with a damaged certificate in it",
       [](Trial& trial) {
         trial.keep_trust();
         trial.stand();
         const std::string root = trial.first_root();
         for (const std::string& bundle :
              {root + root.substr(0, root.size() / 2), std::string("no certificate at all")}) {
           const Status status = trial.offer(bundle);
           trial.require(status.error() == Error::kTlsTrustUnreadable,
                         std::string("offered: ") + to_string(status.error()));
         }
         trial.require(trial.trust_store().source() == TrustSource::kBuiltIn, "nothing changes");
         trial.nothing_told();
         trial.device().network_changed();  // the bundle in use still serves
         trial.recovers();
       }},
      {"a restart while good roots are on trial, the hub moves meanwhile",
       [](Trial& trial) {
         restarts_on_trial(trial, trial.first_root() + trial.second_root());
         trial.strike(kMoved);
         trial.open();
         proves_itself(trial);
         trial.recovers();
       }},
      {"a restart while a stranger's root is on trial",
       [](Trial& trial) {
         restarts_on_trial(trial, Trial::strange_root());
         trial.start_watch();
         trial.open();
         is_rolled_back(trial);
         trial.restart();
         trial.require(trial.trust_store().source() == TrustSource::kBuiltIn,
                       "it isn't tried once more");
         trial.stand();
         trial.recovers();
       }},
  };
}

}  // namespace hubtwin::faults
