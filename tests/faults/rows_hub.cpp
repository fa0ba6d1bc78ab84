// SPDX-License-Identifier: MIT

/// \file
/// Faults of the hub's own.

#include "trial.hpp"

namespace hubtwin::faults {

namespace {

/// Reading the twin fails so, and then doesn't.
Row bad_get(const std::string& fault, const Json& document, Error reason) {
  return {fault, [document, reason](Trial& trial) {
            trial.strike_hub(document);
            trial.open();
            trial.hurry();
            trial.twin_told(reason);
            trial.recovers();
            trial.require(trial.device().counters().disconnects == 0, "the link stood");
          }};
}

/// An update is answered so, and reaches the hub in the end.
Row bad_report(const std::string& fault, const Json& document) {
  return {fault, [document](Trial& trial) {
            trial.stand();
            trial.strike_hub(document);
            trial.require(trial.device().twin().report("a", 1).ok(), "report()");
            trial.hurry();
            trial.until(
                [&] {
                  const auto reported =
                      trial.hub().twin(trial.identity()).at("properties").at("reported");
                  return reported.value("a", 0) == 1 &&
                         trial.flushes() == std::vector<Error>{Error::kNone};
                },
                "the hub has the value, and the device knows");
            trial.nothing_told();
            trial.recovers();
          }};
}

/// Whatever is told or not, the newest value is there in the end.
Row converges(const std::string& fault, const Json& document) {
  return {fault, [document](Trial& trial) {
            trial.stand();
            trial.strike_hub(document);
            trial.last_change_stands();
            trial.recovers();
          }};
}

/// Desired properties change while the twin is being read.
Row race(const std::string& fault, const char* at) {
  return {fault, [at](Trial& trial) {
            trial.strike_hub({{"at", at}, {"do", "set-desired"}, {"desired", {{"n", 7}}}});
            trial.open();
            trial.until(
                [&] { return trial.in_step() && trial.device().twin().desired()["n"].exists(); },
                "the change is there");
            trial.nothing_told();
            trial.recovers();
          }};
}

}  // namespace

std::vector<Row> hub_rows() {
  const std::string patch_topic = "$iothub/twin/PATCH/properties/desired/?$version=2";
  std::vector<Row> rows = {
      bad_get("GET answered 429", {{"at", "get"}, {"do", "answer"}, {"status", 429}},
              Error::kHubThrottled),
      bad_get("GET answered 500", {{"at", "get"}, {"do", "answer"}, {"status", 500}},
              Error::kHubServerError),
      bad_get("GET answered by an empty body",
              {{"at", "get"}, {"do", "answer"}, {"status", 200}, {"body", ""}},
              Error::kJsonTruncated),
      bad_get("GET never answered", {{"at", "get"}, {"do", "lose"}}, Error::kHubTimeout),
      {"PATCH answered 400 with a body",
       [](Trial& trial) {
         trial.stand();
         trial.strike_hub({{"at", "report"}, {"do", "answer"}, {"status", 400}});
         trial.require(trial.device().twin().report("a", 1).ok(), "report()");
         trial.until([&] { return !trial.flushes().empty(); }, "told");
         trial.note(std::string("flush: ") + to_string(trial.flushes().front()));
         trial.require(trial.flushes().front() == Error::kHubBadRequest, "told why");
         trial.require(trial.device().twin().report("b", 1).ok(), "report()");
         trial.until(
             [&] {
               return trial.hub()
                          .twin(trial.identity())
                          .at("properties")
                          .at("reported")
                          .value("b", 0) == 1;
             },
             "others go on");
         trial.recovers();
       }},
      bad_report("PATCH answered 408", {{"at", "report"}, {"do", "answer"}, {"status", 408}}),
      bad_report("PATCH answered 429", {{"at", "report"}, {"do", "answer"}, {"status", 429}}),
      bad_report("PATCH taken and never answered", {{"at", "report"}, {"do", "lose"}}),
      bad_report("PATCH lost", {{"at", "report"}, {"do", "lose"}, {"applied", false}}),
      race("a change between SUBACK and GET", "subscribe"),
      race("a change between GET and its answer", "get"),
      converges("a notification lost", {{"at", "notification"}, {"do", "lose"}}),
      converges("a notification doubled", {{"at", "notification"}, {"do", "duplicate"}}),
      converges("a notification late", {{"at", "notification"}, {"do", "delay"}, {"delayMs", 500}}),
      converges("a notification with version 1",
                {{"at", "notification"}, {"do", "answer"}, {"version", 1}}),
      converges("a notification that isn't JSON",
                {{"at", "notification"}, {"do", "answer"}, {"body", "{\"n\":"}}),
      {"the identity made anew: version 1 again",
       [](Trial& trial) {
         trial.stand();
         for (int i = 1; i <= 3; ++i) {
           trial.hub().patch_desired(trial.identity(), {{"old", i}});
         }
         trial.until([&] { return trial.device().twin().desired()["old"].exists(); }, "it comes");
         trial.start_watch();
         trial.recreate();
         trial.told({Error::kLinkLost});
         trial.until(
             [&] { return trial.in_step() && trial.device().twin().desired_version() == 1; },
             "version 1 is taken");
         trial.require(!trial.device().twin().desired()["old"].exists(), "the old has gone");
         trial.recovers();
       }},
      {"message, method and patch right behind CONNACK, unasked for",
       [=](Trial& trial) {
         const std::string id = trial.identity();
         trial.strike_hub({{"at", "connected"},
                           {"do", "send"},
                           {"topic", "devices/" + id + "/messages/devicebound/"},
                           {"payload", "early"}});
         trial.strike_hub({{"at", "connected"},
                           {"do", "send"},
                           {"topic", "$iothub/methods/POST/early/?$rid=1"},
                           {"payload", "{}"}});
         trial.strike_hub({{"at", "connected"},
                           {"do", "send"},
                           {"topic", patch_topic},
                           {"payload", R"({"early":1,"$version":2})"}});
         trial.stand();
         trial.require(!trial.device().twin().desired()["early"].exists(),
                       "what the hub doesn't have isn't believed");
         trial.note("none: the link stands");
         trial.recovers();
       }},
      {"a second client takes the identity over",
       [](Trial& trial) {
         trial.stand();
         trial.start_watch();
         trial.require(trial.rival().device->open().ok(), "open()");
         trial.told({Error::kLinkLost});
         trial.told_in_the_end(Error::kIdentityConflict);
         trial.until(
             [&] {
               for (const ConnectionStatus& status : trial.rival().states) {
                 if (status.reason.error() == Error::kIdentityConflict) {
                   return true;
                 }
               }
               return false;
             },
             "the other names it as well");
         trial.rival().device->close();
         trial.recovers();
       }},
      {"the device disabled while connected",
       [](Trial& trial) {
         trial.stand();
         trial.start_watch();
         trial.hub().set_enabled(trial.identity(), false);
         trial.told({Error::kLinkLost});
         trial.told_in_the_end(Error::kRefusedCredentials);
         trial.hub().set_enabled(trial.identity(), true);
         trial.recovers();
       }},
      {"the device deleted while connected",
       [](Trial& trial) {
         trial.stand();
         trial.start_watch();
         trial.remove();
         trial.told({Error::kLinkLost});
         trial.told_in_the_end(Error::kRefusedCredentials);
         trial.create_again();
         trial.recovers();
       }},
      {"quota exceeded: closed at each message",
       [](Trial& trial) {
         trial.stand();
         trial.strike_hub({{"at", "telemetry"}, {"do", "close"}, {"applied", false}, {"count", 2}});
         trial.send_one();
         trial.told({Error::kLinkLost});
         trial.recovers();
       }},
      {"32 KB of desired properties, then others instead",
       [](Trial& trial) {
         nlohmann::json large;
         for (int i = 0; i < 8; ++i) {
           large["k" + std::to_string(i)] = std::string(3800, 'x');
         }
         trial.hub().replace_desired(trial.identity(), large);
         trial.stand();
         trial.start_watch();
         trial.hub().replace_desired(trial.identity(),
                                     {{"only", {{"deep", {{"a", 1}, {"b", 2}}}}}});
         trial.hub().patch_desired(trial.identity(), {{"only", {{"deep", {{"b", nullptr}}}}}});
         trial.until(
             [&] {
               const auto desired = trial.device().twin().desired();
               const auto deep = desired["only"]["deep"];
               return deep["a"].exists() && !deep["b"].exists() && !desired["k0"].exists();
             },
             "what was removed has gone, what stands beside it hasn't");
         trial.nothing_told();
         trial.recovers();
       }},
      {"the token expires by the hub's clock",
       [](Trial& trial) {
         trial.options().token_lifetime = 5min;
         trial.stand();
         trial.hub().set_token_clock(298s, 0s);
         trial.device().network_changed();  // the next connection is judged so
         trial.start_watch();
         trial.told({Error::kLinkLost});
         trial.hub().set_token_clock(0s, 300s);
         trial.recovers();
       }},
      {"the hub's clock an hour ahead, or ours behind",
       [](Trial& trial) {
         trial.hub().set_token_clock(4000s, 0s);
         trial.start_watch();
         trial.open();
         trial.told({Error::kRefusedCredentials});
         trial.hub().set_token_clock(0s, 300s);
         trial.recovers();
       },
       true},
  };
  return rows;
}

}  // namespace hubtwin::faults
