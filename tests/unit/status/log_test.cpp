// SPDX-License-Identifier: MIT
#include "support/recording_log.hpp"
#include <hubtwin/port/log.hpp>

#include <cstdint>
#include <limits>
#include <string>

#include <catch2/catch.hpp>

using hubtwin::test::RecordingLog;

#if HUBTWIN_LOG_LEVEL

TEST_CASE("log: text and numbers -> one line") {
  RecordingLog log;
  HUBTWIN_LOG(kWarning, &log, "dev1", "took ", 15, " of ", -3, "");
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].level == hubtwin::LogLevel::kWarning);
  CHECK(log.lines()[0].who == "dev1");
  CHECK(log.lines()[0].text == "took 15 of -3");
}

TEST_CASE("log: numbers at the borders -> in full") {
  RecordingLog log;
  HUBTWIN_LOG(kError, &log, "", std::numeric_limits<std::int64_t>::min(), " ",
              std::numeric_limits<std::int64_t>::max(), " ", std::int64_t{0});
  CHECK(log.lines()[0].text == "-9223372036854775808 9223372036854775807 0");
}

TEST_CASE("log: too long -> cut at the longest line") {
  RecordingLog log;
  const std::string first(100, 'a');
  const std::string second(100, 'b');
  HUBTWIN_LOG(kError, &log, "", std::string_view(first), std::string_view(second), 7);
  CHECK(log.lines()[0].text == std::string(100, 'a') + std::string(20, 'b'));
  CHECK(log.lines()[0].text.size() == hubtwin::kMaxLogLine);
}

TEST_CASE("log: control characters from the network -> can't forge a line") {
  RecordingLog log;
  HUBTWIN_LOG(kError, &log, "", std::string_view("a\nb\rc\x1B[31m\x7F\0d", 13), "\xC3\xA4");
  CHECK(log.lines()[0].text == "a?b?c?[31m??d\xC3\xA4");
}

#endif

TEST_CASE("log: no sink, or a level above the build's -> nothing is evaluated") {
  RecordingLog log;
  int evaluated = 0;
  const auto text = [&evaluated] {
    ++evaluated;
    return "x";
  };
  HUBTWIN_LOG(kError, static_cast<hubtwin::Log*>(nullptr), "", text());
  CHECK(evaluated == 0);
  HUBTWIN_LOG(kDebug, &log, "", text());
  CHECK(evaluated == (HUBTWIN_LOG_LEVEL >= 4 ? 1 : 0));
}
