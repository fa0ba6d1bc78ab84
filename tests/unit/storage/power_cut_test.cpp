// SPDX-License-Identifier: MIT
#include "log_bench.hpp"
#include "support/fake_random.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace hubtwin::test {
namespace {

struct Change {
  std::uint16_t id;
  std::optional<std::string> content;
};

std::string content_of(FakeRandom& random, std::size_t most) {
  std::string content(random.next() % (most + 1), '\0');
  for (char& byte : content) {
    byte = static_cast<char>('a' + random.next() % 26);
  }
  return content;
}

std::vector<Change> changes(std::uint64_t seed, unsigned count, std::size_t longest) {
  FakeRandom random(seed);
  std::vector<Change> made;
  for (unsigned number = 0; number < count; ++number) {
    Change change{static_cast<std::uint16_t>(1 + random.next() % 4), std::nullopt};
    if (random.next() % 5 != 0) {
      change.content = content_of(random, longest);
    }
    made.push_back(change);
  }
  return made;
}

// Plays the changes; where power fails, it comes back and the change is tried again.
std::string play(LogBench& bench, StoreModel& model, const std::vector<Change>& all, bool& cut) {
  for (const Change& change : all) {
    for (bool settled = false; !settled;) {
      model.try_change(change.id, change.content);
      const Status status = change.content.has_value() ? bench.write(change.id, *change.content)
                                                       : bench.erase(change.id);
      if (bench.flash.powered()) {
        if (!status.ok() && status.error() != Error::kNoSpace) {
          return std::string("a change failed: ") + to_string(status.error());
        }
        model.settle(status.ok());
        settled = true;
      } else {
        cut = true;
        if (status.ok()) {
          return "acknowledged without power";
        }
        if (!bench.reboot().ok()) {
          return "doesn't open after the cut";
        }
      }
      std::string difference = model.difference(bench);
      if (!difference.empty()) {
        return difference;
      }
    }
  }
  return bench.flash.misuses() == 0 ? "" : "the flash was misused";
}

void cut_everywhere(const FlashGeometry& geometry, std::size_t word, std::size_t longest,
                    unsigned count, ModelFlash::Cut cut) {
  const std::vector<Change> all = changes(7, count, longest);
  std::uint64_t step = 1;
  for (bool was_cut = true; was_cut; ++step) {
    LogBench bench(geometry, word, 6, step);
    REQUIRE(bench.reboot().ok());
    StoreModel model;
    was_cut = false;
    bench.flash.cut_after(step, cut);
    const std::string failure = play(bench, model, all, was_cut);
    INFO("cut at step " << step);
    REQUIRE(failure == "");
    // And once more out of what the flash holds at the end.
    REQUIRE(bench.reboot().ok());
    REQUIRE(model.difference(bench) == "");
  }
  REQUIRE(step > 300);  // so that blocks were freed several times
}

const ModelFlash::Cut kCuts[] = {ModelFlash::Cut::kClean, ModelFlash::Cut::kTorn,
                                 ModelFlash::Cut::kScrambled, ModelFlash::Cut::kUnseen};

}  // namespace

TEST_CASE("flash log: power fails at any step in two blocks -> what was acknowledged is there",
          "[slow]") {
  for (const ModelFlash::Cut cut : kCuts) {
    INFO("cut " << static_cast<int>(cut));
    cut_everywhere({32, 16 * 32, 2, 0xFF}, 8, 60, 45, cut);
  }
}

TEST_CASE("flash log: power fails at any step in four blocks -> what was acknowledged is there",
          "[slow]") {
  for (const ModelFlash::Cut cut : kCuts) {
    INFO("cut " << static_cast<int>(cut));
    cut_everywhere({32, 8 * 32, 4, 0xFF}, 4, 70, 40, cut);
  }
}

TEST_CASE("flash log: power fails at any step of memory that erases to zero -> likewise",
          "[slow]") {
  for (const ModelFlash::Cut cut : kCuts) {
    INFO("cut " << static_cast<int>(cut));
    cut_everywhere({64, 8 * 64, 3, 0x00}, 16, 90, 50, cut);
  }
}

TEST_CASE("flash log: power fails between any two bytes -> what was acknowledged is there") {
  cut_everywhere({32, 8 * 32, 3, 0xFF}, 1, 50, 25, ModelFlash::Cut::kTorn);
}

TEST_CASE("flash log: power fails again and again at random -> what was acknowledged is there",
          "[slow]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    FakeRandom random(seed);
    const std::uint32_t blocks = 2 + random.next() % 4;
    const std::uint32_t pages = 8 + random.next() % 12;
    LogBench bench({64, pages * 64, blocks, 0xFF}, 8, 6, seed);
    REQUIRE(bench.reboot().ok());
    StoreModel model;
    const std::vector<Change> all = changes(seed, 4, 150);
    for (int round = 0; round < 60; ++round) {
      bench.flash.cut_after(1 + random.next() % 200, kCuts[random.next() % 4]);
      bool cut = false;
      INFO("seed " << seed << ", round " << round);
      REQUIRE(play(bench, model, changes(seed * 1000 + static_cast<unsigned>(round), 8, 150),
                   cut) == "");
    }
  }
}

}  // namespace hubtwin::test
