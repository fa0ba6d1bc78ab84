// SPDX-License-Identifier: MIT
// Random histories of reports against a hub that merges by nlohmann/json's merge_patch.
#include "support/fake_random.hpp"
#include <hubtwin/twin/reported.hpp>

#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace hubtwin;
using hubtwin::test::FakeRandom;
using Json = nlohmann::json;

namespace {

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

class History {
 public:
  explicit History(std::uint64_t seed, std::size_t arena)
      : random_(seed),
        arena_(arena),
        body_(64),
        reported_(ByteSpan(arena_.data(), arena_.size()), ByteSpan(body_.data(), body_.size())) {}

  void run() {
    for (int step = 0; step < 60; ++step) {
      if (random_.chance(60)) {
        submit();
      } else {
        send();
      }
      if (random_.chance(1) && !under_way_) {
        hub_ = Json::object();  // the identity was made anew
        reported_.stage_all();
      }
    }
    while (reported_.dirty() || reported_.flushing()) {
      send();
    }
    REQUIRE(pruned(hub_) == pruned(wanted_));
    for (const auto& [id, outcomes] : submitted_) {
      CAPTURE(id);
      REQUIRE(outcomes == 1);
    }
  }

 private:
  std::string path() {
    std::string path;
    for (std::uint32_t depth = 1 + random_.below(3); depth > 0; --depth) {
      path += (path.empty() ? "" : ".") + std::string(1, static_cast<char>('a' + random_.below(3)));
    }
    return path;
  }
  static Json::json_pointer pointer(std::string path) {
    for (char& character : path) {
      character = character == '.' ? '/' : character;
    }
    return Json::json_pointer("/" + path);
  }
  // Whether the path runs through something that isn't an object.
  bool blocked(const std::string& path) const {
    for (std::size_t dot = path.find('.'); dot != std::string::npos;
         dot = path.find('.', dot + 1)) {
      const auto above = pointer(path.substr(0, dot));
      if (wanted_.contains(above) && !wanted_[above].is_object()) {
        return true;
      }
    }
    return false;
  }

  void submit() {
    const std::string at = path();
    CAPTURE(at);
    const bool was_blocked = blocked(at);
    Result<FlushId> id(kNothingToFlush);
    Json next = wanted_;
    switch (random_.below(4)) {
      case 0: {
        const std::int64_t number = random_.below(3);
        id = reported_.report(at, number);
        if (!was_blocked) {
          next[pointer(at)] = number;
        }
        break;
      }
      case 1:
        id = reported_.report(at, random_.chance(50) ? "short" : "a longer text");
        if (id.ok()) {
          next[pointer(at)] = *reported_.view().at(at).as_string();
        }
        break;
      case 2: {
        Json value =
            Json{{std::string(1, static_cast<char>('a' + random_.below(3))), random_.below(3)}};
        if (random_.chance(40)) {
          value = Json{random_.below(2), "x"};
        }
        id = reported_.report_json(at, value.dump());
        if (!was_blocked) {
          Json patch = value;
          std::string rest = at;
          for (;;) {
            const std::size_t dot = rest.rfind('.');
            patch = Json{{dot == std::string::npos ? rest : rest.substr(dot + 1), patch}};
            if (dot == std::string::npos) {
              break;
            }
            rest.resize(dot);
          }
          next.merge_patch(patch);
        }
        break;
      }
      default:
        id = reported_.report_removal(at);
        if (!was_blocked && next.contains(pointer(at))) {
          const auto place = pointer(at);
          next[place.parent_pointer()].erase(place.back());
        }
        break;
    }
    if (!id.ok()) {
      REQUIRE((id.error() == Error::kNoSpace || was_blocked));
      return;
    }
    REQUIRE_FALSE(was_blocked);
    wanted_ = next;
    if (*id != kNothingToFlush && submitted_.count(*id) == 0) {
      submitted_[*id] = 0;
    }
  }

  void send() {
    if (under_way_) {
      under_way_ = false;
      const std::uint32_t fate = random_.below(10);
      if (fate >= 2) {
        hub_.merge_patch(body_text_);
      }
      if (fate >= 4) {
        reported_.acknowledge(kNoVersion);
      } else {
        reported_.requeue();
      }
      return;
    }
    if (!reported_.flushing()) {
      if (!reported_.dirty()) {
        return;
      }
      reported_.begin_flush();
    }
    const Result<ByteView> body = reported_.next_body(30 + random_.below(40));
    if (body.error() == Error::kNoSpace) {
      reported_.requeue();  // a larger limit will do
      return;
    }
    REQUIRE(body.ok());
    if (body->empty()) {
      const FlushOutcome outcome = reported_.finish_flush();
      REQUIRE(outcome.status.ok());
      if (submitted_.count(outcome.id) != 0) {
        ++submitted_[outcome.id];
      }
      return;
    }
    body_text_ = Json::parse(std::string(as_text(*body)));
    under_way_ = true;
  }

  FakeRandom random_;
  std::vector<std::uint8_t> arena_;
  std::vector<std::uint8_t> body_;
  Reported reported_;
  Json hub_ = Json::object();
  Json wanted_ = Json::object();
  Json body_text_;
  std::map<FlushId, int> submitted_;
  bool under_way_ = false;
};

}  // namespace

TEST_CASE("reported model: random reports over lost updates -> the hub ends as wanted") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    History(seed, seed % 2 == 0 ? 4096 : 160 + seed % 200).run();
  }
}
