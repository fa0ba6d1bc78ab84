// SPDX-License-Identifier: MIT
#include "load.hpp"

#include "support/view_json.hpp"
#include <hubtwin/contract.hpp>

#include <algorithm>

namespace hubtwin::soak {

namespace {

using namespace std::chrono_literals;

// By the client's clock, which goes faster than the system's.
constexpr Duration kBetweenMessages = 4s;
constexpr Duration kBetweenReports = 3s;
constexpr std::size_t kKeys = 8;
constexpr std::size_t kLongestText = 160;
// Beyond the room for an update, so that it goes straight out of the arena.
constexpr std::size_t kLongestOfAll = 1400;
constexpr std::size_t kLongestPad = 200;

void must(Status status) {
  if (!status.ok()) {
    contract_violated(to_string(status.error()));
  }
}

std::string key_of(std::size_t number) {
  return "k" + std::to_string(number);
}

}  // namespace

Load::Load(Client& client, std::uint32_t seed) : client_(client), random_(seed) {
  must(client_.twin().on_desired([this](const DesiredChange& change) { desired_changed(change); }));
  client_.twin().on_error([this](const TwinError&) { ++twin_errors_; });
  client_.on_sent([this](std::uint32_t ticket, Status outcome) {
    const bool ours = waiting_.erase(ticket) != 0;
    if (!outcome.ok()) {
      ++cancelled_;
    } else {
      ++(ours ? acknowledged_ : others_acknowledged_);
    }
  });
}

void Load::desired_changed(const DesiredChange& change) {
  mirror_ = test::json_of(change.value());
  ++desired_changes_;
  const auto load = change.value()["soak"]["load"].as_string();
  if (load.ok() && *load != load_) {
    obey(*load);
  }
}

void Load::obey(std::string_view load) {
  load_ = load;
  const bool runs = load == "run";
  send_at_ = runs ? kAtOnce : kNever;
  report_at_ = send_at_;
  if (load.substr(0, 5) == "fill ") {
    report_all(load.back());
  } else if (load == "clear") {
    note("", Json(), client_.twin().report_removal("soak").status());
  }
}

void Load::run(MonotonicTime now) {
  if (now >= send_at_) {
    send();
    send_at_ = now + interval(kBetweenMessages);
  }
  if (now >= report_at_) {
    report_something();
    report_at_ = now + interval(kBetweenReports);
  }
}

MonotonicTime Load::next_deadline() const {
  return earlier(send_at_, report_at_);
}

void Load::send() {
  const std::string number = std::to_string(accepted_ + 1);
  const std::string body =
      Json{{"n", accepted_ + 1}, {"pad", std::string(below(kLongestPad), 'x')}}.dump();
  TelemetryMessage message;
  message.payload = as_bytes(body);
  message.message_id = number;
  message.content_type = "application/json";
  message.content_encoding = "utf-8";
  const auto ticket = client_.send(message);
  if (!ticket.ok()) {
    ++refused_;
    return;
  }
  waiting_[*ticket] = ++accepted_;
  most_waiting_ = std::max(most_waiting_, waiting_.size());
}

void Load::report_something() {
  switch (below(24)) {
    case 0:
      claim("long", std::string(below(kLongestOfAll) + 1, static_cast<char>('a' + below(26))));
      return;
    case 1:
      claim("long", Json());
      return;
    default:
      break;
  }
  const std::string key = key_of(below(kKeys));
  const auto number = static_cast<std::int64_t>(below(100000)) - 50000;
  switch (below(7)) {
    case 0:
      claim(key, Json());
      break;
    case 1:
      claim(key, number);
      break;
    case 2:
      claim(key, static_cast<double>(number) / 64);
      break;
    case 3:
      claim(key, number % 2 == 0);
      break;
    case 4:
      claim(key, "\"\u00e9\\" + std::string(below(kLongestText - 8), 'y'));
      break;
    case 5:
      claim(key, Json{{"a", number}, {"b", {{"c", std::string(below(24), 'z')}}}});
      break;
    default:
      claim(key, Json{number, "two", Json::object({{"three", number / 2}})});
      break;
  }
}

void Load::report_all(char letter) {
  for (std::size_t i = 0; i < kKeys; ++i) {
    claim(key_of(i), std::string(kLongestText, letter));
  }
  claim("long", std::string(kLongestOfAll, letter));
}

// Null: removes it.
void Load::claim(const std::string& key, const Json& value) {
  const std::string path = "soak." + key;
  Twin& twin = client_.twin();
  if (value.is_null()) {
    note(key, value, twin.report_removal(path).status());
  } else if (value.is_boolean()) {
    note(key, value, twin.report(path, value.get<bool>()).status());
  } else if (value.is_number_integer()) {
    note(key, value, twin.report(path, value.get<std::int64_t>()).status());
  } else if (value.is_number()) {
    note(key, value, twin.report(path, value.get<double>()).status());
  } else if (value.is_string()) {
    note(key, value, twin.report(path, value.get_ref<const std::string&>()).status());
  } else {
    note(key, value, twin.report_json(path, value.dump()).status());
  }
}

// Refused: the section is as it was. No key: all of it.
void Load::note(const std::string& key, const Json& value, Status status) {
  if (!status.ok()) {
    ++reports_refused_;
    return;
  }
  ++reports_;
  if (key.empty()) {
    claimed_ = Json::object();
  } else if (value.is_null()) {
    claimed_.erase(key);
  } else {
    claimed_[key] = value;
  }
}

std::size_t Load::below(std::size_t bound) {
  return random_() % bound;
}

Duration Load::interval(Duration mean) {
  return mean / 2 +
         Duration(static_cast<Duration::rep>(below(static_cast<std::size_t>(mean.count()))));
}

Json Load::sample() const {
  const SessionCounters& session = client_.counters();
  const PropertyTree& desired = client_.twin().desired_tree();
  const PropertyTree& reported = client_.twin().reported_tree();
  return {{"state", to_string(client_.connection().state)},
          {"synchronised", client_.twin().synchronised()},
          {"accepted", accepted_},
          {"acknowledged", acknowledged_},
          {"othersAcknowledged", others_acknowledged_},
          {"cancelled", cancelled_},
          {"refused", refused_},
          {"waiting", waiting_.size()},
          {"mostWaiting", most_waiting_},
          {"desiredChanges", desired_changes_},
          {"reports", reports_},
          {"reportsRefused", reports_refused_},
          {"twinErrors", twin_errors_},
          {"connects", session.connects},
          {"disconnects", session.disconnects},
          {"renewals", session.renewals},
          {"resends", session.resends},
          {"foreignTopics", session.foreign_topics},
          {"desiredUsed", desired.bytes_used()},
          {"desiredHigh", desired.high_water()},
          {"desiredCapacity", desired.capacity()},
          {"reportedUsed", reported.bytes_used()},
          {"reportedHigh", reported.high_water()},
          {"reportedCapacity", reported.capacity()}};
}

Json Load::state() const {
  Json state = sample();
  state["load"] = load_;
  state["desired"] = test::json_of(client_.twin().desired());
  state["desiredVersion"] = client_.twin().desired_version();
  state["told"] = mirror_;
  state["reported"] = test::json_of(client_.twin().reported());
  state["claimed"] = claimed_;
  return state;
}

}  // namespace hubtwin::soak
