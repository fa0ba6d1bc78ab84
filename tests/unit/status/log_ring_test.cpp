// SPDX-License-Identifier: MIT
#include "support/fake_clock.hpp"
#include "support/recording_log.hpp"
#include <hubtwin/port/log_ring.hpp>

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hubtwin::LogLevel;
using hubtwin::LogRecord;
using hubtwin::LogRing;
using Lines = std::vector<std::string>;

namespace {

struct Ring {
  explicit Ring(std::size_t size = 400, hubtwin::Log* next = nullptr)
      : memory(size), ring(clock, {memory.data(), memory.size()}, next) {}

  Lines lines() const {
    Lines lines;
    ring.for_each([&lines](const LogRecord& record) {
      lines.push_back(std::string(record.who) + ": " + std::string(record.text));
    });
    return lines;
  }

  hubtwin::test::FakeClock clock;
  std::vector<std::uint8_t> memory;
  LogRing ring;
};

}  // namespace

TEST_CASE("log ring: lines -> kept in order, with their time, level and client") {
  Ring ring;
  CHECK(ring.lines().empty());
  const auto began = ring.clock.now();
  ring.ring.write(LogLevel::kWarning, "dev1", "first");
  ring.clock.advance(3s);
  ring.ring.write(LogLevel::kInfo, "", "");
  std::vector<LogRecord> records;
  ring.ring.for_each([&records](const LogRecord& record) { records.push_back(record); });
  REQUIRE(records.size() == 2);
  CHECK(records[0].time == began);
  CHECK(records[0].level == LogLevel::kWarning);
  CHECK(records[0].who == "dev1");
  CHECK(records[0].text == "first");
  CHECK(records[1].time == began + 3s);
  CHECK(records[1].level == LogLevel::kInfo);
  CHECK(records[1].who.empty());
  CHECK(records[1].text.empty());
}

TEST_CASE("log ring: full -> the oldest lines make way, and are counted") {
  // Against a list, whatever the memory's size and the lines' lengths.
  for (const std::size_t size : {LogRing::kLeastMemory, std::size_t{161}, std::size_t{1000}}) {
    Ring ring(size);
    std::mt19937 random(static_cast<unsigned>(size));
    Lines all;
    for (int i = 0; i < 500; ++i) {
      const std::string text(random() % (hubtwin::kMaxLogLine + 1),
                             static_cast<char>('a' + i % 26));
      ring.ring.write(LogLevel::kInfo, "dev", text);
      all.push_back("dev: " + text);
      const Lines kept = ring.lines();
      REQUIRE(!kept.empty());
      REQUIRE(kept.size() + ring.ring.dropped() == all.size());
      REQUIRE(Lines(all.end() - static_cast<std::ptrdiff_t>(kept.size()), all.end()) == kept);
    }
    CHECK(ring.ring.dropped() > 0);
    ring.ring.clear();
    CHECK(ring.lines().empty());
    CHECK(ring.ring.dropped() == 0);
  }
}

TEST_CASE("log ring: a sink behind it -> gets each line as it was") {
  hubtwin::test::RecordingLog console;
  Ring ring(LogRing::kLeastMemory, &console);
  const std::string long_name(100, 'n');
  ring.ring.write(LogLevel::kError, long_name, "lost");
  REQUIRE(console.lines().size() == 1);
  CHECK(console.lines()[0].who == long_name);
  CHECK(console.lines()[0].text == "lost");
  CHECK(ring.lines() == Lines{std::string(24, 'n') + ": lost"});
}
