// SPDX-License-Identifier: MIT
#include "plan.hpp"

namespace hubtwin::simulation {

using namespace std::chrono_literals;

DaysPlanner::DaysPlanner(std::uint64_t seed, std::uint32_t clients, bool power_fails)
    : Planner(seed), clients_(clients), power_fails_(power_fails) {}

std::vector<Step> DaysPlanner::first_steps() {
  if (power_fails_) {
    // There is room for all desired sections, and little besides.
    const auto clients = static_cast<std::uint32_t>(clients_.size());
    add(Act::kOneLog, 4 + clients / 2, 30 * clients);
  }
  for (who_ = 0; who_ < clients_.size(); ++who_) {
    first_network();
    if (power_fails_) {
      add(Act::kStorage, choices_.below(2));
    }
    add(Act::kReplaceDesired).json = random_document(choices_);
    add(Act::kPowerOn);
    again(What::kWeather, between(0h, 9h));
    for (const What what : {What::kDesired, What::kApplication, What::kTelemetry, What::kMessage,
                            What::kRequests, What::kClient}) {
      again(what, between(0h, 1h));
    }
  }
  who_ = 0;
  again(What::kClock, about(4h));
  again(What::kHub, about(4h));
  if (power_fails_) {
    again(What::kPower, about(1h));
  }
  return take_steps();
}

std::vector<Step> DaysPlanner::next() {
  std::vector<Step> steps;
  while (steps.empty()) {
    const auto [when, event] = *due_.begin();
    due_.erase(due_.begin());
    wait_ += when - now_;
    now_ = when;
    who_ = event.second;
    happen(event.first);
    steps = take_steps();
  }
  return steps;
}

Duration DaysPlanner::between(Duration least, Duration most) {
  return least + Duration(choices_.below(static_cast<std::uint32_t>((most - least).count()) + 1));
}

void DaysPlanner::happen(What what) {
  switch (what) {
    case What::kWeather:
      weather();
      break;
    case What::kDesired:
      change_desired();
      again(what, about(1h));
      break;
    case What::kApplication:
      application();
      again(what, about(20min));
      break;
    case What::kTelemetry:
      add(Act::kSendTelemetry, 1 + choices_.below(4));
      again(what, about(10min));
      break;
    case What::kMessage:
      add(Act::kSendMessage);
      again(what, about(2h));
      break;
    case What::kRequests:
      harm_requests();
      again(what, about(2h));
      break;
    case What::kClient:
      touch_client();
      again(what, about(12h));
      break;
    case What::kClock:
      touch_clock();
      break;
    case What::kHub:
      touch_hub();
      break;
    case What::kPower:
      cut_power();
      again(what, about(1h));
      break;
  }
}

// Hours in which the link stands, long enough for tokens to be renewed by plan, and hours in which
// it comes and goes.
void DaysPlanner::weather() {
  Client& client = clients_[who_];
  if (choices_.chance(30)) {
    harm_packets();
  }
  if (client.down) {
    add(Act::kUp);
    client.down = false;
    const bool rough = now_ < client.rough_until;
    again(What::kWeather, rough ? between(1s, 5min) : between(3h, 9h));
    return;
  }
  if (now_ >= client.rough_until) {
    client.rough_until = now_ + between(30min, 2h);
  }
  const std::uint32_t unanswered = choices_.below(2);
  add(Act::kDown, unanswered, choices_.below(2));
  client.down = true;
  again(What::kWeather, between(1s, 5min));
}

// A client that closes itself would stay away for the rest of the days.
void DaysPlanner::application() {
  use_application();
  std::vector<Step> steps = take_steps();
  for (Step& step : steps) {
    if (step.act == Act::kInside && static_cast<Act>(step.n[1]) == Act::kClose) {
      step.n[1] = static_cast<std::uint32_t>(Act::kNetworkChanged);
    }
    wait_ = step.wait;
    add(step.act) = std::move(step);
  }
}

void DaysPlanner::touch_client() {
  if (choices_.chance(50)) {
    add(Act::kNetworkChanged);
  } else {
    add(Act::kRenewHandlers, choices_.below(kWatchedCount));
  }
}

void DaysPlanner::touch_clock() {
  clock_wrong_ = !clock_wrong_;
  if (!clock_wrong_) {
    add(Act::kRightUtc);
  } else if (choices_.chance(50)) {
    add(Act::kForgetUtc);
  } else {
    add(Act::kWrongUtc, choices_.below(40000));
  }
  again(What::kClock, clock_wrong_ ? between(1min, 30min) : between(2h, 12h));
}

// Half of the times every link breaks with it, as when the hub starts anew.
void DaysPlanner::touch_hub() {
  hub_away_ = !hub_away_;
  again(What::kHub, hub_away_ ? between(1min, 10min) : between(4h, 12h));
  if (!hub_away_) {
    add(Act::kWell);
    return;
  }
  if (choices_.chance(30)) {
    add(Act::kIgnore);
  } else {
    add(Act::kRefuse, choices_.below(2));
  }
  if (choices_.chance(50)) {
    for (who_ = 0; who_ < clients_.size(); ++who_) {
      add(Act::kCut);
    }
    who_ = 0;
  }
}

// As soon as so much was written, by whichever client. Now and then all write at that moment.
void DaysPlanner::cut_power() {
  const std::uint32_t step = choices_.chance(10) ? 0 : 1 + choices_.below(1000);
  add(Act::kPowerCut, step, choices_.below(4));
  if (choices_.chance(50)) {
    for (who_ = 0; who_ < clients_.size(); ++who_) {
      add(Act::kSendTelemetry, 1 + choices_.below(4));
      application();
    }
    who_ = 0;
  }
}

}  // namespace hubtwin::simulation
