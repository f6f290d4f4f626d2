// Converts between days since 1970 and dates of the proleptic Gregorian calendar, in UTC.
//
// The two algorithms are Howard Hinnant's published ones, "chrono-Compatible Low-Level Date
// Algorithms" (days_from_civil, civil_from_days): exact for every day that WallTime can tell, and
// without the locks and the time zone of the C library. What people read is time_format.h's
// business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "logd/units.h"

namespace logd {

inline constexpr std::int64_t kSecondsPerDay = 86'400;
inline constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

struct CivilTime {
  int year = 1970;
  unsigned month = 1;  // 1 to 12
  unsigned day = 1;    // 1 to 31
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned nanosecond = 0;
};

constexpr std::int64_t days_from_civil(int year, unsigned month, unsigned day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;  // years begin in March
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year =
      (153 * (static_cast<std::int64_t>(month) + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

CivilTime civil_from_wall(WallTime time);

// Nothing for a date that does not exist, or that WallTime cannot tell (before 1678, after 2261).
std::optional<WallTime> wall_from_civil(const CivilTime& civil);

}  // namespace logd
