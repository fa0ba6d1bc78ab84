// SPDX-License-Identifier: MIT
// Random histories of reports against a hub that merges by nlohmann/json's merge_patch: updates and
// acknowledgements are lost, links break, the hub refuses values, its section is compared while it
// streams by in fragments and the application goes on reporting, and documents break off.
#include "support/fake_random.hpp"
#include "support/view_json.hpp"
#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/reported.hpp>

#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace hubtwin;
using hubtwin::test::FakeRandom;
using hubtwin::test::json_of;
using Json = nlohmann::json;

namespace {

constexpr const char* kBad = "the hub takes anything but this";

// Objects that hold nothing count as absent: a removal leaves them behind on one side or the other.
Json pruned(const Json& value) {
  if (!value.is_object()) {
    return value;
  }
  Json result = Json::object();
  for (const auto& [key, member] : value.items()) {
    const Json kept = pruned(member);
    if (!kept.is_object() || !kept.empty()) {
      result[key] = kept;
    }
  }
  return result;
}

// Where the application reports something below a scalar of the hub's and takes it back before it
// arrives, or the hub refuses it, the scalar may stay or not.
Json without_passed_by(const Json& document, const Json& owned) {
  Json result = document;
  for (const auto& [key, member] : document.items()) {
    if (!owned.contains(key) || !owned[key].is_object()) {
      continue;
    }
    if (member.is_object()) {
      result[key] = without_passed_by(member, owned[key]);
    } else if (pruned(owned[key]).empty()) {
      result.erase(key);
    }
  }
  return result;
}

using Steps = std::vector<std::string>;

std::string dotted(const Steps& steps) {
  std::string path;
  for (const std::string& step : steps) {
    path += (path.empty() ? "" : ".") + step;
  }
  return path;
}

const Json* find(const Json& document, const Steps& steps) {
  const Json* at = &document;
  for (const std::string& step : steps) {
    if (!at->is_object() || !at->contains(step)) {
      return nullptr;
    }
    at = &(*at)[step];
  }
  return at;
}

// Whether something that isn't an object stands on the way to a path.
bool blocked(const Json& document, const Steps& steps) {
  const Json* at = &document;
  for (const std::string& step : steps) {
    if (!at->is_object()) {
      return true;
    }
    if (!at->contains(step)) {
      return false;
    }
    at = &(*at)[step];
  }
  return false;
}

void put(Json& document, const Steps& steps, const Json& value) {
  Json* at = &document;
  for (const std::string& step : steps) {
    if (!at->is_object()) {
      *at = Json::object();
    }
    at = &(*at)[step];
  }
  *at = value;
}

void erase(Json& document, const Steps& steps) {
  Json* at = &document;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    if (!at->is_object() || !at->contains(steps[i])) {
      return;
    }
    at = &(*at)[steps[i]];
  }
  if (at->is_object()) {
    at->erase(steps.back());
  }
}

// Calls visit(steps, leaf) for all that isn't an object with members.
template <class Visit>
void for_leaves(const Json& value, Steps& steps, const Visit& visit) {
  if (!value.is_object() || value.empty()) {
    visit(steps, value);
    return;
  }
  for (const auto& [key, member] : value.items()) {
    steps.push_back(key);
    for_leaves(member, steps, visit);
    steps.pop_back();
  }
}

struct Kind {
  bool roomy = true;
  // No answer is lost but with the link, and the section is compared on each link: then nothing is
  // sent that the hub has.
  bool minimal = false;
  bool refusals = false;
};

class History {
 public:
  History(std::uint64_t seed, const Kind& kind)
      : random_(seed),
        kind_(kind),
        arena_(kind.roomy ? 8192 : 200 + static_cast<std::size_t>(seed % 300)),
        body_(104),
        scratch_(96),
        reported_(ByteSpan(arena_.data(), arena_.size()), {},
                  ByteSpan(body_.data(), body_.size())) {
    if (random_.chance(70)) {
      hub_ = value(3);
      if (!hub_.is_object()) {
        hub_ = Json::object();
      }
    }
    expected_ = hub_;
  }

  void run() {
    for (int step = 0; step < 80; ++step) {
      if (random_.chance(60)) {
        submit();
      } else {
        go_on();
      }
    }
    for (int tries = 0; reported_.dirty() || reported_.flushing() || linked_again_; ++tries) {
      REQUIRE(tries < 2000);
      go_on();
    }
    INFO("reported " << json_of(reported_.view()));
    REQUIRE(pruned(json_of(reported_.view())) == pruned(owned_));
    if (kind_.refusals) {
      hub_ = without_passed_by(hub_, owned_);
      expected_ = without_passed_by(expected_, owned_);
    }
    REQUIRE(pruned(hub_) == pruned(expected_));
    for (const auto& [id, outcomes] : submitted_) {
      CAPTURE(id);
      REQUIRE(outcomes == 1);
    }
  }

