// SPDX-License-Identifier: Apache-2.0
#include "base/time_format.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <string_view>

#include "logd/record.h"

namespace logd {
namespace {

constexpr std::int64_t kQuarterSeconds = 900;

std::array<char, kTimeDigits> digits_of(WallTime time) {
  std::array<char, kTimeDigits> digits{};
  write_time(digits.data(), time);
  return digits;
}

}  // namespace

TimeFormat::TimeFormat(Zone zone) : zone_(zone) {
  if (zone_ == Zone::local) ::tzset();  // localtime_r need not do it
}

std::int64_t TimeFormat::offset_at(WallTime time) {
  if (zone_ == Zone::utc) return 0;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  const std::int64_t quarter = seconds / kQuarterSeconds - (seconds % kQuarterSeconds < 0 ? 1 : 0);
  if (is_known_ && quarter == quarter_) return offset_;
  const std::time_t at = seconds;
  std::tm local{};
  offset_ = ::localtime_r(&at, &local) != nullptr ? local.tm_gmtoff : 0;
  quarter_ = quarter;
  is_known_ = true;
  return offset_;
}

WallTime TimeFormat::shifted(WallTime time) { return time + std::chrono::seconds(offset_at(time)); }

void TimeFormat::append_clock(std::string& to, WallTime time) {
  to.append(digits_of(shifted(time)).data() + 11, 12);
}

void TimeFormat::append_date_time(std::string& to, WallTime time) {
  const auto digits = digits_of(shifted(time));
  to.append(digits.data(), 10);
  to += ' ';
  to.append(digits.data() + 11, 8);
}

void TimeFormat::append_iso(std::string& to, WallTime time) {
  to.append(digits_of(shifted(time)).data(), kTimeDigits);
  if (zone_ == Zone::utc) {
    to += 'Z';
    return;
  }
  const std::int64_t minutes = std::abs(offset_at(time)) / 60;
  fmt::format_to(std::back_inserter(to), "{}{:02}:{:02}", offset_ < 0 ? '-' : '+', minutes / 60,
                 minutes % 60);
}

std::string TimeFormat::clock(WallTime time) {
  std::string text;
  append_clock(text, time);
  return text;
}

std::string TimeFormat::date_time(WallTime time) {
  std::string text;
  append_date_time(text, time);
  return text;
}

std::string TimeFormat::iso(WallTime time) {
  std::string text;
  append_iso(text, time);
  return text;
}

}  // namespace logd
