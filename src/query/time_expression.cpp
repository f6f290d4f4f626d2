// SPDX-License-Identifier: Apache-2.0
#include "query/time_expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/civil_time.h"
#include "base/closest.h"
#include "base/duration_text.h"

namespace logd {
namespace {

using std::chrono::days;
using LocalDay = std::chrono::local_days;

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr std::string_view kExamples =
    "write for example 10:30, \"2026-11-22 10:30\", yesterday, 2h or @1795299420";
constexpr std::int64_t kLastSecond = 9'000'000'000;  // in 2255: what a WallTime can tell

// Spellings of units that parse_duration does not know, since a configuration needs only one.
struct UnitWord {
  std::string_view word;
  std::string_view unit;
};
constexpr std::array<UnitWord, 20> kUnitWords = {
    {{"weeks", "w"},  {"week", "w"},   {"days", "d"},    {"day", "d"},   {"hours", "h"},
     {"hour", "h"},   {"hrs", "h"},    {"hr", "h"},      {"mins", "m"},  {"minutes", "m"},
     {"minute", "m"}, {"secs", "s"},   {"sec", "s"},     {"min", "m"},   {"seconds", "s"},
     {"second", "s"}, {"msecs", "ms"}, {"millis", "ms"}, {"msec", "ms"}, {"milliseconds", "ms"}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

std::string lower(std::string_view text) {
  std::string letters(text);
  for (char& c : letters) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return letters;
}

// "Monday" is 1, as "mon"; nothing for what is no day of the week.
std::optional<int> weekday_of(std::string_view word) {
  for (std::size_t i = 0; i < kWeekdays.size(); ++i) {
    if (word == kWeekdays[i] || word == kWeekdays[i].substr(0, 3)) return static_cast<int>(i);
  }
  return std::nullopt;
}

TimeZone zone_east_by(std::chrono::seconds east) {
  return {"offset", [east](std::chrono::sys_seconds) { return east; }};
}

// A value, or what is wrong and at which byte of the text.
struct Wrong {
  std::size_t at = 0;
  std::string why;
};

class Parser {
 public:
  Parser(std::string_view text, TimeBound bound, WallTime now, const TimeZone& zone,
         std::optional<WallTime> not_before)
      : typed_(text),
        text_(lower(text)),
        bound_(bound),
        now_(now),
        zone_(zone),
        not_before_(not_before) {}

  std::optional<TimeExpression> parse() {
    if (text_.size() > kMaxTimeExpressionBytes) return wrong(0, "is too long for a time");
    while (text_.ends_with(' ')) text_.pop_back();
    skip_spaces();
    if (at_end()) return wrong(0, fmt::format("is empty; {}", kExamples));
    if (take('@')) return epoch();
    if (rest().starts_with("run:")) return run();
    if (is_letter(front())) return word();
    if (front() == '+') return wrong(at_, "lies in the future, where there are no lines");
    if (is_length_of_time()) return ago();
    if (is_day_of_unknown_order()) return unknown_order();
    const std::size_t digits = digits_at(at_);
    if (digits == 4 && follows(4, '-')) return date();
    if ((digits == 1 || digits == 2) && follows(digits, ':')) return time_of_day();
    return ago();  // whose message says what is missing
  }

  const Wrong& what_is_wrong() const { return wrong_; }
  // The text as it is shown in the message, a column for each byte.
  std::string shown_text() const {
    std::string shown(typed_.substr(0, std::min(text_.size(), kMaxTimeExpressionBytes)));
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return shown;
  }

 private:
  struct TimeOfDay {
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    unsigned nanosecond = 0;

    Nanoseconds since_midnight() const {
      return std::chrono::hours(hour) + std::chrono::minutes(minute) +
             std::chrono::seconds(second) + Nanoseconds(nanosecond);
    }
  };

  std::nullopt_t wrong(std::size_t at, std::string why) {
    wrong_ = {at, std::move(why)};
    return std::nullopt;
  }

  std::string_view rest() const { return std::string_view(text_).substr(at_); }
  bool at_end() const { return at_ >= text_.size(); }
  char front() const { return at_end() ? '\0' : text_[at_]; }
  bool follows(std::size_t bytes, char c) const {
    return at_ + bytes < text_.size() && text_[at_ + bytes] == c;
  }
  bool take(char c) {
    if (front() != c || at_end()) return false;
    ++at_;
    return true;
  }
  void skip_spaces() {
    while (take(' ')) {
    }
  }
  std::size_t digits_at(std::size_t at) const {
    std::size_t count = 0;
    while (at + count < text_.size() && is_digit(text_[at + count])) ++count;
    return count;
  }
  std::string take_letters() {
    const std::size_t from = at_;
    while (is_letter(front())) ++at_;
    return text_.substr(from, at_ - from);
  }

  // A number of at most `most` digits (up to nine); nothing if there is none.
  std::optional<unsigned> take_number(std::size_t most) {
    const std::size_t digits = digits_at(at_);
    if (digits == 0 || digits > most) return std::nullopt;
    unsigned value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      value = value * 10 + static_cast<unsigned>(text_[at_++] - '0');
    }
    return value;
  }

  // Digits behind a point as nanoseconds; more than nine say nothing.
  std::optional<unsigned> take_fraction() {
    unsigned value = 0;
    std::size_t digits = 0;
    for (; is_digit(front()); ++at_, ++digits) {
      if (digits < 9) value = value * 10 + static_cast<unsigned>(front() - '0');
    }
    if (digits == 0) return wrong(at_, "has no digits behind the point");
    for (std::size_t i = digits; i < 9; ++i) value *= 10;
    return value;
  }

  // "run:-1"
  std::optional<TimeExpression> run() {
    at_ += 4;
    RunStart start;
    const char* const end = text_.data() + text_.size();
    const auto [to, error] = std::from_chars(text_.data() + at_, end, start.run);
    if (error == std::errc() && to == end) return start;
    return wrong(at_,
                 "has no number of a run; run:0 is the newest, run:-1 the one before, run:7 "
                 "number 7");
  }

  // "@1795299420.5", behind the '@'
  std::optional<TimeExpression> epoch() {
    const std::size_t from = at_;
    const std::size_t digits = digits_at(at_);
    if (digits == 0) return wrong(at_, "needs seconds since 1970 behind the @, as @1795299420");
    if (digits > 19) return wrong(at_, "has more digits than nanoseconds since 1970 have");
    std::uint64_t value = 0;
    std::from_chars(text_.data() + at_, text_.data() + at_ + digits, value);
    at_ += digits;
    std::uint64_t per_second = 1;
    for (const std::size_t border : {11U, 14U, 17U}) per_second *= digits > border ? 1000 : 1;
    unsigned nanoseconds = 0;
    if (per_second == 1 && take('.')) {
      const auto fraction = take_fraction();
      if (!fraction) return std::nullopt;
      nanoseconds = *fraction;
    }
    if (!at_end()) return wrong(at_, "is not a number of seconds since 1970, as @1795299420");
    const auto seconds = static_cast<std::int64_t>(value / per_second);
    if (seconds > kLastSecond) return wrong(from, "is later than the year 2255");
    const auto below =
        static_cast<std::int64_t>(value % per_second * (kNanosecondsPerSecond / per_second));
    return WallTime(std::chrono::seconds(seconds)) + Nanoseconds(below) + Nanoseconds(nanoseconds);
  }

  // "today", "yesterday 10:00", "mon"
  std::optional<TimeExpression> word() {
    const std::size_t from = at_;
    const std::string word = take_letters();
    if (word == "now" && at_end()) return now_;
    const LocalDay today = std::chrono::floor<days>(zone_.local(now_));
    const auto weekday = weekday_of(word);
    std::optional<LocalDay> day;
    if (word == "today") day = today;
    if (word == "yesterday") day = today - days(1);
    if (weekday) {
      const std::chrono::weekday wanted(static_cast<unsigned>(*weekday));
      day = today - (std::chrono::weekday(today) - wanted);
    }
    if (!day) return wrong_word(from, word);
    return on_day(*day);
  }

  std::nullopt_t wrong_word(std::size_t from, const std::string& word) {
    if (word == "tomorrow") return wrong(from, "lies in the future, where there are no lines");
    std::vector<std::string> words = {"now", "today", "yesterday", "run:-1"};
    words.insert(words.end(), kWeekdays.begin(), kWeekdays.end());
    if (const auto meant = closest(word, words)) {
      return wrong(from, fmt::format("is no time; did you mean {}?", *meant));
    }
    return wrong(from, fmt::format("is no time; {}", kExamples));
  }

  bool is_length_of_time() const {
    if (front() == '-' || text_.ends_with(" ago")) return true;
    const std::size_t behind = digits_at(at_);
    return behind > 0 && at_ + behind < text_.size() &&
           (is_letter(text_[at_ + behind]) ||
            (text_[at_ + behind] == ' ' && at_ + behind + 1 < text_.size() &&
             is_letter(text_[at_ + behind + 1])));
  }

  // "90s", "-1h30m", "2 hours ago"
  std::optional<TimeExpression> ago() {
    if (text_.ends_with(" ago")) text_.resize(text_.size() - 4);
    take('-');
    const std::size_t from = at_;
    std::string duration;
    while (!at_end()) {
      if (!is_letter(front())) {
        duration += text_[at_++];
        continue;
      }
      const std::size_t at = at_;
      const std::string word = take_letters();
      const auto* const known =
          std::find_if(kUnitWords.begin(), kUnitWords.end(),
                       [&](const UnitWord& unit) { return unit.word == word; });
      // As it was typed, since "M" is no minute.
      duration += known == kUnitWords.end() ? typed_.substr(at, word.size()) : known->unit;
    }
    const auto length = parse_duration(duration);
    if (!length) return wrong_length(from);
    const auto since_1970 =
        std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch());
    return *length >= since_1970 ? WallTime() : now_ - *length;
  }

  std::nullopt_t wrong_length(std::size_t from) {
    const std::string_view length = std::string_view(text_).substr(from);
    if (!length.empty() && digits_at(from) == length.size()) {
      return wrong(text_.size(), fmt::format("has no unit; write for example {0}s, {0}m or {0}h, "
                                             "@{0} for seconds since 1970",
                                             length));
    }
    // Behind all that is good: numbers with units.
    std::size_t at = from;
    while (at < text_.size()) {
      std::size_t end = at;
      while (end < text_.size() && !is_letter(text_[end])) ++end;
      const std::size_t unit = end;
      while (end < text_.size() && is_letter(text_[end])) ++end;
      const std::size_t behind_unit = end;
      at = unit;
      if (!parse_duration("1" + text_.substr(unit, behind_unit - unit))) break;
      at = behind_unit;
    }
    return wrong(length.empty() ? from : std::min(at, text_.size() - 1),
                 fmt::format("is neither a time nor a length of time (units are w d h m s ms, the "
                             "largest first); {}",
                             kExamples));
  }

  // "01/02/26", "1.2.2026": three numbers whose order depends on where somebody comes from.
  bool is_day_of_unknown_order() const {
    std::size_t at = at_;
    for (int number = 0; number < 3; ++number) {
      const std::size_t digits = digits_at(at);
      if (digits == 0 || digits > 4) return false;
      at += digits;
      if (number == 2) return at == text_.size() || text_[at] == ' ' || text_[at] == 't';
      if (at >= text_.size()) return false;
      const bool is_year_first = number == 0 && digits == 4;
      const char c = text_[at++];
      if (c != '/' && c != '.' && (c != '-' || is_year_first)) return false;
    }
    return false;
  }

  std::nullopt_t unknown_order() {
    std::array<unsigned, 3> numbers{};
    std::size_t at = at_;
    for (unsigned& number : numbers) {
      const std::size_t digits = digits_at(at);
      std::from_chars(text_.data() + at, text_.data() + at + digits, number);
      at += digits + 1;
    }
    std::string readings;
    const auto read = [&](unsigned year, unsigned month, unsigned day) {
      if (year < 100) year += 2000;
      if (!wall_from_civil({static_cast<int>(year), month, day})) return;
      readings +=
          fmt::format("{}{:04}-{:02}-{:02}", readings.empty() ? "" : " or ", year, month, day);
    };
    const auto [a, b, c] = numbers;
    const bool is_year_first = digits_at(at_) == 4;
    if (is_year_first) {
      read(a, b, c);
    } else {
      read(c, b, a);
      if (a != b) read(c, a, b);
    }
    if (readings.empty()) readings = "for example 2026-11-22";
    return wrong(at_, fmt::format("{}; write {}",
                                  is_year_first ? "is no date" : "can be read in more than one way",
                                  readings));
  }

  // "2026-11-22", with or without a time of day behind
  std::optional<TimeExpression> date() {
    const std::size_t at_year = at_;
    const unsigned year = take_number(4).value_or(0);
    take('-');
    const std::size_t at_month = at_;
    const auto month = take_number(2);
    if (!month) return wrong(at_, "has no month; a date is as 2026-11-22");
    if (!take('-')) return wrong(at_, "has no day; a date is as 2026-11-22");
    const std::size_t at_day = at_;
    const auto day = take_number(2);
    if (!day) return wrong(at_, "has no day; a date is as 2026-11-22");
    if (*month < 1 || *month > 12) {
      return wrong(at_month, fmt::format("has no month {:02}; months are 01 to 12", *month));
    }
    const auto midnight = wall_from_civil({static_cast<int>(year), *month, *day});
    if (!midnight && wall_from_civil({static_cast<int>(year), *month, 1})) {
      return wrong(at_day,
                   fmt::format("has no day {:02}; {:04}-{:02} ends earlier", *day, year, *month));
    }
    if (!midnight) return wrong(at_year, "has a year out of reach; years are 1678 to 2261");
    if (front() == 't') {
      ++at_;
      if (at_end()) return wrong(at_, "has no time behind the T, as 10:30");
    }
    return on_day(LocalDay(std::chrono::floor<days>(midnight->time_since_epoch())));
  }

  // What may stand behind a day.
  std::optional<TimeExpression> on_day(LocalDay day) {
    const bool has_space = front() == ' ';
    skip_spaces();
    // Of a day that begins twice the first begin counts, whatever the bound.
    if (at_end()) return zone_.moments(LocalTime(day)).first;
    if (!is_digit(front()) || (!has_space && text_[at_ - 1] != 't')) {
      return wrong(at_, fmt::format("has more behind the day than a time of day; {}", kExamples));
    }
    const auto time = take_time();
    if (!time) return std::nullopt;
    const auto zone = take_zone();
    if (!zone) return std::nullopt;
    return of_bound(zone->moments(day + time->since_midnight()));
  }

  // "10:30": today or, if that is still to come, yesterday
  std::optional<TimeExpression> time_of_day() {
    const auto time = take_time();
    if (!time) return std::nullopt;
    const auto zone = take_zone();
    if (!zone) return std::nullopt;
    const LocalDay today = std::chrono::floor<days>(zone->local(now_));
    const auto on = [&](LocalDay day) { return zone->moments(day + time->since_midnight()); };
    for (LocalDay day = today;; day -= days(1)) {
      const LocalMoments moments = on(day);
      if (moments.first > now_) continue;
      const WallTime latest = moments.last <= now_ ? of_bound(moments) : moments.first;
      if (!not_before_ || latest > *not_before_) return latest;
      break;
    }
    const LocalDay first = std::chrono::floor<days>(zone->local(*not_before_));
    for (LocalDay day = first;; day += days(1)) {
      if (const WallTime moment = of_bound(on(day)); moment > *not_before_) return moment;
    }
  }

  WallTime of_bound(const LocalMoments& moments) const {
    return bound_ == TimeBound::since ? moments.first : moments.last;
  }

  // "10:30[:15[.5]]"
  std::optional<TimeOfDay> take_time() {
    TimeOfDay time;
    const auto part = [&](unsigned& to, unsigned most, std::string_view name) {
      const std::size_t from = at_;
      const auto number = take_number(2);
      if (!number) {
        wrong(from, fmt::format("has no {}s; a time of day is as 10:30 or 10:30:15", name));
        return false;
      }
      if (*number > most) {
        wrong(from, fmt::format("has no {0} {1}; {0}s are 0 to {2}", name, *number, most));
        return false;
      }
      to = *number;
      return true;
    };
    if (!part(time.hour, 23, "hour")) return std::nullopt;
    if (!take(':')) return wrong(at_, "has no minutes; a time of day is as 10:30 or 10:30:15");
    if (!part(time.minute, 59, "minute")) return std::nullopt;
    if (take(':')) {
      // RFC 3339 knows a leap second, which our clock does not: it is the next one.
      if (!part(time.second, 60, "second")) return std::nullopt;
      if (take('.') || take(',')) {
        const auto fraction = take_fraction();
        if (!fraction) return std::nullopt;
        time.nanosecond = *fraction;
      }
    }
    return time;
  }

  // What may stand behind a time: nothing, "Z" or "+01:00", up to the end.
  std::optional<TimeZone> take_zone() {
    const std::size_t from = at_;
    skip_spaces();
    if (at_end()) return zone_;
    if (rest() == "z" || rest() == "utc") return TimeZone::utc();
    if (rest() == "am" || rest() == "pm") return wrong(at_, "has am or pm; hours are 0 to 23");
    if (front() != '+' && front() != '-') {
      return wrong(at_, "has more behind the time than Z or an offset as +01:00");
    }
    const bool is_west = front() == '-';
    ++at_;
    const std::size_t digits = digits_at(at_);
    unsigned hours = 0;
    unsigned minutes = 0;
    if (digits == 4) {
      const unsigned both = take_number(4).value_or(0);
      hours = both / 100;
      minutes = both % 100;
    } else if (digits == 2) {
      hours = take_number(2).value_or(0);
      if (take(':')) {
        if (digits_at(at_) != 2) return wrong(at_, "has no offset as +01:00");
        minutes = take_number(2).value_or(0);
      }
    } else {
      return wrong(from, "has no offset as +01:00");
    }
    if (!at_end() || hours > 23 || minutes > 59) return wrong(from, "has no offset as +01:00");
    const std::chrono::seconds east = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    return zone_east_by(is_west ? -east : east);
  }

  std::string_view typed_;
  std::string text_;  // in lower case, without spaces at the end
  TimeBound bound_;
  WallTime now_;
  const TimeZone& zone_;
  std::optional<WallTime> not_before_;
  std::size_t at_ = 0;
  Wrong wrong_;
};

std::string_view name_of(TimeBound bound) {
  return bound == TimeBound::since ? "--since" : "--until";
}

Result<TimeExpression> parse(std::string_view text, TimeBound bound, WallTime now,
                             const TimeZone& zone, std::optional<WallTime> not_before) {
  Parser parser(text, bound, now, zone, not_before);
  if (const auto time = parser.parse()) return *time;
  const std::string shown = parser.shown_text();
  const Wrong& wrong = parser.what_is_wrong();
  return fail(ErrorCode::invalid,
              fmt::format("{} \"{}\" {}\n    {}\n    {}^", name_of(bound), shown, wrong.why, shown,
                          std::string(std::min(wrong.at, shown.size()), ' ')));
}

std::string shown_time(WallTime time) {
  const CivilTime civil = civil_from_wall(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", civil.year, civil.month, civil.day,
                     civil.hour, civil.minute, civil.second);
}

}  // namespace

Result<TimeExpression> parse_time_expression(std::string_view text, TimeBound bound, WallTime now,
                                             const TimeZone& zone) {
  return parse(text, bound, now, zone, std::nullopt);
}

Result<WallTime> parse_moment(std::string_view text, TimeBound bound, WallTime now,
                              const TimeZone& zone) {
  LOGD_TRY_ASSIGN(const TimeExpression time, parse_time_expression(text, bound, now, zone));
  if (const auto* moment = std::get_if<WallTime>(&time)) return *moment;
  return fail(ErrorCode::invalid,
              fmt::format("{} takes no run here; {}", name_of(bound), kExamples));
}

Result<TimeRange> parse_time_range(std::string_view since, std::string_view until, WallTime now,
                                   const TimeZone& zone) {
  TimeRange range;
  std::optional<WallTime> not_before;
  if (!since.empty()) {
    LOGD_TRY_ASSIGN(range.since, parse_time_expression(since, TimeBound::since, now, zone));
    if (const auto* moment = std::get_if<WallTime>(&*range.since)) not_before = *moment;
  }
  if (until.empty()) return range;
  LOGD_TRY_ASSIGN(range.until, parse(until, TimeBound::until, now, zone, not_before));
  const auto* const end = std::get_if<WallTime>(&*range.until);
  if (not_before && end != nullptr && *end <= *not_before) {
    return fail(ErrorCode::invalid,
                fmt::format("--until ({}) does not lie after --since ({}); until is the first "
                            "moment that is left out",
                            shown_time(*end), shown_time(*not_before)));
  }
  return range;
}

}  // namespace logd