 private:
  std::string key() { return std::string(1, static_cast<char>('a' + random_.below(3))); }
  Steps path() {
    Steps path;
    for (std::uint32_t depth = 1 + random_.below(3); depth > 0; --depth) {
      path.push_back(key());
    }
    return path;
  }
  Json leaf() {
    if (kind_.refusals && random_.chance(15)) {
      return kBad;
    }
    switch (random_.below(kind_.minimal ? 3 : 5)) {
      case 0:
        return Json::array({++counter_, {{"p", 1}, {"q", {counter_, "x"}}}});
      case 1:
        return std::string(random_.below(random_.chance(30) ? 70 : 10), 't') +
               std::to_string(++counter_);
      case 2:
        return ++counter_;
      case 3:
        return random_.below(3);
      default:
        return random_.chance(50);
    }
  }
  Json value(std::uint32_t depth) {
    if (depth == 0 || random_.chance(40)) {
      return leaf();
    }
    Json object = Json::object();
    for (std::uint32_t members = random_.below(4); members > 0; --members) {
      object[key()] = value(depth - 1);
    }
    return object;
  }

  void submit() {
    const Steps at = path();
    const std::string text = dotted(at);
    CAPTURE(text);
    const bool in_the_way = blocked(owned_, at);
    Result<FlushId> id(kNothingToFlush);
    const bool removal = random_.chance(25);
    Json what;
    if (removal) {
      if (blocked(expected_, at)) {
        return;  // a hub may replace what is in the way, or not
      }
      id = reported_.report_removal(text);
    } else {
      what = value(4 - static_cast<std::uint32_t>(at.size()));
      if (what.is_string() && what != kBad && random_.chance(50)) {
        // Longer than what JSON is read with, here and from the hub.
        const std::string longer = what.get<std::string>() + std::string(random_.below(150), 'u');
        what = longer;
        id = reported_.report(text, std::string_view(longer));
      } else if (what.is_number_integer() && random_.chance(50)) {
        id = reported_.report(text, what.get<std::int64_t>());
      } else {
        id = reported_.report_json(text, what.dump());
      }
    }
    if (!id.ok()) {
      CAPTURE(what.dump());
      REQUIRE((in_the_way ? id.error() == Error::kPropertyPath
                          : id.error() == Error::kNoSpace && !kind_.roomy));
      return;
    }
    REQUIRE_FALSE(in_the_way);
    if (removal) {
      erase(owned_, at);
      erase(expected_, at);
    } else {
      put(owned_, at, what);
      put(expected_, at, what);
    }
    if (*id != kNothingToFlush && submitted_.count(*id) == 0) {
      submitted_[*id] = 0;
    }
  }

  // The next thing that a sender would do, or that happens to it.
  void go_on() {
    if (source_ != nullptr) {
      stream();
    } else if (under_way_) {
      answer();
    } else if (linked_again_ || (!reported_.flushing() && reported_.unsure() && !compared_)) {
      if (kind_.minimal || random_.chance(80)) {
        compare();
      } else {
        linked_again_ = false;  // the hub doesn't tell
        compared_ = true;
      }
    } else {
      send();
    }
  }

  void answer() {
    under_way_ = false;
    const bool refused = holds_bad(update_);
    const bool taken = random_.chance(80);
    const bool answered = taken && random_.chance(80);
    if (taken && !refused) {
      hub_.merge_patch(update_);
    }
    if (answered && !refused) {
      reported_.acknowledge(kNoVersion);
    } else if (answered) {
      if (reported_.can_isolate(Error::kHubBadRequest)) {
        reported_.isolate();
      } else {
        reported_.reject(Error::kHubBadRequest);
        forget_refused();
      }
    } else if (kind_.minimal || random_.chance(50)) {
      lose_link();
    } else {
      reported_.requeue();
    }
  }
  void lose_link() {
    reported_.interrupt();
    linked_again_ = true;
  }

  static bool holds_bad(const Json& document) {
    return document.dump().find(kBad) != std::string::npos;
  }
  // The one bad value of the update stays away; the hub keeps what it had there.
  void forget_refused() {
    const Json reported = json_of(reported_.view());
    Steps steps;
    for_leaves(update_, steps, [&](const Steps& at, const Json&) {
      const Json* const now = find(reported, at);
      if (find(owned_, at) == nullptr || now == nullptr || !now->is_null()) {
        return;  // replaced meanwhile
      }
      erase(owned_, at);
      const Json* const kept = find(hub_, at);
      if (kept != nullptr) {
        put(expected_, at, *kept);
      } else {
        erase(expected_, at);
      }
    });
  }

