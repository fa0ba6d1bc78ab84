// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/wire/utc_text.hpp.

#include <hubtwin/contract.hpp>
#include <hubtwin/wire/division.hpp>
#include <hubtwin/wire/utc_text.hpp>

#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_utc_text {

static void put(char* to, std::uint32_t number, std::size_t digits) {
  for (std::size_t i = digits; i != 0; --i) {
    to[i - 1] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

}  // namespace detail_utc_text

std::string_view to_utc_text(UtcTime time, char (&room)[kUtcTextSize]) {
  HUBTWIN_EXPECTS(time >= kFirstTextUtc && time <= kLastTextUtc);
  constexpr std::uint32_t kSecondsPerDay = 86400;
  constexpr std::uint32_t kDaysPerEra = 146097;  // 400 years of the Gregorian calendar
  const Division days =
      divide(static_cast<std::uint64_t>(time.time_since_epoch().count()), kSecondsPerDay);
  const std::uint32_t second_of_day = days.rest;

  // Days are counted from 0000-03-01, so that the leap day is the last of its year and the lengths
  // of the months follow a line: 153 days for every five of them.
  const std::uint32_t day = static_cast<std::uint32_t>(days.quotient) + 719468;
  const std::uint32_t era = day / kDaysPerEra;
  const std::uint32_t day_of_era = day % kDaysPerEra;
  const std::uint32_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::uint32_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint32_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::uint32_t day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const std::uint32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const std::uint32_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);

  detail_utc_text::put(room, year, 4);
  room[4] = '-';
  detail_utc_text::put(room + 5, month, 2);
  room[7] = '-';
  detail_utc_text::put(room + 8, day_of_month, 2);
  room[10] = 'T';
  detail_utc_text::put(room + 11, second_of_day / 3600, 2);
  room[13] = ':';
  detail_utc_text::put(room + 14, second_of_day / 60 % 60, 2);
  room[16] = ':';
  detail_utc_text::put(room + 17, second_of_day % 60, 2);
  room[19] = 'Z';
  return {room, kUtcTextSize};
}

HUBTWIN_NAMESPACE_END
