// SPDX-License-Identifier: MIT
// Random histories: messages, receipts and lost links in any order, with a hub that delivers again
// what was not acknowledged.
#include "unit/subject_world.hpp"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using hubtwin::Duration;
using hubtwin::Error;
using hubtwin::Message;
using hubtwin::MessageReceipt;
using hubtwin::test::SubjectWorld;

namespace {

class History {
 public:
  explicit History(unsigned seed) : random_(seed) {
    client_.transport.set_fragment_size(1 + random_() % 8);
    client_.messages.on_message([this](const Message& message) { take(message); });
    REQUIRE(client_.connect());
  }

  void play(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      look();
    }
    // In the end nothing is kept any more: all of it arrives and leaves the hub.
    keep_ = false;
    lose_link();
    client_.world.settle();
    look();
    CHECK(queued_.empty());
    CHECK(handled_.size() == last_id_);
  }

 private:
  void deliver(std::uint16_t id, bool duplicate) {
    client_.deliver_acknowledged("devices/dev1/messages/devicebound/n=" + std::to_string(id),
                                 std::to_string(id), duplicate, id);
  }

  void take(const Message& message) {
    const auto id = static_cast<std::uint16_t>(std::stoi(std::string(as_text(message.payload()))));
    CHECK(message.properties().text() == "n=" + std::to_string(id));
    ++handled_[id];
    CHECK(message.duplicate() == (handled_[id] > 1 || queued_.at(id)));
    if (keep_ && random_() % 2 == 0) {
      receipts_.push_back(message.keep());
    }
  }

  void step() {
    switch (random_() % 6) {
      case 0:
      case 1:
        ++last_id_;
        queued_[last_id_] = false;
        deliver(last_id_, false);
        break;
      case 2:
      case 3:
        if (!receipts_.empty()) {
          MessageReceipt& receipt = receipts_[random_() % receipts_.size()];
          const bool pending = receipt.pending();
          CHECK(receipt.complete().ok() == pending);
          CHECK_FALSE(receipt.pending());
        }
        break;
      case 4:
        client_.world.run_for(Duration(random_() % 20000));
        break;
      default:
        if (random_() % 3 == 0) {
          lose_link();
        }
        break;
    }
    if (random_() % 2 == 0) {
      client_.world.settle();
    }
  }

  void lose_link() {
    client_.transport.cut(Error::kLinkLost);
    client_.world.settle();
    look();
    for (const MessageReceipt& receipt : receipts_) {
      CHECK_FALSE(receipt.pending());
    }
    REQUIRE(
        client_.world.run_until([this] { return client_.session.ready(); }, std::chrono::hours(9)));
    for (auto& [id, again] : queued_) {
      again = true;
      deliver(id, true);
    }
  }

  // The hub forgets what is acknowledged, once, and only after a handler saw it.
  void look() {
    for (const std::uint16_t id : client_.transport.acknowledged()) {
      CHECK(queued_.erase(id) == 1);
      CHECK(handled_[id] > 0);
    }
    client_.transport.clear_records();
  }

  std::mt19937 random_;
  SubjectWorld client_;
  std::map<std::uint16_t, bool> queued_;  // held by the hub; true: delivered again
  std::map<std::uint16_t, int> handled_;
  std::vector<MessageReceipt> receipts_;
  std::uint16_t last_id_ = 0;
  bool keep_ = true;
};

}  // namespace

TEST_CASE("messages: 300 random histories -> every message handled, acknowledged once, none lost") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    History(seed).play(60);
  }
}
