// SPDX-License-Identifier: MIT
#include "planner.hpp"

#include <utility>

namespace hubtwin::simulation {

namespace {

// One history: clients, what the world is like for them, and what happens.
class HistoryPlanner final : private Planner {
 public:
  using Planner::Planner;

  std::vector<Step> plan() {
    const std::uint32_t kind = choices_.below(100);
    clients_ = kind < 70 ? 1 : kind < 90 ? 2 : 3;
    trouble_ = choices_.chance(15) ? 0 : choices_.below(60);
    one_log_ = choices_.chance(20);
    if (one_log_) {
      clients_ = 2 + choices_.below(kMostClients - 1);
      const std::uint32_t blocks = 4 + choices_.below(3);
      add(Act::kOneLog, blocks, choices_.below(200));
    }
    for (who_ = 0; who_ < clients_; ++who_) {
      first_steps();
    }
    for (std::uint32_t left = 5 + choices_.below(40); left > 0; --left) {
      who_ = choices_.below(clients_);
      wait_ = one_log_ && choices_.chance(30) ? Duration::zero() : some_time();
      if (choices_.chance(trouble_)) {
        harm_packets();
      }
      cut_power(15);
      act();
      if (one_log_ && choices_.chance(10)) {
        everybody_writes();
      }
    }
    return take_steps();
  }

 private:
  static constexpr std::uint32_t kMostClients = 5;

  Duration some_time() {
    const std::uint32_t kind = choices_.below(100);
    if (kind < 40) {
      return Duration(choices_.below(300));
    }
    if (kind < 80) {
      return Duration(choices_.below(10000));
    }
    return kind < 97 ? Duration(choices_.below(300000)) : Duration(choices_.below(7200000));
  }

  void first_steps() {
    first_network();
    stores_[who_] = choices_.chance(one_log_ ? 75 : 25);
    if (stores_[who_]) {
      add(Act::kStorage, choices_.chance(70) ? 1 : 0);
    } else if (choices_.chance(30)) {
      const std::uint32_t desired = 160 + choices_.below(500);
      add(Act::kArenas, desired, 160 + choices_.below(300));
    }
    if (choices_.chance(15)) {
      add(Act::kKnownKeys);
    }
    if (choices_.chance(5)) {
      add(Act::kWanted);
    }
    if (choices_.chance(50)) {
      add(Act::kReplaceDesired).json = random_document(choices_);
    }
    add(Act::kPowerOn);
  }

  void cut_power(std::uint32_t percent) {
    if (stores_[who_] && choices_.chance(percent)) {
      const std::uint32_t most = choices_.chance(50) ? 40 : 400;
      const std::uint32_t step = choices_.chance(10) ? 0 : 1 + choices_.below(most);
      add(Act::kPowerCut, step, choices_.below(4));
    }
  }

  // At one instant.
  void everybody_writes() {
    for (who_ = 0; who_ < clients_; ++who_) {
      cut_power(20);
      add(Act::kSendTelemetry, 1 + choices_.below(4));
      if (choices_.chance(50)) {
        use_application();
      }
    }
  }

  void act() {
    const std::uint32_t kind = choices_.below(100);
    if (kind < 24) {
      change_desired();
    } else if (kind < 49) {
      use_application();
    } else if (kind < 56) {
      add(Act::kSendTelemetry, 1 + choices_.below(4));
    } else if (kind < 61) {
      add(Act::kSendMessage);
    } else if (kind < 75) {
      harm_network();
    } else if (kind < 87) {
      harm_requests();
    } else if (kind < 91) {
      touch_clock();
    } else {
      touch_client();
    }
  }

  void harm_network() {
    switch (choices_.below(10)) {
      case 0:
      case 1:
        add(Act::kCut);
        break;
      case 2:
        add(Act::kCut);
        add(Act::kForgetSession);
        break;
      case 3:
        add(Act::kSilence);
        break;
      case 4:
        add(Act::kRefuse, choices_.chance(20) ? 1 : 0);
        break;
      case 5:
        add(Act::kIgnore);
        break;
      case 6: {
        const std::uint32_t unanswered = choices_.below(2);
        add(Act::kDown, unanswered, choices_.below(2));
        break;
      }
      case 7:
        add(Act::kUp);
        break;
      default:
        add(Act::kWell);
        break;
    }
  }

  void touch_clock() {
    switch (choices_.below(3)) {
      case 0:
        add(Act::kForgetUtc);
        break;
      case 1:
        add(Act::kWrongUtc, choices_.below(40000));
        break;
      default:
        add(Act::kRightUtc);
        break;
    }
  }

  void touch_client() {
    switch (choices_.below(6)) {
      case 0:
        add(Act::kClose);
        break;
      case 1:
        add(Act::kOpen);
        break;
      case 2:
        add(Act::kNetworkChanged);
        break;
      case 3:
        add(Act::kRenewHandlers, choices_.below(kWatchedCount));
        break;
      case 4:
        add(Act::kPowerOn);
        break;
      default:
        if (choices_.chance(30)) {
          add(Act::kRecreate);
        }
        break;
    }
  }

  std::uint32_t clients_ = 1;
  bool one_log_ = false;  // of all clients that have storage
  bool stores_[kMostClients] = {};
  std::uint32_t trouble_ = 0;
};

}  // namespace

std::vector<Step> plan(std::uint64_t seed) {
  return HistoryPlanner(seed).plan();
}

}  // namespace hubtwin::simulation
