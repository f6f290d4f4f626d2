// SPDX-License-Identifier: Apache-2.0
#include "sinks/retry_after.h"

#include <algorithm>
#include <charconv>

#include "base/civil_time.h"

namespace logd {
namespace {

constexpr std::size_t kDateBytes = 29;

bool are_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The number that `digits` are, or nothing; more than any that we need is the largest.
std::optional<unsigned> number_of(std::string_view digits) {
  if (!are_digits(digits)) return std::nullopt;
  unsigned number = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return result.ec == std::errc() ? number : ~0u;
}

std::optional<WallTime> parse_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != kDateBytes || !text.ends_with(" GMT")) return std::nullopt;
  const std::size_t month = kMonths.find(text.substr(8, 3));
  const auto day = number_of(text.substr(5, 2));
  const auto year = number_of(text.substr(12, 4));
  const auto hour = number_of(text.substr(17, 2));
  const auto minute = number_of(text.substr(20, 2));
  const auto second = number_of(text.substr(23, 2));
  if (month % 3 != 0 || !day || !year || !hour || !minute || !second) return std::nullopt;
  return wall_from_civil({.year = static_cast<int>(*year),
                          .month = static_cast<unsigned>(month / 3 + 1),
                          .day = *day,
                          .hour = *hour,
                          .minute = *minute,
                          .second = *second});
}

}  // namespace

std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, WallTime now) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text = text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
  if (const auto seconds = number_of(text))
    return std::min(std::chrono::seconds(*seconds), kMaxRetryAfter);
  const auto date = parse_date(text);
  if (!date) return std::nullopt;
  // Not earlier than said.
  return std::clamp(std::chrono::ceil<std::chrono::seconds>(*date - now), std::chrono::seconds(0),
                    kMaxRetryAfter);
}

}  // namespace logd
