// SPDX-License-Identifier: Apache-2.0
#include "ctl/since.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/civil_time.h"
#include "base/duration_text.h"

namespace logd {
namespace {

// Takes a number of exactly `digits` digits off `text`.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ".123456789", which may be missing; more digits than nine say nothing.
std::optional<unsigned> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return 0;
  unsigned value = 0;
  std::size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 9) value = value * 10 + static_cast<unsigned>(text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (std::size_t i = digits; i < 9; ++i) value *= 10;
  return value;
}

// "Z" or "+01:00", up to the end.
std::optional<std::chrono::minutes> take_zone(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  const bool is_west = text.starts_with('-');
  if (!take(text, "+-")) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!take(text, ":")) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59 || !text.empty()) return std::nullopt;
  const std::chrono::minutes east(*hours * 60 + *minutes);
  return is_west ? -east : east;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || !take(text, "Tt ")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second) return std::nullopt;
  const auto fraction = take_fraction(text);
  const auto zone = take_zone(text);
  if (!fraction || !zone) return std::nullopt;
  const auto time =
      wall_from_civil({static_cast<int>(*year), *month, *day, *hour, *minute, *second, *fraction});
  if (!time) return std::nullopt;
  return *time - *zone;
}

std::optional<WallTime> parse_epoch(std::string_view text) {
  if (text.empty() || text.size() > 10) return std::nullopt;
  std::int64_t seconds = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    seconds = seconds * 10 + (c - '0');
  }
  // What a WallTime cannot tell is in the far future.
  constexpr std::int64_t kMostSeconds = 9'000'000'000;
  return WallTime(std::chrono::seconds(std::min(seconds, kMostSeconds)));
}

}  // namespace

Result<WallTime> parse_since(std::string_view text, WallTime now) {
  const auto wrong = [&] {
    return fail(ErrorCode::invalid, "--since is a time such as 2026-11-21T22:17:00Z, 2h or @" +
                                        std::string("1795299420, not '") + std::string(text) + "'");
  };
  if (text.starts_with('@')) {
    const auto time = parse_epoch(text.substr(1));
    if (!time) return wrong();
    return *time;
  }
  if (const auto time = parse_rfc3339(text)) return *time;
  const auto ago = parse_duration(text.starts_with('-') ? text.substr(1) : text);
  if (!ago) return wrong();
  // Before 1970 there are no records.
  const auto since_1970 =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return *ago >= since_1970 ? WallTime() : now - *ago;
}

}  // namespace logd
