// SPDX-License-Identifier: MIT
#include "step.hpp"

namespace hubtwin::simulation {

namespace {

constexpr const char* kPacketNames[] = {"CONNACK",        "SUBACK",        "PUBACK",
                                        "GET answer",     "report answer", "notification",
                                        "method request", "message"};

std::string number(std::uint32_t value) {
  return std::to_string(value);
}

// Nonsense needn't be UTF-8.
std::string text_of(const Json& value) {
  return value.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string callback_name(std::uint32_t callback) {
  if (callback == kInFlushed) {
    return "on_flushed";
  }
  return callback == kInSynchronised ? "on_synchronised"
                                     : "the handler of '" + std::string(kWatched[callback]) + "'";
}

std::string judgement_name(const Step& step) {
  switch (step.n[0]) {
    case kUnanswered:
      return "gets no answer";
    case kCutInstead:
      return "makes the link break";
    case kGarbled:
      return "is answered by " + step.json.dump();
    default:
      return "is answered by " + number(step.n[0]);
  }
}

std::string harm_name(const Step& step) {
  switch (static_cast<Harm>(step.n[2])) {
    case Harm::kLost:
      return "is lost";
    case Harm::kDoubled:
      return "is doubled";
    case Harm::kDelayed:
      return "is delayed by " + number(step.n[3]) + " ms";
    case Harm::kThenCut:
      return "is followed by a cut";
    case Harm::kSilentAfter:
      return "ends after " + number(step.n[3]) + " bytes, the link dead";
  }
  return "?";
}

std::string what(const Step& step) {
  const auto& n = step.n;
  switch (step.act) {
    case Act::kLatency:
      return "latency " + number(n[0]) + " ms up, " + number(n[1]) + " ms down";
    case Act::kFragments:
      return "fragments of " + number(n[0]) + " bytes, " + number(n[1]) + " in a poll";
    case Act::kSlowUplink:
      return "takes " + number(n[0]) + " publishes in a poll";
    case Act::kCapabilities:
      return std::string((n[0] & 1) != 0 ? "withholds" : "doesn't withhold") +
             " acknowledgements, re-sends " + ((n[0] & 2) != 0 ? "with" : "without") + " DUP";
    case Act::kSmallUpdates:
      return "updates of at most " + number(n[0]) +
             " bytes from the next power-on, longer values by " + number(n[1]) + " bytes every " +
             number(n[2]) + " ms";
    case Act::kArenas:
      return "arenas of " + number(n[0]) + " and " + number(n[1]) + " bytes at the next power-on";
    case Act::kKnownKeys:
      return "has a table of known keys from the next power-on";
    case Act::kWanted:
      return "asks for a part of the desired section from the next power-on";
    case Act::kOneLog:
      return "one log for all clients that come to have storage, on a flash of " + number(n[0]) +
             " blocks that was written " + number(n[1]) + " times";
    case Act::kStorage:
      return std::string("has storage from the next power-on, written to ") +
             (n[0] != 0 ? "at once" : "in good time");
    case Act::kPatchDesired:
      return "desired patched by " + step.json.dump();
    case Act::kReplaceDesired:
      return "desired replaced by " + step.json.dump();
    case Act::kSendMessage:
      return "a message from the hub";
    case Act::kRecreate:
      return "identity deleted and made anew";
    case Act::kReport:
      return (step.path.empty() ? "section" : step.path) + " reported as " + step.json.dump();
    case Act::kRemove:
      return "removal of " + step.path + " reported";
    case Act::kFlush:
      return "flush()";
    case Act::kSendTelemetry:
      return number(n[0]) + " telemetry messages";
    case Act::kRenewHandlers:
      return "handler of '" + std::string(kWatched[n[0]]) + "' removed and registered again";
    case Act::kClose:
      return "close()";
    case Act::kOpen:
      return "open()";
    case Act::kNetworkChanged:
      return "network_changed()";
    case Act::kFlushPolicy:
      return "flushes at least " + number(n[0]) + " ms apart, delayed by " + number(n[1]) +
             " ms, or at " + number(n[2]) + " bytes";
    case Act::kInside:
      return "from within the next call of " + callback_name(n[0]) + ": " + what(inner_of(step));
    case Act::kPowerOn:
      return "power on";
    case Act::kPowerCut: {
      constexpr const char* kHow[] = {"between two words", "within a word", "scrambling the page",
                                      "leaving what looks erased"};
      return n[0] == 0
                 ? "power fails"
                 : "power to fail at step " + number(n[0]) + " of the flash, " + kHow[n[1] % 4];
    }
    case Act::kForgetUtc:
      return "UTC forgotten";
    case Act::kWrongUtc:
      return "UTC wrong by " + std::to_string(static_cast<int>(n[0]) - 20000) + " s";
    case Act::kRightUtc:
      return "UTC right";
    case Act::kCut:
      return "link cut";
    case Act::kSilence:
      return "link silent";
    case Act::kDown:
      return std::string("its network down, the link ") + (n[1] != 0 ? "silent" : "cut") +
             ", CONNECT " + (n[0] != 0 ? "not answered" : "refused");
    case Act::kUp:
      return "its network up";
    case Act::kRefuse:
      return n[0] != 0 ? "hub unavailable" : "connections refused";
    case Act::kIgnore:
      return "CONNECT isn't answered";
    case Act::kWell:
      return "network well again";
    case Act::kForgetSession:
      return "MQTT session lost if absent";
    case Act::kPacket:
      return std::string(kPacketNames[n[0]]) + " number " + number(n[1] + 1) + " from now " +
             harm_name(step);
    case Act::kJudgeGet:
      return "the next GET " + judgement_name(step);
    case Act::kJudgeReport:
      return "the next update " + judgement_name(step) +
             (n[1] != 0 ? ", applied" : ", not applied");
    case Act::kNonsense:
      return "nonsense: " + step.path + " " + text_of(step.json);
    case Act::kRace:
      return "desired to be patched by " + step.json.dump() +
             (n[0] == 0 ? " just before the next GET is answered"
                        : " " + number(n[0]) + " ms after the next GET");
  }
  return "?";
}

}  // namespace

std::string identity_of(std::uint32_t who) {
  constexpr const char* kNames[] = {"pump", "pump/valve", "pump/meter"};
  return who < 3 ? kNames[who] : "pump/module-" + number(who);
}

Step inner_of(const Step& step) {
  Step inner = step;
  inner.act = static_cast<Act>(step.n[1]);
  inner.n = {step.n[2], 0, 0, 0};
  return inner;
}

std::string describe(const Step& step) {
  std::string text = identity_of(step.who) + ": " + what(step);
  if (step.wait != Duration::zero()) {
    text = "after " + std::to_string(step.wait.count()) + " ms, " + text;
  }
  return text;
}

}  // namespace hubtwin::simulation
