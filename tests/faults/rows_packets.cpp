// SPDX-License-Identifier: MIT

/// \file
/// Faults of single MQTT packets.

#include "trial.hpp"

namespace hubtwin::faults {

namespace {

Json packet(const char* act, const char* name, const Json& more = Json::object()) {
  Json fault = {{"at", "packet"}, {"do", act}, {"packet", name}};
  fault.update(more);
  return fault;
}

/// A fault that meets each attempt to connect.
Row attempts(const std::string& fault, Json document, Error reason) {
  document["count"] = 0;
  return {fault, [document, reason](Trial& trial) {
            if (reason == Error::kConnectTimeout || reason == Error::kHubTimeout) {
              trial.options().connect_timeout = 4s;
            }
            trial.strike(document);
            trial.open();
            trial.told({reason});
            trial.recovers();
          }};
}

Row connack(int code, Error reason) {
  return attempts("CONNACK " + std::to_string(code), packet("code", "connack", {{"code", code}}),
                  reason);
}

/// What the twin must get over without the link's end.
Row harmless(const std::string& fault, const Json& document) {
  return {fault, [document](Trial& trial) {
            trial.stand();
            trial.strike(document);
            trial.last_change_stands();
            trial.recovers();
          }};
}

}  // namespace

std::vector<Row> packet_rows() {
  std::vector<Row> rows = {
      connack(1, Error::kRefusedProtocol),
      connack(2, Error::kRefusedIdentifier),
      connack(3, Error::kServerUnavailable),
      connack(4, Error::kRefusedCredentials),
      connack(5, Error::kRefusedCredentials),
      attempts("CONNACK lost", packet("lose", "connack"), Error::kConnectTimeout),
      attempts("CONNACK later than the time-out", packet("delay", "connack", {{"delayMs", 30000}}),
               Error::kConnectTimeout),
      {"closed right after CONNACK, again and again",
       [](Trial& trial) {
         trial.strike(packet("close", "connack", {{"forwarded", true}, {"count", 0}}));
         trial.open();
         trial.told({Error::kLinkLost});
         trial.told_in_the_end(Error::kIdentityConflict);
         trial.recovers();
       }},
      attempts("SUBACK 0x80", packet("code", "suback", {{"code", 128}}), Error::kSubscribeRefused),
      attempts("SUBACK lost", packet("lose", "suback"), Error::kHubTimeout),
      {"PINGRESP lost",
       [](Trial& trial) {
         trial.stand();
         trial.strike(packet("lose", "pingresp", {{"count", 0}}));
         trial.told({transport_kind().silent});
         trial.recovers();
       }},
      {"PUBACK lost, and the link later",
       [](Trial& trial) {
         trial.stand();
         trial.strike(packet("lose", "puback"));
         trial.send_one();
         trial.strike({{"at", "link"}, {"do", "reset"}});
         trial.told({Error::kLinkLost});
         trial.until([&] { return trial.telemetry_with("message 2") == 2; },
                     "it is sent again, once");
         trial.recovers();
         trial.require(trial.device().counters().resends == 1, "one was sent again");
       }},
      {"PUBACK lost, the link stands",
       [](Trial& trial) {
         trial.stand();
         trial.strike(packet("lose", "puback"));
         trial.send_one();
         trial.send_one();  // what comes after isn't held up
         trial.nothing_told();
         trial.require(trial.telemetry_with("message 2") == 1, "nothing is sent again on the link");
         trial.device().network_changed();  // any new link will do
         trial.until([&] { return trial.telemetry_with("message 2") == 2; },
                     "it is sent again on the next link");
         trial.recovers();
       }},
      harmless("PUBLISH doubled", packet("duplicate", "publish", {{"topic", "/desired/"}})),
      harmless("PUBLISH in wrong order", packet("swap", "publish", {{"topic", "/desired/"}})),
      {"silence in the middle of a twin document",
       [](Trial& trial) {
         trial.strike(packet("silence", "publish", {{"topic", "/res/"}, {"bytes", 40}}));
         trial.open();
         trial.told({transport_kind().silent});
         trial.recovers();
       }},
  };
  return rows;
}

}  // namespace hubtwin::faults
