// SPDX-License-Identifier: MIT

/// \file
/// Faults of the network, whatever the bytes mean.

#include "trial.hpp"

namespace hubtwin::faults {

namespace {

Row silence(const std::string& fault, const char* direction) {
  return {fault, [direction](Trial& trial) {
            if (transport_kind().silent == Error::kPeerSilent) {
              trial.options().keep_alive = 60s;  // the hub isn't to be the first to notice
            }
            trial.stand();
            trial.strike({{"at", "link"}, {"do", "silence"}, {"direction", direction}});
            trial.told({transport_kind().silent});
            trial.recovers();
          }};
}

/// A program that sets no times promises to notice within 40 s.
Row silence_by_default() {
  Row row{"black hole, all times as they are by default", [](Trial& trial) {
            trial.take_usual_liveness();
            trial.stand();
            trial.strike({{"at", "link"}, {"do", "silence"}, {"direction", "both"}});
            trial.told({transport_kind().silent});
            trial.recovers();
          }};
  row.slow = true;
  return row;
}

/// A fault that meets the attempts to connect.
Row no_link(const std::string& fault, const Json& document, std::initializer_list<Error> reasons) {
  return {fault, [document, reasons = std::vector<Error>(reasons)](Trial& trial) {
            if (reasons.front() == Error::kConnectTimeout) {
              trial.options().connect_timeout = 4s;
            }
            trial.strike(document);
            trial.open();
            trial.told(reasons);
            trial.recovers();
          }};
}

/// A fault that ends the link at once.
Row cut(const std::string& fault, const Json& document) {
  return {fault, [document](Trial& trial) {
            trial.stand();
            trial.strike(document);
            trial.told({Error::kLinkLost});
            trial.recovers();
          }};
}

}  // namespace

std::vector<Row> network_rows() {
  std::vector<Row> rows = {
      silence("black hole, both directions, no RST", "both"),
      silence("black hole from the hub", "to-device"),
      silence("black hole to the hub", "to-hub"),
      silence_by_default(),
      {"half-open: the hub has forgotten the link",
       [](Trial& trial) {
         trial.stand();
         trial.strike({{"at", "link"}, {"do", "half-open"}});
         TelemetryMessage message;
         const std::string body = "into the void";
         message.payload = as_bytes(body);
         trial.require(trial.device().send(message).ok(), "send()");
         trial.told({Error::kLinkLost});
         trial.recovers();
         trial.until([&] { return trial.telemetry_with(body) == 1; }, "nothing is lost");
       }},
      {"one byte a second on a link that stands",
       [](Trial& trial) {
         trial.stand();
         trial.strike({{"at", "link"}, {"do", "rate"}, {"bytesPerSecond", 1}});
         trial.told({transport_kind().silent});
         trial.recovers();
       }},
      no_link("one byte a second while connecting",
              {{"at", "link"}, {"do", "rate"}, {"bytesPerSecond", 1}, {"links", "coming"}},
              {Error::kConnectTimeout}),
      no_link("accepted, then silence", {{"at", "accept"}, {"do", "silence"}, {"count", 0}},
              {Error::kConnectTimeout}),
      no_link("silence in the middle of the TLS handshake",
              {{"at", "link"}, {"do", "silence"}, {"links", "coming"}, {"bytes", 300}},
              {Error::kConnectTimeout}),
      no_link("reset in the middle of the TLS handshake",
              {{"at", "link"}, {"do", "reset"}, {"links", "coming"}, {"bytes", 300}, {"count", 0}},
              {Error::kLinkLost}),
      no_link("closed in the middle of the TLS handshake",
              {{"at", "link"}, {"do", "close"}, {"links", "coming"}, {"bytes", 300}, {"count", 0}},
              {Error::kLinkLost}),
      no_link("accepted, then closed", {{"at", "accept"}, {"do", "close"}, {"count", 0}},
              {Error::kLinkLost}),
      no_link("accepted, then reset", {{"at", "accept"}, {"do", "reset"}, {"count", 0}},
              {Error::kLinkLost}),
      no_link("connections refused", {{"at", "accept"}, {"do", "refuse"}},
              {Error::kConnectRefused}),
      cut("reset", {{"at", "link"}, {"do", "reset"}}),
      cut("closed without goodbye", {{"at", "link"}, {"do", "close"}}),
      {"300 ms late in each direction",
       [](Trial& trial) {
         trial.strike({{"at", "link"}, {"do", "delay"}, {"delayMs", 300}, {"links", "all"}});
         trial.stand();
         trial.hub().patch_desired(trial.identity(), {{"late", 1}});
         trial.until([&] { return trial.device().twin().desired()["late"].exists(); },
                     "a change comes");
         trial.nothing_told();
         trial.recovers();
       }},
  };
  return rows;
}

}  // namespace hubtwin::faults
