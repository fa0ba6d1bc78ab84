// SPDX-License-Identifier: MIT
#include <hubtwin/wire/utc_text.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>
#include <string>

#include <catch2/catch.hpp>

using hubtwin::UtcTime;

namespace {

std::string text_of(std::int64_t seconds) {
  char room[hubtwin::kUtcTextSize];
  return std::string(hubtwin::to_utc_text(UtcTime(std::chrono::seconds(seconds)), room));
}

}  // namespace

TEST_CASE("utc text: known moments -> their text") {
  CHECK(text_of(0) == "1970-01-01T00:00:00Z");
  CHECK(text_of(951782400) == "2000-02-29T00:00:00Z");
  CHECK(text_of(1700000000) == "2023-11-14T22:13:20Z");
  CHECK(text_of(2147483648) == "2038-01-19T03:14:08Z");
  CHECK(text_of(4107542399) == "2100-02-28T23:59:59Z");
  CHECK(text_of(4107542400) == "2100-03-01T00:00:00Z");
  CHECK(text_of(253402300799) == "9999-12-31T23:59:59Z");
}

TEST_CASE("utc text: a moment of every fifth day of 8,000 years -> as the C library says",
          "[long]") {
  // A C library whose time_t has 32 bits is asked up to 2038.
  const std::int64_t last =
      std::min<std::int64_t>(253402300799, std::numeric_limits<std::time_t>::max());
  for (std::int64_t seconds = 86399; seconds < last; seconds += 5 * 86400 - 1) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    REQUIRE(gmtime_r(&time, &parts) != nullptr);
    std::array<char, 32> expected{};
    const std::size_t size =
        std::strftime(expected.data(), expected.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (text_of(seconds) != std::string(expected.data(), size)) {
      FAIL(seconds << ": " << text_of(seconds) << " is not " << expected.data());
    }
  }
}
