// SPDX-License-Identifier: MIT
// Random histories: calls, replies, silence, back-pressure and lost links in any order.
#include "unit/methods/methods_world.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using hubtwin::Duration;
using hubtwin::Error;
using hubtwin::MethodCall;
using hubtwin::MonotonicTime;
using hubtwin::test::MethodsWorld;

namespace {

// Plays one history and watches what must hold throughout.
class History {
 public:
  explicit History(unsigned seed) : random_(seed) {
    client_.transport.set_fragment_size(1 + random_() % 8);
    REQUIRE(
        client_.methods.on_method("a", [this](MethodCall call) { take(std::move(call)); }).ok());
    REQUIRE(client_.connect());
    link_ = 1;
  }

  void play(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      look();
    }
    client_.transport.set_publishes_per_poll(1000);
    client_.world.run_for(std::chrono::seconds(31));
    look();
    CHECK(client_.methods.pending_count() == 0);
    // What neither transport nor outbox could take says so in the log.
    std::size_t unanswered = 0;
    for (const auto& [id, call] : sent_) {
      unanswered += call.link == link_ && call.answers == 0 ? 1U : 0U;
    }
    std::size_t dropped = 0;
    for (const auto& line : client_.world.log.lines()) {
      dropped += line.text.find("can't be sent") != std::string::npos ? 1U : 0U;
    }
    CHECK((unanswered <= dropped || !hubtwin::test::kLogs));
  }

 private:
  struct Sent {
    unsigned link = 0;
    unsigned answers = 0;
  };
  struct Kept {
    MethodCall call;
    std::string id;
  };

  void take(MethodCall call) {
    const std::string id(call.payload());
    if (random_() % 3 == 0 && call.reply(200, call.payload()).ok()) {
      return;
    }
    kept_.push_back({std::move(call), id});
  }

  void step() {
    switch (random_() % 8) {
      case 0:
      case 1:
      case 2: {
        const std::string id = std::to_string(++last_id_);
        sent_[id].link = link_;
        client_.call(random_() % 8 == 0 ? "unknown" : "a", id, id);
        break;
      }
      case 3:
      case 4:
        if (!kept_.empty()) {
          Kept& kept = kept_[random_() % kept_.size()];
          const bool pending = kept.call.pending();
          const Error error = kept.call.reply(200, kept.id).error();
          CHECK((error == Error::kExpired) == !pending);
          CHECK((error == Error::kNone || error == Error::kExpired || error == Error::kNoSpace));
        }
        break;
      case 5:
        client_.world.run_for(Duration(random_() % 20000));
        break;
      case 6:
        client_.transport.set_publishes_per_poll(random_() % 4);
        break;
      default:
        if (random_() % 3 == 0) {
          client_.transport.cut(Error::kLinkLost);
          client_.transport.set_publishes_per_poll(1000);
          client_.world.settle();
          look();
          REQUIRE(client_.world.run_until([this] { return client_.session.ready(); },
                                          std::chrono::hours(9)));
          ++link_;
          for (const Kept& kept : kept_) {
            CHECK_FALSE(kept.call.pending());
          }
          kept_.clear();
        }
        break;
    }
    client_.world.settle();
  }

  // No answer goes to another link or comes twice.
  void look() {
    for (const std::string& answer : client_.answers()) {
      const std::size_t begin = answer.find(' ') + 1;
      const std::string id = answer.substr(begin, answer.find(' ', begin) - begin);
      CAPTURE(answer);
      REQUIRE(sent_.count(id) == 1);
      CHECK(sent_[id].link == link_);
      CHECK(++sent_[id].answers == 1);
      if (answer.substr(0, 4) == "200 ") {
        CHECK(answer == "200 " + id + " " + id);
      }
    }
    client_.transport.clear_records();
  }

  std::mt19937 random_;
  MethodsWorld client_;
  std::map<std::string, Sent> sent_;
  std::vector<Kept> kept_;
  unsigned last_id_ = 0;
  unsigned link_ = 0;
};

}  // namespace

TEST_CASE("methods: 300 random histories -> each call answered once at most, on its own link") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    History(seed).play(60);
  }
}
