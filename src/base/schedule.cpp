// SPDX-License-Identifier: Apache-2.0
#include "base/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "base/civil_time.h"
#include "base/closest.h"
#include "base/duration_text.h"

namespace logd {
namespace {

using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr seconds kDay{kSecondsPerDay};
constexpr seconds kHour{3'600};
constexpr std::uint64_t kEveryHour = (std::uint64_t{1} << 24) - 1;
// A 29th of February that must be a certain weekday may be 40 years away.
constexpr int kMonthsAhead = 50 * 12;
constexpr WallTime kLastMoment{seconds(days_from_civil(2260, 1, 1) * kSecondsPerDay)};

struct Word {
  std::string_view name;
  std::string_view cron;
};
constexpr std::array<Word, 7> kWords = {{{"@hourly", "0 * * * *"},
                                         {"@daily", "0 0 * * *"},
                                         {"@midnight", "0 0 * * *"},
                                         {"@weekly", "0 0 * * 0"},
                                         {"@monthly", "0 0 1 * *"},
                                         {"@yearly", "0 0 1 1 *"},
                                         {"@annually", "0 0 1 1 *"}}};
constexpr std::string_view kEvery = "every ";

std::optional<unsigned> next_in(std::uint64_t set, unsigned from) {
  const std::uint64_t rest = from < 64 ? set >> from << from : 0;
  if (rest == 0) return std::nullopt;
  return static_cast<unsigned>(std::countr_zero(rest));
}

std::optional<seconds> next_time_of(const CronFields& fields, seconds from) {
  const auto at = static_cast<unsigned>(from.count());
  const unsigned from_hour = at / 3'600;
  const unsigned from_minute = at / 60 % 60;
  for (auto hour = next_in(fields.hours, from_hour); hour;
       hour = next_in(fields.hours, *hour + 1)) {
    const bool is_same_hour = *hour == from_hour;
    for (auto minute = next_in(fields.minutes, is_same_hour ? from_minute : 0); minute;
         minute = next_in(fields.minutes, *minute + 1)) {
      const bool is_same = is_same_hour && *minute == from_minute;
      const auto second = next_in(fields.seconds, is_same ? at % 60 : 0);
      if (second) return seconds(*hour * 3'600 + *minute * 60 + *second);
    }
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

Unexpected wrong(std::string_view text, std::string_view what) {
  return fail(ErrorCode::invalid, fmt::format("\"{}\" {}", text, what));
}

Unexpected not_a_schedule(std::string_view text) {
  std::vector<std::string> words = {"off"};
  for (const Word& word : kWords) words.emplace_back(word.name);
  std::optional<std::string> meant = closest(text, words);
  if (parse_duration(text)) meant = std::string(kEvery) + std::string(text);
  if (meant) return wrong(text, fmt::format("is not a schedule; did you mean \"{}\"?", *meant));
  return wrong(text,
               "is not a schedule; write \"off\", \"@hourly\", \"@daily\", \"@weekly\", "
               "\"@monthly\", \"@yearly\", \"every 6h\" or fields of cron such as \"0 3 * * *\"");
}

Result<seconds> parse_every(std::string_view text) {
  const auto length = parse_duration(trimmed(text.substr(kEvery.size())));
  if (!length) return wrong(text, "is not a schedule: " + length.error().message());
  const auto whole = std::chrono::floor<seconds>(*length);
  if (whole < seconds(1) || whole != *length) {
    return wrong(text, "is not a schedule: it takes whole seconds, at least \"every 1s\"");
  }
  return whole;
}

// What stands behind "@every " or "Every ", which are not the word; nothing for any other text.
std::optional<std::string_view> behind_misspelled_every(std::string_view text) {
  std::string word(text.substr(0, text.find(' ') + 1));
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (word != kEvery && word != "@" + std::string(kEvery)) return std::nullopt;
  return trimmed(text.substr(word.size()));
}

}  // namespace

Result<Schedule> parse_schedule(std::string_view text) {
  text = trimmed(text);
  if (text == "off") return Schedule();
  if (text.starts_with(kEvery)) {
    LOGD_TRY_ASSIGN(const seconds length, parse_every(text));
    if (kDay % length == seconds(0)) return Schedule(Schedule::Aligned{length});
    return Schedule(Schedule::Counted{length});
  }
  if (const auto length = behind_misspelled_every(text)) {
    const std::string meant = std::string(kEvery) + std::string(*length);
    LOGD_TRY(parse_every(meant));
    return wrong(text, fmt::format("is not a schedule; did you mean \"{}\"?", meant));
  }
  const auto* const word = std::find_if(kWords.begin(), kWords.end(),
                                        [&](const Word& known) { return known.name == text; });
  const bool is_one_word = text.find_first_of(" \t") == std::string_view::npos;
  if (word == kWords.end() && is_one_word) return not_a_schedule(text);
  const auto fields = parse_cron(word == kWords.end() ? text : word->cron);
  if (!fields) {
    return fail(ErrorCode::invalid, fmt::format("\"{}\": {}", text, fields.error().message()));
  }
  return Schedule(*fields);
}

bool Schedule::is_of_every_hour() const {
  if (const auto* aligned = std::get_if<Aligned>(&rule_)) return aligned->step <= kHour;
  return std::get<CronFields>(rule_).hours == kEveryHour;
}

std::optional<seconds> Schedule::next_time_of_day(seconds from) const {
  if (const auto* fields = std::get_if<CronFields>(&rule_)) return next_time_of(*fields, from);
  const seconds step = std::get<Aligned>(rule_).step;
  const seconds next = (from + step - seconds(1)) / step * step;
  return next < kDay ? std::optional(next) : std::nullopt;
}

bool Schedule::is_month(unsigned month) const {
  const auto* fields = std::get_if<CronFields>(&rule_);
  return fields == nullptr || (fields->months >> month & 1) != 0;
}

bool Schedule::is_day(unsigned day, unsigned weekday) const {
  const auto* fields = std::get_if<CronFields>(&rule_);
  return fields == nullptr || fields->is_day(day, weekday);
}

// The first time at or after `from` that matches, whether or not the clocks of a zone ever show it.
std::optional<local_seconds> Schedule::next_shown(local_seconds from) const {
  constexpr int kThursday = 4;  // the first of January 1970
  const CivilTime start = civil_from_wall(WallTime(from.time_since_epoch()));
  unsigned day = start.day;
  seconds time_of_day(start.hour * 3'600 + start.minute * 60 + start.second);
  for (int ahead = 0; ahead < kMonthsAhead; ++ahead) {
    const int months = start.year * 12 + static_cast<int>(start.month) - 1 + ahead;
    const auto month = static_cast<unsigned>(months % 12 + 1);
    const std::int64_t first_day = days_from_civil(months / 12, month, 1);
    const std::int64_t next_month = days_from_civil((months + 1) / 12, month % 12 + 1, 1);
    for (; is_month(month) && day <= next_month - first_day; ++day) {
      const std::int64_t days = first_day + day - 1;
      const auto weekday = static_cast<unsigned>(((days + kThursday) % 7 + 7) % 7);
      const auto time = is_day(day, weekday) ? next_time_of_day(time_of_day) : std::nullopt;
      if (time) return local_seconds(seconds(days * kSecondsPerDay) + *time);
      time_of_day = seconds(0);
    }
    day = 1;
    time_of_day = seconds(0);
  }
  return std::nullopt;
}

// Times that are shown one after the other never come in another order: moments().first of a later
// one is never earlier. So what is due after `after` is shown later than what is shown at `after`.
std::optional<WallTime> Schedule::next_by_clock(sys_seconds after, const TimeZone& zone) const {
  auto from = std::chrono::floor<seconds>(zone.local(after)) + seconds(1);
  while (true) {
    const auto shown = next_shown(from);
    if (!shown) return std::nullopt;
    const LocalMoments moments = zone.moments(*shown);
    if (moments.first > after) return moments.first;
    // `after` is in the second of a doubled hour: go on behind what is doubled.
    const auto changed = zone.change(moments.first, moments.last);
    from = *shown + (changed ? std::chrono::floor<seconds>(*changed - moments.first) : seconds(1));
  }
}

std::optional<WallTime> Schedule::next_by_real_time(sys_seconds after, const TimeZone& zone) const {
  sys_seconds from = after + seconds(1);
  while (true) {
    const auto showing = std::chrono::floor<seconds>(zone.local(from));
    const auto shown = next_shown(showing);
    if (!shown) return std::nullopt;
    const sys_seconds due = from + (*shown - showing);
    const auto changed = zone.change(from, due);
    if (!changed) return due;
    from = std::chrono::floor<seconds>(*changed);
  }
}

std::optional<WallTime> Schedule::next_after(WallTime after, const TimeZone& zone,
                                             WallTime last) const {
  if (std::holds_alternative<Never>(rule_) || after >= kLastMoment) return std::nullopt;
  if (const auto* counted = std::get_if<Counted>(&rule_)) {
    const auto from = std::min(last, after);
    const auto times = (after - from) / counted->length + 1;
    const auto ahead = counted->length * times;
    if (ahead > std::chrono::floor<seconds>(kLastMoment - from)) return std::nullopt;
    return from + ahead;
  }
  const auto second = std::chrono::floor<seconds>(after);
  const auto next =
      is_of_every_hour() ? next_by_real_time(second, zone) : next_by_clock(second, zone);
  return next && *next < kLastMoment ? next : std::nullopt;
}

}  // namespace logd
