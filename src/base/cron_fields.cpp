// SPDX-License-Identifier: Apache-2.0
#include "base/cron_fields.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace logd {
namespace {

constexpr std::size_t kFields = 5;  // and one more with seconds
constexpr std::array<std::string_view, 12> kMonthNames = {"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdayNames = {"sun", "mon", "tue", "wed",
                                                           "thu", "fri", "sat"};
constexpr std::array<unsigned, 12> kLongestMonths = {31, 29, 31, 30, 31, 30,
                                                     31, 31, 30, 31, 30, 31};

struct FieldKind {
  std::string_view name;
  unsigned least;
  unsigned most;
  std::span<const std::string_view> names;  // of the numbers from `least` on
  bool may_be_any;                          // '?', as Quartz spells "any day"
};

constexpr FieldKind kSecond{"second", 0, 59, {}, false};
constexpr FieldKind kMinute{"minute", 0, 59, {}, false};
constexpr FieldKind kHour{"hour", 0, 23, {}, false};
constexpr FieldKind kDay{"day of the month", 1, 31, {}, true};
constexpr FieldKind kMonth{"month", 1, 12, kMonthNames, false};
constexpr FieldKind kWeekday{"weekday", 0, 7, kWeekdayNames, true};  // 7 is Sunday, too

Unexpected wrong(std::string message) { return fail(ErrorCode::invalid, std::move(message)); }

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<unsigned> parse_number(std::string_view text) {
  unsigned number = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || parsed_to != end) return std::nullopt;
  return number;
}

std::optional<unsigned> parse_name(std::string_view text, const FieldKind& kind) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (std::size_t i = 0; i < kind.names.size(); ++i) {
    if (kind.names[i] == lower) return kind.least + static_cast<unsigned>(i);
  }
  return std::nullopt;
}

Unexpected out_of_range(std::string_view text, const FieldKind& kind) {
  const std::string names =
      kind.names.empty() ? ""
                         : fmt::format(" or from {} to {}", kind.names.front(), kind.names.back());
  return wrong(fmt::format("{} \"{}\" is not from {} to {}{}", kind.name, text, kind.least,
                           kind.most, names));
}

Result<unsigned> parse_value(std::string_view text, const FieldKind& kind) {
  if (const auto named = parse_name(text, kind)) return *named;
  const auto number = parse_number(text);
  if (number && *number >= kind.least && *number <= kind.most) return *number;
  return out_of_range(text, kind);
}

bool is_any(std::string_view text, const FieldKind& kind) {
  return text == "*" || (text == "?" && kind.may_be_any);
}

struct Range {
  unsigned first;
  unsigned last;
};

// "*", "5", "1-5" or, with a step behind it, "5" for "from 5 on".
Result<Range> parse_range(std::string_view text, const FieldKind& kind, bool has_step) {
  if (is_any(text, kind)) return Range{kind.least, kind.most};
  const std::size_t dash = text.find('-');
  LOGD_TRY_ASSIGN(const unsigned first, parse_value(text.substr(0, dash), kind));
  if (dash == std::string_view::npos) return Range{first, has_step ? kind.most : first};
  LOGD_TRY_ASSIGN(unsigned last, parse_value(text.substr(dash + 1), kind));
  // "sat-sun"; but "sun-sun" is Sunday alone.
  if (kind.names.data() == kWeekdayNames.data() && last == 0 && first > 0) last = 7;
  if (last >= first) return Range{first, last};
  return wrong(fmt::format("{} \"{}\" ends before it begins; write \"{}-{},{}-{}\"", kind.name,
                           text, first, kind.most, kind.least, last));
}

Result<std::uint64_t> parse_item(std::string_view text, const FieldKind& kind) {
  const std::size_t slash = text.find('/');
  const bool has_step = slash != std::string_view::npos;
  LOGD_TRY_ASSIGN(const Range range, parse_range(text.substr(0, slash), kind, has_step));
  unsigned step = 1;
  if (has_step) {
    const auto number = parse_number(text.substr(slash + 1));
    if (!number || *number == 0 || *number > kind.most) {
      return wrong(
          fmt::format("{} \"{}\": the step is not from 1 to {}", kind.name, text, kind.most));
    }
    step = *number;
  }
  std::uint64_t set = 0;
  for (unsigned number = range.first; number <= range.last; number += step) {
    set |= std::uint64_t{1} << number;
  }
  return set;
}

// "-1", "1,,2", "/5": what is missing cannot be shown, so the whole field is.
bool lacks_value(std::string_view field) {
  for (const std::string_view value : split(field, ",-")) {
    if (value.empty() || value.front() == '/') return true;
  }
  return false;
}

Result<std::uint64_t> parse_field(std::string_view text, const FieldKind& kind) {
  if (lacks_value(text)) return out_of_range(text, kind);
  std::uint64_t set = 0;
  for (const std::string_view item : split(text, ",")) {
    LOGD_TRY_ASSIGN(const std::uint64_t numbers, parse_item(item, kind));
    set |= numbers;
  }
  return set;
}

// Vixie's cron looks at the first character only, so that "*/2" restricts nothing either.
bool is_restricted(std::string_view field) { return !field.starts_with('*') && field != "?"; }

bool is_ever(const CronFields& fields) {
  if (fields.is_either_day) return true;
  for (unsigned month = 1; month <= kLongestMonths.size(); ++month) {
    if ((fields.months >> month & 1) == 0) continue;
    const unsigned days = kLongestMonths[month - 1];
    if ((fields.days & ((std::uint64_t{2} << days) - 1)) != 0) return true;
  }
  return false;
}

}  // namespace

bool CronFields::is_day(unsigned day, unsigned weekday) const {
  const bool by_day = (days >> day & 1) != 0;
  const bool by_weekday = (weekdays >> weekday & 1) != 0;
  return is_either_day ? by_day || by_weekday : by_day && by_weekday;
}

Result<CronFields> parse_cron(std::string_view text) {
  std::vector<std::string_view> parts = split(text, " \t");
  std::erase(parts, std::string_view());
  if (parts.size() != kFields && parts.size() != kFields + 1) {
    return wrong(
        fmt::format("there {} {} field{}; cron has five (minute, hour, day, month, weekday) or "
                    "six, with seconds first",
                    parts.size() == 1 ? "is" : "are", parts.size(), parts.size() == 1 ? "" : "s"));
  }
  CronFields fields;
  if (parts.size() > kFields) {
    LOGD_TRY_ASSIGN(fields.seconds, parse_field(parts.front(), kSecond));
    parts.erase(parts.begin());
  }
  LOGD_TRY_ASSIGN(fields.minutes, parse_field(parts[0], kMinute));
  LOGD_TRY_ASSIGN(fields.hours, parse_field(parts[1], kHour));
  LOGD_TRY_ASSIGN(fields.days, parse_field(parts[2], kDay));
  LOGD_TRY_ASSIGN(fields.months, parse_field(parts[3], kMonth));
  LOGD_TRY_ASSIGN(fields.weekdays, parse_field(parts[4], kWeekday));
  constexpr std::uint64_t kSeven = std::uint64_t{1} << 7;
  if ((fields.weekdays & kSeven) != 0) fields.weekdays = (fields.weekdays & ~kSeven) | 1;
  fields.is_either_day = is_restricted(parts[2]) && is_restricted(parts[4]);
  if (!is_ever(fields)) {
    return wrong(fmt::format("never due: no month \"{}\" has a day \"{}\"", parts[3], parts[2]));
  }
  return fields;
}

}  // namespace logd
