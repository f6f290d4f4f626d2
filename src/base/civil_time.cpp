// SPDX-License-Identifier: Apache-2.0
#include "base/civil_time.h"

namespace logd {
namespace {

constexpr int kFirstYear = 1678;  // the whole years that 64 bits of nanoseconds hold
constexpr int kLastYear = 2261;

constexpr bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

constexpr unsigned days_in_month(int year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

constexpr std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

}  // namespace

CivilTime civil_from_wall(WallTime time) {
  const std::int64_t since_1970 = time.time_since_epoch().count();
  const std::int64_t seconds = floor_div(since_1970, kNanosecondsPerSecond);
  const std::int64_t days = floor_div(seconds, kSecondsPerDay);
  const auto second_of_day = static_cast<unsigned>(seconds - days * kSecondsPerDay);

  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = floor_div(shifted, 146'097);
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;

  CivilTime civil;
  civil.day = static_cast<unsigned>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  civil.month = static_cast<unsigned>(month_from_march + (month_from_march < 10 ? 3 : -9));
  civil.year = static_cast<int>(year_of_era + era * 400) + (civil.month <= 2 ? 1 : 0);
  civil.hour = second_of_day / 3'600;
  civil.minute = second_of_day / 60 % 60;
  civil.second = second_of_day % 60;
  civil.nanosecond = static_cast<unsigned>(since_1970 - seconds * kNanosecondsPerSecond);
  return civil;
}

std::optional<WallTime> wall_from_civil(const CivilTime& civil) {
  const bool is_date = civil.year >= kFirstYear && civil.year <= kLastYear && civil.month >= 1 &&
                       civil.month <= 12 && civil.day >= 1 &&
                       civil.day <= days_in_month(civil.year, civil.month);
  const bool is_time = civil.hour < 24 && civil.minute < 60 && civil.second < 60 &&
                       civil.nanosecond < kNanosecondsPerSecond;
  if (!is_date || !is_time) return std::nullopt;
  const std::int64_t seconds =
      days_from_civil(civil.year, civil.month, civil.day) * kSecondsPerDay +
      static_cast<std::int64_t>(civil.hour) * 3'600 + civil.minute * 60 + civil.second;
  return WallTime(Nanoseconds(seconds * kNanosecondsPerSecond + civil.nanosecond));
}

}  // namespace logd
