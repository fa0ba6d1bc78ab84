// SPDX-License-Identifier: MIT
#include "tools/hub/core/fault.hpp"

#include "tools/hub/core/identity_id.hpp"

#include <algorithm>
#include <vector>

namespace hubtwin::hub {
namespace {

constexpr std::int64_t kLongestDelayMs = 3600 * 1000;
constexpr std::int64_t kMostBytes = 1 << 30;

/// A member that a fault may have.
struct Parameter {
  enum class Kind { kNumber, kText, kFlag, kObject } kind;
  const char* name;
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::vector<std::string> words = {};  ///< of a text; empty: any
};

const std::vector<Parameter>& parameters() {
  using Kind = Parameter::Kind;
  static const std::vector<Parameter> kAll = {
      {Kind::kNumber, "delayMs", 0, kLongestDelayMs},
      {Kind::kNumber, "status", 100, 999},
      {Kind::kNumber, "copies", 2, 100},
      {Kind::kNumber, "version", 0, INT64_MAX},
      {Kind::kNumber, "code", 0, 255},
      {Kind::kNumber, "bytes", 0, kMostBytes},
      {Kind::kNumber, "bytesPerSecond", 1, kMostBytes},
      {Kind::kText, "body"},
      {Kind::kText, "topic"},
      {Kind::kText, "payload"},
      {Kind::kText, "payloadBase64"},
      {Kind::kText, "ciphers"},
      {Kind::kText, "direction", 0, 0, {"both", "to-hub", "to-device"}},
      {Kind::kText, "links", 0, 0, {"present", "coming", "all"}},
      {Kind::kText, "tlsVersion", 0, 0, {"1.1", "1.2", "1.3"}},
      {Kind::kText,
       "packet",
       0,
       0,
       {"connect", "connack", "publish", "puback", "subscribe", "suback", "unsubscribe", "unsuback",
        "pingreq", "pingresp", "disconnect"}},
      {Kind::kText,
       "certificate",
       0,
       0,
       {"expired", "not-yet-valid", "other-host", "unknown-root", "second-root", "cross-signed"}},
      {Kind::kFlag, "applied"},
      {Kind::kFlag, "forwarded"},
      {Kind::kObject, "desired"},
  };
  return kAll;
}

/// What may happen where, and which members say more about it; a name with ! must be there.
struct Word {
  FaultAgent agent;
  const char* at;
  const char* act;
  std::vector<const char*> members;
};

const std::vector<Word>& words() {
  constexpr FaultAgent kHub = FaultAgent::kHub;
  constexpr FaultAgent kProxy = FaultAgent::kProxy;
  static const std::vector<Word> kAll = {
      {kHub, "connect", "refuse", {}},
      {kHub, "connect", "close", {}},
      {kHub, "connected", "close", {"delayMs"}},
      {kHub, "connected", "send", {"topic!", "payload", "payloadBase64", "delayMs"}},
      {kHub, "connected", "set-desired", {"desired!", "delayMs"}},
      {kHub, "now", "close", {}},
      {kHub, "now", "send", {"topic!", "payload", "payloadBase64"}},
      {kHub, "subscribe", "refuse", {}},
      {kHub, "subscribe", "close", {}},
      {kHub, "subscribe", "set-desired", {"desired!"}},
      {kHub, "get", "lose", {}},
      {kHub, "get", "delay", {"delayMs!"}},
      {kHub, "get", "answer", {"status!", "body", "delayMs"}},
      {kHub, "get", "duplicate", {"copies"}},
      {kHub, "get", "close", {}},
      {kHub, "get", "set-desired", {"desired!"}},
      {kHub, "report", "lose", {"applied"}},
      {kHub, "report", "delay", {"delayMs!"}},
      {kHub, "report", "answer", {"status!", "body", "applied", "delayMs"}},
      {kHub, "report", "duplicate", {"copies"}},
      {kHub, "report", "close", {"applied"}},
      {kHub, "notification", "lose", {}},
      {kHub, "notification", "delay", {"delayMs!"}},
      {kHub, "notification", "duplicate", {"copies"}},
      {kHub, "notification", "answer", {"body", "version"}},
      {kHub, "method", "lose", {}},
      {kHub, "method", "delay", {"delayMs!"}},
      {kHub, "method", "duplicate", {"copies"}},
      {kHub, "message", "lose", {}},
      {kHub, "message", "delay", {"delayMs!"}},
      {kHub, "message", "duplicate", {"copies"}},
      {kHub, "telemetry", "close", {"applied"}},
      {kHub, "telemetry", "lose", {}},
      {kProxy, "accept", "refuse", {}},
      {kProxy, "accept", "reset", {}},
      {kProxy, "accept", "close", {}},
      {kProxy, "accept", "silence", {}},
      {kProxy, "tls", "present", {"certificate", "tlsVersion", "ciphers"}},
      {kProxy, "link", "silence", {"direction", "links", "bytes"}},
      {kProxy, "link", "half-open", {"links", "bytes"}},
      {kProxy, "link", "rate", {"direction", "links", "bytesPerSecond!"}},
      {kProxy, "link", "delay", {"direction", "links", "delayMs!"}},
      {kProxy, "link", "reset", {"links", "bytes"}},
      {kProxy, "link", "close", {"links", "bytes"}},
      {kProxy, "packet", "lose", {"packet!", "direction", "topic"}},
      {kProxy, "packet", "delay", {"packet!", "direction", "topic", "delayMs!"}},
      {kProxy, "packet", "duplicate", {"packet!", "direction", "topic", "copies"}},
      {kProxy, "packet", "swap", {"packet!", "direction", "topic"}},
      {kProxy, "packet", "code", {"packet!", "code!"}},
      {kProxy, "packet", "reset", {"packet!", "direction", "topic", "forwarded", "bytes"}},
      {kProxy, "packet", "close", {"packet!", "direction", "topic", "forwarded", "bytes"}},
      {kProxy, "packet", "silence", {"packet!", "direction", "topic", "forwarded", "bytes"}},
  };
  return kAll;
}

ServiceError wrong(const std::string& what) {
  return errors::argument_invalid("the fault's " + what);
}

template <typename Names>
std::string listed(const Names& names) {
  std::string text;
  for (const auto& name : names) {
    text += (text.empty() ? "" : ", ") + std::string(name);
  }
  return text;
}

/// Empty if the value is right for some parameter of this name.
std::string complaint(const std::string& name, const Json& value) {
  std::string expected;
  for (const Parameter& parameter : parameters()) {
    if (name != parameter.name) {
      continue;
    }
    std::string range;
    switch (parameter.kind) {
      case Parameter::Kind::kNumber:
        if (value.is_number_integer() && value >= parameter.least && value <= parameter.most) {
          return "";
        }
        range = "a whole number from " + std::to_string(parameter.least) + " to " +
                std::to_string(parameter.most);
        break;
      case Parameter::Kind::kText:
        if (value.is_string() && (parameter.words.empty() ||
                                  std::find(parameter.words.begin(), parameter.words.end(),
                                            value.get<std::string>()) != parameter.words.end())) {
          return "";
        }
        range = parameter.words.empty() ? "a string" : "one of " + listed(parameter.words);
        break;
      case Parameter::Kind::kFlag:
        if (value.is_boolean()) {
          return "";
        }
        range = "true or false";
        break;
      case Parameter::Kind::kObject:
        if (value.is_object()) {
          return "";
        }
        range = "an object";
        break;
    }
    expected += (expected.empty() ? "" : " or ") + range;
  }
  return "'" + name + "' must be " + expected;
}

Result<const Word*> find_word(const Json& document) {
  for (const char* name : {"at", "do"}) {
    if (!document.contains(name) || !document[name].is_string()) {
      return wrong(std::string("'") + name + "' is missing or isn't a string");
    }
  }
  const std::string at = document["at"].get<std::string>();
  const std::string act = document["do"].get<std::string>();
  std::vector<std::string> places;
  std::vector<std::string> acts;
  for (const Word& word : words()) {
    if (at == word.at && act == word.act) {
      return &word;
    }
    if (at == word.at) {
      acts.emplace_back(word.act);
    }
    if (places.empty() || places.back() != word.at) {
      places.emplace_back(word.at);
    }
  }
  return acts.empty() ? wrong("'at' must be one of " + listed(places))
                      : wrong("'do' must, at " + at + ", be one of " + listed(acts));
}

Result<std::uint64_t> count_member(const Json& document, const char* name,
                                   std::uint64_t otherwise) {
  if (!document.contains(name)) {
    return otherwise;
  }
  const Json& value = document[name];
  if (!value.is_number_integer() || value < 0 || value > 1000000) {
    return wrong(std::string("'") + name + "' must be a whole number from 0 to 1000000");
  }
  return value.get<std::uint64_t>();
}

}  // namespace

Result<Fault> Fault::parse(const Json& document) {
  if (!document.is_object()) {
    return errors::argument_invalid("a fault must be an object");
  }
  const Result<const Word*> word = find_word(document);
  if (!word) {
    return word.error();
  }
  Fault fault;
  fault.agent = word.value()->agent;
  fault.at = word.value()->at;
  fault.act = word.value()->act;
  fault.parameters = Json::object();
  if (document.contains("identity")) {
    const Json& identity = document["identity"];
    const std::string text = identity.is_string() ? identity.get<std::string>() : "";
    const IdentityId id = IdentityId::from_client_id(text);
    if (!is_valid_id(id.device) || (text != id.device && !is_valid_id(id.module))) {
      return wrong("'identity' must be a device's id or DEVICE/MODULE");
    }
    fault.identity = text;
  }
  const auto skip = count_member(document, "skip", 0);
  // What lasts, lasts until it is removed; what is one act happens once.
  fault.lasts = (fault.at == "link" &&
                 (fault.act == "silence" || fault.act == "rate" || fault.act == "delay")) ||
                (fault.at == "accept" && fault.act == "refuse");
  const auto count = count_member(document, "count", fault.lasts ? 0 : 1);
  for (const auto* number : {&skip, &count}) {
    if (!*number) {
      return number->error();
    }
  }
  fault.skip = skip.value();
  fault.count = count.value();
  for (const auto& [name, value] : document.items()) {
    if (name == "at" || name == "do" || name == "identity" || name == "skip" || name == "count") {
      continue;
    }
    const auto& members = word.value()->members;
    if (std::none_of(members.begin(), members.end(), [&, &member = name](const char* known) {
          return member == known || member + '!' == known;
        })) {
      return wrong("member '" + name.substr(0, 40) + "' isn't known at " + fault.at + ", " +
                   fault.act);
    }
    if (const std::string why = complaint(name, value); !why.empty()) {
      return wrong(why);
    }
    fault.parameters[name] = value;
  }
  for (const std::string member : word.value()->members) {
    if (member.back() == '!' && !fault.parameters.contains(member.substr(0, member.size() - 1))) {
      return wrong("member '" + member.substr(0, member.size() - 1) + "' is missing at " +
                   fault.at + ", " + fault.act);
    }
  }
  return fault;
}

Json Fault::to_json() const {
  Json document = {{"id", id}, {"at", at}, {"do", act}};
  if (!identity.empty()) {
    document["identity"] = identity;
  }
  for (const auto& [name, value] : parameters.items()) {
    document[name] = value;
  }
  document["skip"] = skip;
  document["count"] = count;
  document["struck"] = struck;
  return document;
}

std::int64_t Fault::number(const char* name, std::int64_t otherwise) const {
  const auto found = parameters.find(name);
  return found == parameters.end() || !found->is_number() ? otherwise : found->get<std::int64_t>();
}

std::string Fault::text(const char* name, const std::string& otherwise) const {
  const auto found = parameters.find(name);
  return found == parameters.end() || !found->is_string() ? otherwise : found->get<std::string>();
}

bool Fault::flag(const char* name, bool otherwise) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? otherwise : found->get<bool>();
}