  void send() {
    if (!reported_.flushing()) {
      if (!reported_.dirty()) {
        return;
      }
      reported_.begin_flush();
      compared_ = false;
    }
    const Result<ReportedBody> body = reported_.next_body(20 + random_.below(80));
    if (body.error() == Error::kNoSpace) {
      reported_.requeue();  // a larger limit will do
      return;
    }
    REQUIRE(body.ok());
    if (body->empty()) {
      const FlushOutcome outcome = reported_.finish_flush();
      REQUIRE((outcome.status.ok() || kind_.refusals));
      REQUIRE((outcome.refused.empty() || !outcome.status.ok()));
      if (submitted_.count(outcome.id) != 0) {
        ++submitted_[outcome.id];
      }
      return;
    }
    source_ = body->source;
    streamed_.clear();
    if (source_ == nullptr) {
      begin_update(std::string(as_text(body->bytes)));
    }
  }

  // Some more of an update that goes from a source, or the end of the link.
  void stream() {
    if (random_.chance(3)) {
      source_ = nullptr;
      lose_link();
      return;
    }
    const std::size_t left = source_->size() - streamed_.size();
    std::string piece(std::min<std::size_t>(1 + random_.below(30), left), '?');
    source_->read(ByteSpan(reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()));
    streamed_ += piece;
    if (!reported_.sending()) {
      REQUIRE(streamed_.size() == source_->size());
      source_ = nullptr;
      begin_update(streamed_);
    }
  }

  void begin_update(const std::string& text) {
    CAPTURE(text);
    update_ = Json::parse(text);
    under_way_ = true;
    if (kind_.minimal) {
      Steps steps;
      for_leaves(update_, steps, [&](const Steps& at, const Json& sent) {
        const Json* const had = find(hub_, at);
        INFO("update " << update_ << " at a hub that has " << hub_);
        REQUIRE((had == nullptr || *had != sent));
      });
    }
  }

  // The hub's section streams by, and the application goes on meanwhile.
  void compare() {
    const std::string document = Json(hub_).dump();
    CAPTURE(document);
    JsonReader reader(ByteSpan(scratch_.data(), scratch_.size()));
    reader.begin(reported_.begin_comparison());
    const std::size_t end = random_.chance(20)
                                ? random_.below(static_cast<std::uint32_t>(document.size()))
                                : document.size();
    for (std::size_t at = 0; at < end;) {
      const std::size_t step = std::min<std::size_t>(1 + random_.below(12), end - at);
      REQUIRE(reader
                  .feed(as_bytes(document).data() == nullptr
                            ? ByteView()
                            : as_bytes(std::string_view(document).substr(at, step)))
                  .ok());
      at += step;
      while (random_.chance(15)) {
        submit();
      }
    }
    if (end < document.size()) {
      reported_.abort_comparison();
      return;
    }
    REQUIRE(reader.finish().ok());
    REQUIRE(reported_.finish_comparison(7));
    linked_again_ = false;
    compared_ = !kind_.minimal && random_.chance(50);
  }

  FakeRandom random_;
  Kind kind_;
  std::vector<std::uint8_t> arena_;
  std::vector<std::uint8_t> body_;
  std::vector<std::uint8_t> scratch_;
  Reported reported_;
  Json hub_ = Json::object();
  Json expected_ = Json::object();  // what the hub is to have in the end
  Json owned_ = Json::object();     // what of that the application reported
  Json update_;
  std::map<FlushId, int> submitted_;
  std::uint32_t counter_ = 10;
  PayloadSource* source_ = nullptr;  // of an update of which not all is sent
  std::string streamed_;
  bool under_way_ = false;
  bool linked_again_ = true;  // and the hub's section not compared yet
  bool compared_ = false;     // since something was unsure: now it goes anyway
};

void play(std::uint64_t histories, const Kind& kind) {
  for (std::uint64_t seed = 1; seed <= histories; ++seed) {
    CAPTURE(seed);
    History(seed, kind).run();
  }
}

}  // namespace

TEST_CASE("reported model: random reports over lost updates -> the hub ends as wanted", "[long]") {
  play(1000, {true, false, false});
}

TEST_CASE("reported model: tight arenas -> refused reports change nothing, the hub ends as wanted",
          "[long]") {
  play(1000, {false, false, false});
}

TEST_CASE("reported model: the hub refuses values -> the others arrive", "[long]") {
  play(1000, {true, false, true});
}

TEST_CASE("reported model: compared on each link -> nothing is sent that the hub has", "[long]") {
  play(1000, {true, true, false});
}
