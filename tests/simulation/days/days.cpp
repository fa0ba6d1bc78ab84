// SPDX-License-Identifier: MIT
#include "days.hpp"

#include "plan.hpp"
#include "simulation/fleet.hpp"
#include "support/view_json.hpp"
#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/property_tree.hpp>

#include <algorithm>
#include <stdexcept>

namespace hubtwin::simulation {

namespace {

constexpr Duration kDay = std::chrono::hours(24);
constexpr std::uint64_t kStepsBetweenLooks = 64;

// What a section takes of an arena that never held anything else.
std::size_t bytes_in_fresh_arena(PropertyView section) {
  std::vector<std::uint64_t> arena(2048);
  PropertyTree tree(
      ByteSpan(reinterpret_cast<std::uint8_t*>(arena.data()), arena.size() * sizeof(arena[0])));
  std::uint8_t scratch[1024];
  Patch patch;
  JsonReader reader{ByteSpan(scratch)};
  const std::string text = test::json_of(section).dump();
  expect(patch.begin(tree, Patch::Mode::kReplace).ok(), "no patch in a fresh arena");
  reader.begin(patch);
  expect(reader.feed(as_bytes(text)).ok() && reader.finish().ok() && patch.commit().ok(),
         "a section doesn't fit a fresh arena");
  return tree.bytes_used();
}

std::size_t bytes_waiting(const Outbox& outbox) {
  std::size_t bytes = 0;
  for (std::size_t at = outbox.oldest(); at != Outbox::kNone; at = outbox.next(at)) {
    bytes += outbox.at(at).topic.size() + outbox.at(at).payload.size();
  }
  return bytes;
}

class Player {
 public:
  Player(const DaysSetting& setting, const std::function<void(unsigned)>& each_midnight)
      : setting_(setting),
        each_midnight_(each_midnight),
        planner_(setting.seed, setting.modules + 1, setting.power_fails),
        fleet_(setting.seed, setting.trace) {
    test::World& world = fleet_.world();
    world.clock.advance_to(kDaysBegin);
    if (setting.utc != UtcTime()) {
      fleet_.hub().set_clock_offset(setting.utc - fleet_.hub().utc());
    }
    world.clock.set_utc(fleet_.hub().utc());
    touched_.resize(world.context.document_scratch().size());
    paint_document();
  }

  Days play() {
    Days days;
    try {
      for (Step& step : planner_.first_steps()) {
        play(std::move(step));
      }
      while (now() < setting_.length) {
        for (Step& step : planner_.next()) {
          play(std::move(step));
        }
      }
      fleet_.end_of_faults();
      fleet_.converge();
      fleet_.stay_converged();
      fleet_.for_each_client([&](Device& device) {
        expect_no_leak(device.client().twin());
        expect(setting_.power_fails || device.client().counters().renewals >= midnights_.size(),
               "fewer than one token a day was renewed by plan");
      });
    } catch (const Broken& broken) {
      days.failure = broken.what();
    } catch (const std::logic_error& breach) {
      days.failure = breach.what();
      fleet_.abandon_clients();
    }
    days.figures = figures();
    days.midnights = std::move(midnights_);
    days.trace = fleet_.journal().take();
    return days;
  }

 private:
  Duration now() { return fleet_.world().clock.now() - kDaysBegin; }

  void play(Step step) {
    while (now() + step.wait >= next_midnight_) {
      const Duration until = next_midnight_ - now();
      fleet_.run_for(until);
      step.wait -= until;
      midnight();
    }
    fleet_.play(step);
    if (++steps_ % kStepsBetweenLooks == 0) {
      look_at_document();
    }
    Device& device = fleet_.device(step.who);
    if (device.is_on()) {
      fill_.outbox_peak =
          std::max(fill_.outbox_peak, bytes_waiting(device.client().session().outbox()));
    }
  }

  void midnight() {
    fill_.desired = fill_.reported = 0;
    fleet_.for_each_client([&](Device& device) {
      const PropertyTree& desired = device.client().twin().desired_tree();
      const PropertyTree& reported = device.client().twin().reported_tree();
      fill_.desired = std::max(fill_.desired, desired.bytes_used());
      fill_.desired_peak = std::max(fill_.desired_peak, desired.high_water());
      fill_.reported = std::max(fill_.reported, reported.bytes_used());
      fill_.reported_peak = std::max(fill_.reported_peak, reported.high_water());
      device.transport().clear_records();
    });
    look_at_document();
    fill_.document = static_cast<std::size_t>(std::count(touched_.begin(), touched_.end(), true));
    fleet_.world().log.clear();
    midnights_.push_back(fill_);
    each_midnight_(static_cast<unsigned>(midnights_.size()));
    next_midnight_ += kDay;
  }

  void paint_document() {
    const ByteSpan document = fleet_.world().context.document_scratch();
    std::fill(document.begin(), document.end(), paint_);
  }

  // Notes which bytes were written to, and paints them anew with another value, since what was
  // written may look like paint. Not while a document is being read.
  void look_at_document() {
    Context& context = fleet_.world().context;
    if (context.document_free_at() != kAtOnce) {
      return;
    }
    for (std::size_t at = 0; at < touched_.size(); ++at) {
      touched_[at] = touched_[at] || context.document_scratch()[at] != paint_;
    }
    ++paint_;
    paint_document();
  }

  static void expect_no_leak(Twin& twin) {
    const auto expect_same = [](const PropertyTree& tree, const char* which) {
      const std::size_t fresh = bytes_in_fresh_arena(tree.root());
      expect(tree.bytes_used() == fresh, std::string("the ") + which + " section takes " +
                                             std::to_string(tree.bytes_used()) + " bytes, and " +
                                             std::to_string(fresh) + " of a fresh arena");
    };
    expect_same(twin.desired_tree(), "desired");
    expect_same(twin.reported_tree(), "reported");
  }

  DaysFigures figures() {
    DaysFigures sum;
    sum.counts = fleet_.counts();
    sum.steps = steps_;
    sum.monotonic =
        static_cast<std::uint64_t>(fleet_.world().clock.now().time_since_epoch().count());
    sum.polls = fleet_.world().polls();
    sum.least_renewals = static_cast<std::uint64_t>(-1);
    fleet_.for_each_client([&](Device& device) {
      const SessionCounters& counters = device.client().counters();
      sum.gets += fleet_.hub().gets(device.identity());
      sum.updates += fleet_.hub().reports(device.identity());
      sum.desired_changes +=
          static_cast<std::uint64_t>(fleet_.hub().desired(device.identity()).version() - 1);
      sum.lost_links += counters.disconnects;
      sum.renewals += counters.renewals;
      sum.least_renewals = std::min<std::uint64_t>(sum.least_renewals, counters.renewals);
      sum.resends += counters.resends;
      sum.received += fleet_.hub().telemetry(device.identity()).size();
    });
    return sum;
  }

  DaysSetting setting_;
  const std::function<void(unsigned)>& each_midnight_;
  DaysPlanner planner_;
  Fleet fleet_;
  Duration next_midnight_ = kDay;
  std::uint64_t steps_ = 0;
  Fill fill_;
  std::vector<bool> touched_;  // of the document memory
  std::uint8_t paint_ = 0xA5;
  std::vector<Fill> midnights_;
};

}  // namespace

Days play_days(const DaysSetting& setting, const std::function<void(unsigned)>& each_midnight) {
  return Player(setting, each_midnight).play();
}

}  // namespace hubtwin::simulation