std::chrono::milliseconds Fault::delay() const {
  return std::chrono::milliseconds(number("delayMs", 0));
}

const Fault& FaultList::add(Fault fault) {
  fault.id = prefix_ + std::to_string(++last_);
  faults_.push_back(std::move(fault));
  return faults_.back();
}

bool FaultList::remove(const std::string& id) {
  const auto found = std::find_if(faults_.begin(), faults_.end(),
                                  [&](const Fault& fault) { return fault.id == id; });
  if (found == faults_.end()) {
    return false;
  }
  faults_.erase(found);
  return true;
}

bool FaultList::contains(const std::string& id) const {
  return std::any_of(faults_.begin(), faults_.end(),
                     [&](const Fault& fault) { return fault.id == id; });
}

Json FaultList::to_json() const {
  Json list = Json::array();
  for (const Fault& fault : faults_) {
    list.push_back(fault.to_json());
  }
  return list;
}

std::optional<Fault> FaultList::strike(std::string_view at, std::string_view identity,
                                       const std::function<bool(const Fault&)>& matches) {
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->at != at || (!fault->identity.empty() && fault->identity != identity) ||
        (fault->count != 0 && fault->struck >= fault->count) || (matches && !matches(*fault))) {
      continue;
    }
    if (fault->skip > 0) {
      --fault->skip;
      continue;
    }
    ++fault->struck;
    const Fault struck = *fault;
    if (fault->struck == fault->count && !fault->lasts) {
      faults_.erase(fault);
    }
    return struck;
  }
  return std::nullopt;
}

}  // namespace hubtwin::hub
