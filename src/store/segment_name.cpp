// SPDX-License-Identifier: Apache-2.0
#include "store/segment_name.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "logd/result.h"

namespace logd {
namespace {

using Form = SegmentName::Form;

constexpr std::size_t kNumberDigits = 10;
constexpr std::uint64_t kMaxWithTheseDigits = 9'999'999'999;
// "NNNNNNNNNN-20261121T221700Z", what stands before ".log".
constexpr std::size_t kStemBytes = kNumberDigits + 1 + 16;

constexpr std::array<std::string_view, 5> kSuffixes = {".log", ".log.gz", ".log.gz.tmp",
                                                       ".log.torn", ".log.rewrite.tmp"};

// Parses `text`, which must be digits only: from_chars alone would accept a sign.
std::optional<std::uint64_t> parse_digits(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

// Parses "20261121T221700Z".
std::optional<WallTime> parse_created(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const auto date = parse_digits(text.substr(0, 8));
  const auto time = parse_digits(text.substr(9, 6));
  if (!date || !time) return std::nullopt;
  const auto year = static_cast<int>(*date / 10000);
  // Beyond these the nanoseconds of a WallTime overflow.
  if (year < 1970 || year > 2261) return std::nullopt;
  const std::chrono::year_month_day day{
      std::chrono::year(year), std::chrono::month(static_cast<unsigned>(*date / 100 % 100)),
      std::chrono::day(static_cast<unsigned>(*date % 100))};
  const auto hour = static_cast<int>(*time / 10000);
  const auto minute = static_cast<int>(*time / 100 % 100);
  const auto second = static_cast<int>(*time % 100);
  if (!day.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return WallTime(std::chrono::sys_days(day)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

}  // namespace

std::string SegmentName::str() const {
  LOGD_ASSERT(number >= 1 && number <= kMaxWithTheseDigits);
  const auto days = std::chrono::floor<std::chrono::days>(created);
  const std::chrono::year_month_day day{days};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(created - days)};
  return fmt::format("{:010}-{:04}{:02}{:02}T{:02}{:02}{:02}Z{}", number,
                     static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()), time.hours().count(), time.minutes().count(),
                     time.seconds().count(), kSuffixes[static_cast<std::size_t>(form)]);
}

std::optional<SegmentName> parse_segment_name(std::string_view name) {
  if (name.size() < kStemBytes || name[kNumberDigits] != '-') return std::nullopt;
  const auto number = parse_digits(name.substr(0, kNumberDigits));
  if (!number || *number == 0 || *number > kMaxSegmentNumber) return std::nullopt;
  const auto created = parse_created(name.substr(kNumberDigits + 1, 16));
  if (!created) return std::nullopt;
  const std::string_view suffix = name.substr(kStemBytes);
  for (std::size_t i = 0; i < kSuffixes.size(); ++i) {
    if (suffix == kSuffixes[i]) return SegmentName{*number, *created, static_cast<Form>(i)};
  }
  return std::nullopt;
}

}  // namespace logd
