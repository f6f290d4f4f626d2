// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "base/schedule.h"
#include "base_times.h"

using namespace logd;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

Schedule schedule(const std::string& text) {
  INFO(text);
  const auto parsed = parse_schedule(text);
  if (!parsed) INFO(parsed.error().message());
  REQUIRE(parsed);
  return *parsed;
}

std::string refusal(const std::string& text) {
  const auto parsed = parse_schedule(text);
  if (parsed) return "";
  CHECK(parsed.error().code == ErrorCode::invalid);
  return parsed.error().message();
}

struct Row {
  std::string schedule;
  std::string after;
  std::string next;  // empty: never
};

// All times are UTC.
void check_rows(const std::string& zone_name, const std::vector<Row>& rows) {
  const TimeZone in = zone(zone_name);
  for (const Row& row : rows) {
    INFO(zone_name << ": " << row.schedule << " after " << row.after);
    const auto next = schedule(row.schedule).next_after(utc(row.after), in, utc(row.after));
    CHECK((next ? text_of(*next) : "") == row.next);
  }
}

}  // namespace

TEST_CASE("Schedule: the fields of cron", "[base]") {
  check_rows("UTC", {
                        {"* * * * *", "2026-11-21 22:17", "2026-11-21 22:18:00"},
                        {"* * * * *", "2026-11-21 22:17:59", "2026-11-21 22:18:00"},
                        {"0 0 * * *", "2026-11-21 22:17", "2026-11-22 00:00:00"},
                        {"0 0 * * *", "2026-11-22 00:00", "2026-11-23 00:00:00"},
                        {"30 3 * * *", "2026-11-21 03:29:59", "2026-11-21 03:30:00"},
                        {"59 23 31 12 *", "2026-11-21 00:00", "2026-12-31 23:59:00"},
                        {"*/15 * * * *", "2026-11-21 22:17", "2026-11-21 22:30:00"},
                        {"*/15 * * * *", "2026-11-21 22:46", "2026-11-21 23:00:00"},
                        {"*/7 * * * *", "2026-11-21 22:56", "2026-11-21 23:00:00"},
                        {"5/20 * * * *", "2026-11-21 22:17", "2026-11-21 22:25:00"},
                        {"10-20/5 8 * * *", "2026-11-21 08:15", "2026-11-21 08:20:00"},
                        {"10-20/5 8 * * *", "2026-11-21 08:20", "2026-11-22 08:10:00"},
                        {"0 8,12,20 * * *", "2026-11-21 12:00", "2026-11-21 20:00:00"},
                        {"0 9-17 * * *", "2026-11-21 17:00", "2026-11-22 09:00:00"},
                        {"0 */6 * * *", "2026-11-21 12:00", "2026-11-21 18:00:00"},
                        {"5,10-12,*/30 * * * *", "2026-11-21 22:12", "2026-11-21 22:30:00"},
                        {"  0   3\t*  *  * ", "2026-11-21 22:17", "2026-11-22 03:00:00"},
                        {"00 003 * * *", "2026-11-21 22:17", "2026-11-22 03:00:00"},
                        // Days of the week: the 21st is a Saturday.
                        {"0 0 * * 1", "2026-11-21 22:17", "2026-11-23 00:00:00"},
                        {"0 0 * * 0", "2026-11-21 22:17", "2026-11-22 00:00:00"},
                        {"0 0 * * 7", "2026-11-21 22:17", "2026-11-22 00:00:00"},
                        {"0 0 * * 5-7", "2026-11-22 00:00", "2026-11-27 00:00:00"},
                        {"0 0 * * mon-fri", "2026-11-20 00:00", "2026-11-23 00:00:00"},
                        {"0 0 * * MON,Wed", "2026-11-23 00:00", "2026-11-25 00:00:00"},
                        {"0 0 * * sat-sun", "2026-11-21 00:00", "2026-11-22 00:00:00"},
                        {"0 0 * * sun", "2026-11-21 00:00", "2026-11-22 00:00:00"},
                        // A range from Sunday to Sunday is Sunday.
                        {"0 0 * * 0-0", "2026-11-23 00:00", "2026-11-29 00:00:00"},
                        {"0 0 * * sun-sun", "2026-11-23 00:00", "2026-11-29 00:00:00"},
                        {"0 0 * * 7-0", "2026-11-23 00:00", "2026-11-29 00:00:00"},
                        {"0 0 * * 0-7", "2026-11-23 00:00", "2026-11-24 00:00:00"},
                        {"0 0 ? * mon", "2026-11-21 22:17", "2026-11-23 00:00:00"},
                        {"0 0 1 * ?", "2026-11-21 22:17", "2026-12-01 00:00:00"},
                        // Months, their ends and leap years.
                        {"0 0 1 jan *", "2026-11-21 22:17", "2027-01-01 00:00:00"},
                        {"0 0 1 feb-Apr *", "2026-11-21 22:17", "2027-02-01 00:00:00"},
                        {"0 0 1 */3 *", "2026-11-21 22:17", "2027-01-01 00:00:00"},
                        {"0 0 31 * *", "2026-11-21 22:17", "2026-12-31 00:00:00"},
                        {"0 0 31 * *", "2026-12-31 00:00", "2027-01-31 00:00:00"},
                        {"0 0 31 * *", "2027-01-31 00:00", "2027-03-31 00:00:00"},
                        {"0 0 30 1-4 *", "2027-01-30 00:00", "2027-03-30 00:00:00"},
                        {"0 0 29 2 *", "2026-11-21 22:17", "2028-02-29 00:00:00"},
                        {"0 0 29 2 *", "2096-03-01 00:00", "2104-02-29 00:00:00"},
                        {"0 0 29 * *", "2027-01-29 00:00", "2027-03-29 00:00:00"},
                        {"0 0 28-31 2 *", "2028-02-28 00:00", "2028-02-29 00:00:00"},
                        {"59 23 31 12 *", "2026-12-31 23:59", "2027-12-31 23:59:00"},
                        // Both kinds of days: either is enough ...
                        {"0 0 13 * 5", "2026-11-21 22:17", "2026-11-27 00:00:00"},
                        {"0 0 13 * 5", "2026-12-11 00:00", "2026-12-13 00:00:00"},
                        {"0 0 30 2 1", "2026-11-21 22:17", "2027-02-01 00:00:00"},
                        // ... unless one begins with '*'.
                        {"0 0 */2 * 1", "2026-11-21 22:17", "2026-11-23 00:00:00"},
                        {"0 0 */2 * 1", "2026-11-23 00:00", "2026-12-07 00:00:00"},
                        {"0 0 29 2 */7", "2026-11-21 22:17", "2032-02-29 00:00:00"},
                        // Six fields.
                        {"30 0 3 * * *", "2026-11-21 22:17", "2026-11-22 03:00:30"},
                        {"*/10 * * * * *", "2026-11-21 22:17:55", "2026-11-21 22:18:00"},
                        {"* * * * * *", "2026-12-31 23:59:59", "2027-01-01 00:00:00"},
                        {"59 59 23 28 2 *", "2027-02-28 23:59:59", "2028-02-28 23:59:59"},
                    });
}

TEST_CASE("Schedule: words", "[base]") {
  check_rows("UTC", {
                        {"@hourly", "2026-11-21 22:17", "2026-11-21 23:00:00"},
                        {"@daily", "2026-11-21 22:17", "2026-11-22 00:00:00"},
                        {"@midnight", "2026-11-21 22:17", "2026-11-22 00:00:00"},
                        {"@weekly", "2026-11-22 00:00", "2026-11-29 00:00:00"},
                        {"@monthly", "2026-11-21 22:17", "2026-12-01 00:00:00"},
                        {"@yearly", "2026-11-21 22:17", "2027-01-01 00:00:00"},
                        {"@annually", "2027-01-01 00:00", "2028-01-01 00:00:00"},
                        {"off", "2026-11-21 22:17", ""},
                        {" off ", "2026-11-21 22:17", ""},
                        {"@daily", "2261-01-01 00:00", ""},
                        {"every 7h", "2261-01-01 00:00", ""},
                    });
}

TEST_CASE("Schedule: every, aligned to midnight where it divides a day", "[base]") {
  check_rows("UTC", {
                        {"every 1h", "2026-11-21 22:17", "2026-11-21 23:00:00"},
                        {"every 6h", "2026-11-21 22:17", "2026-11-22 00:00:00"},
                        {"every 6h", "2026-11-21 12:00", "2026-11-21 18:00:00"},
                        {"every 1d", "2026-11-21 22:17", "2026-11-22 00:00:00"},
                        {"every 24h", "2026-11-21 22:17", "2026-11-22 00:00:00"},
                        {"every 90m", "2026-11-21 22:17", "2026-11-21 22:30:00"},
                        {"every 1h30m", "2026-11-21 22:30", "2026-11-22 00:00:00"},
                        {"every  15 min", "2026-11-21 22:17", "2026-11-21 22:30:00"},
                        {"every 1s", "2026-11-21 22:17:59", "2026-11-21 22:18:00"},
                    });
  check_rows("Asia/Kathmandu", {{"every 1h", "2026-11-21 22:17", "2026-11-21 23:15:00"}});
}

TEST_CASE("Schedule: every, counted from the last rotation where it does not", "[base]") {
  const TimeZone in = zone("Europe/Berlin");
  const Schedule seven = schedule("every 7h");
  const WallTime last = utc("2026-03-28 20:05:09");
  CHECK(text_of(*seven.next_after(last, in, last)) == "2026-03-29 03:05:09");
  CHECK(text_of(*seven.next_after(last + hours(7), in, last)) == "2026-03-29 10:05:09");
  CHECK(text_of(*seven.next_after(last + hours(8), in, last)) == "2026-03-29 10:05:09");
  // The clock was set back behind the last rotation: from now on.
  CHECK(text_of(*seven.next_after(last - hours(100), in, last)) == "2026-03-24 23:05:09");
  CHECK(text_of(*schedule("every 1w").next_after(last, in, last)) == "2026-04-04 20:05:09");
  CHECK(text_of(*schedule("every 36h").next_after(last, in, last)) == "2026-03-30 08:05:09");
  CHECK(schedule("every 7h").next_after(last + Nanoseconds(1), in, last) == last + hours(7));
}

TEST_CASE("Schedule: strictly after, to the nanosecond", "[base]") {
  const TimeZone in = zone("UTC");
  const Schedule daily = schedule("@daily");
  const WallTime midnight = utc("2026-11-22 00:00");
  CHECK(daily.next_after(midnight - Nanoseconds(1), in, midnight) == midnight);
  CHECK(daily.next_after(midnight, in, midnight) == midnight + hours(24));
  CHECK(daily.next_after(midnight + Nanoseconds(1), in, midnight) == midnight + hours(24));
}

// In Berlin 02:00 to 03:00 is skipped on 2026-03-29, and doubled on 2026-10-25.
TEST_CASE("Schedule: a skipped hour", "[base]") {
  check_rows("Europe/Berlin", {
                                  // Once, at the first moment after the gap ...
                                  {"30 2 * * *", "2026-03-28 01:30", "2026-03-29 01:00:00"},
                                  {"30 2 * * *", "2026-03-29 01:00", "2026-03-30 00:30:00"},
                                  {"*/10 2 * * *", "2026-03-28 23:00", "2026-03-29 01:00:00"},
                                  {"*/10 2 * * *", "2026-03-29 01:00", "2026-03-30 00:00:00"},
                                  {"30 2 29 3 *", "2026-01-01 00:00", "2026-03-29 01:00:00"},
                                  {"0 2,3 * * *", "2026-03-28 23:00", "2026-03-29 01:00:00"},
                                  {"0 2,3 * * *", "2026-03-29 01:00", "2026-03-30 00:00:00"},
                                  {"every 2h", "2026-03-28 23:00", "2026-03-29 01:00:00"},
                                  {"every 2h", "2026-03-29 01:00", "2026-03-29 02:00:00"},
                                  // ... but nothing is made up of what comes every hour.
                                  {"30 * * * *", "2026-03-29 00:30", "2026-03-29 01:30:00"},
                                  {"@hourly", "2026-03-29 00:00", "2026-03-29 01:00:00"},
                                  {"@hourly", "2026-03-29 01:00", "2026-03-29 02:00:00"},
                                  {"every 30m", "2026-03-29 00:30", "2026-03-29 01:00:00"},
                                  {"30 0-23 29 3 *", "2026-03-29 00:30", "2026-03-29 01:30:00"},
                                  {"@daily", "2026-03-28 23:00", "2026-03-29 22:00:00"},
                              });
  check_rows("America/New_York", {
                                     {"30 2 * * *", "2026-03-08 06:00", "2026-03-08 07:00:00"},
                                     {"30 2 * * *", "2026-03-08 07:00", "2026-03-09 06:30:00"},
                                     {"@daily", "2026-03-08 05:00", "2026-03-09 04:00:00"},
                                 });
  // Half an hour, 02:00 to 02:30.
  check_rows("Australia/Lord_Howe", {
                                        {"15 2 * * *", "2026-10-03 12:00", "2026-10-03 15:30:00"},
                                        {"45 2 * * *", "2026-10-03 12:00", "2026-10-03 15:45:00"},
                                        {"15 * * * *", "2026-10-03 14:45", "2026-10-03 16:15:00"},
                                    });
  // Midnight itself.
  check_rows("America/Sao_Paulo", {
                                      {"@daily", "2018-11-03 12:00", "2018-11-04 03:00:00"},
                                      {"@daily", "2018-11-04 03:00", "2018-11-05 02:00:00"},
                                      {"30 0 * * *", "2018-11-03 12:00", "2018-11-04 03:00:00"},
                                      {"@monthly", "2018-10-15 12:00", "2018-11-01 03:00:00"},
                                  });
  check_rows("Asia/Beirut", {{"@weekly", "2026-03-28 12:00", "2026-03-28 22:00:00"}});
  // A whole day.
  check_rows("Pacific/Apia", {
                                 {"0 12 * * *", "2011-12-29 23:00", "2011-12-30 10:00:00"},
                                 {"0 12 * * *", "2011-12-30 10:00", "2011-12-30 22:00:00"},
                             });
}

TEST_CASE("Schedule: a doubled hour", "[base]") {
  check_rows("Europe/Berlin", {
                                  // In the first of the two ...
                                  {"30 2 * * *", "2026-10-24 12:00", "2026-10-25 00:30:00"},
                                  {"30 2 * * *", "2026-10-25 00:30", "2026-10-26 01:30:00"},
                                  {"30 2 * * *", "2026-10-25 01:15", "2026-10-26 01:30:00"},
                                  {"*/10 2 * * *", "2026-10-25 00:50", "2026-10-26 01:00:00"},
                                  {"* * 2 * * *", "2026-10-25 01:00", "2026-10-26 01:00:00"},
                                  {"0 3 * * *", "2026-10-25 01:15", "2026-10-25 02:00:00"},
                                  {"every 2h", "2026-10-25 00:00", "2026-10-25 03:00:00"},
                                  // ... but in both what comes every hour.
                                  {"30 * * * *", "2026-10-25 00:30", "2026-10-25 01:30:00"},
                                  {"30 * * * *", "2026-10-25 01:30", "2026-10-25 02:30:00"},
                                  {"@hourly", "2026-10-25 00:00", "2026-10-25 01:00:00"},
                                  {"every 15m", "2026-10-25 00:45", "2026-10-25 01:00:00"},
                                  {"@daily", "2026-10-24 22:00", "2026-10-25 23:00:00"},
                              });
  check_rows("America/New_York", {
                                     {"30 1 * * *", "2026-11-01 05:00", "2026-11-01 05:30:00"},
                                     {"30 1 * * *", "2026-11-01 05:30", "2026-11-02 06:30:00"},
                                     {"30 * * * *", "2026-11-01 05:30", "2026-11-01 06:30:00"},
                                 });
  check_rows("Australia/Lord_Howe", {
                                        {"45 1 * * *", "2026-04-04 14:00", "2026-04-04 14:45:00"},
                                        {"45 1 * * *", "2026-04-04 14:45", "2026-04-05 15:15:00"},
                                        {"45 * * * *", "2026-04-04 14:45", "2026-04-04 15:15:00"},
                                    });
  // 23:00 to midnight comes twice, midnight once.
  check_rows("America/Sao_Paulo", {
                                      {"@daily", "2018-02-17 12:00", "2018-02-18 03:00:00"},
                                      {"@daily", "2018-02-18 01:30", "2018-02-18 03:00:00"},
                                      {"30 23 17 2 *", "2018-02-18 01:30", "2019-02-18 02:30:00"},
                                  });
}

namespace {

// Whether the schedule is due at a moment, by its written rules and nothing else: minutes only.
class Oracle {
 public:
  Oracle(const std::string& text, const TimeZone& in) : in_(in), fields_(*parse_cron(text)) {}

  bool is_due(WallTime time) const {
    const LocalTime shown = in_.local(time);
    const bool is_of_every_hour = fields_.hours == (1 << 24) - 1;
    if (is_of_every_hour) return matches(shown);
    if (matches(shown) && !was_shown_before(time)) return true;
    // The first moment after a gap with a match in it.
    const seconds gap = in_.offset_at(time) - in_.offset_at(time - minutes(1));
    for (auto back = minutes(1); back <= gap; back += minutes(1)) {
      if (matches(shown - back)) return true;
    }
    return false;
  }

 private:
  bool matches(LocalTime shown) const {
    const CivilTime civil = civil_from_wall(WallTime(shown.time_since_epoch()));
    const std::int64_t days = days_from_civil(civil.year, civil.month, civil.day);
    const auto in = [](std::uint64_t set, unsigned number) { return (set >> number & 1) != 0; };
    return in(fields_.minutes, civil.minute) && in(fields_.hours, civil.hour) &&
           in(fields_.months, civil.month) &&
           fields_.is_day(civil.day, static_cast<unsigned>((days + 4) % 7));
  }

  bool was_shown_before(WallTime time) const {
    for (auto back = minutes(1); back <= minutes(61); back += minutes(1)) {
      if (in_.local(time - back) == in_.local(time)) return true;
    }
    return false;
  }

  const TimeZone& in_;
  CronFields fields_;
};

class RandomCron {
 public:
  explicit RandomCron(unsigned seed) : random_(seed) {}

  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  std::string field(unsigned least, unsigned most) {
    const auto any = [&] { return std::to_string(least + below(most - least + 1)); };
    switch (below(6)) {
      case 0:
      case 1:
        return "*";
      case 2:
        return any();
      case 3:
        return any() + "," + any();
      case 4:
        return "*/" + std::to_string(1 + below(most / 2));
      default: {
        const unsigned first = least + below(most - least + 1);
        return std::to_string(first) + "-" + std::to_string(first + below(most - first + 1));
      }
    }
  }

  std::string text() {
    // Mostly hours and days around the changes, mostly all months, or little would be due.
    const std::string hour = below(3) == 0 ? field(0, 23) : field(0, 3);
    const std::string day = below(2) == 0 ? "*" : field(1, 31);
    const std::string weekday = below(2) == 0 ? "*" : field(0, 7);
    return field(0, 59) + " " + hour + " " + day + " * " + weekday;
  }

 private:
  std::mt19937 random_;
};

}  // namespace

TEST_CASE("Schedule: the same as looking at every minute", "[base]") {
  struct Days {
    const char* zone;
    const char* from;
  };
  // Two and a half days around each change.
  const Days changes[] = {
      {"Europe/Berlin", "2026-03-28 00:00"},
      {"Europe/Berlin", "2026-10-24 00:00"},
      {"America/New_York", "2026-03-07 12:00"},
      {"America/New_York", "2026-10-31 12:00"},
      {"Australia/Lord_Howe", "2026-10-02 12:00"},
      {"Australia/Lord_Howe", "2026-04-03 12:00"},
      {"America/Sao_Paulo", "2018-11-03 00:00"},
      {"America/Sao_Paulo", "2018-02-17 00:00"},
      {"Asia/Beirut", "2026-03-28 00:00"},
      {"Africa/Casablanca", "2026-02-14 00:00"},
      {"UTC", "2028-02-28 12:00"},
  };
  RandomCron random(20261122);
  for (const Days& days : changes) {
    const TimeZone in = zone(days.zone);
    const WallTime from = utc(days.from);
    const WallTime until = from + hours(60);
    for (int round = 0; round < 40; ++round) {
      const std::string text = random.text();
      INFO(days.zone << " " << days.from << ": " << text);
      const Oracle oracle(text, in);
      const Schedule parsed = schedule(text);
      std::vector<std::string> due;
      for (WallTime time = from + minutes(1); time < until; time += minutes(1)) {
        if (oracle.is_due(time)) due.push_back(text_of(time));
      }
      std::vector<std::string> found;
      WallTime time = from;
      while (true) {
        const auto next = parsed.next_after(time, in, from);
        if (!next || *next >= until) break;
        REQUIRE(*next > time);
        found.push_back(text_of(*next));
        time = *next;
      }
      CHECK(found == due);
      // From any other moment the same one comes next.
      for (int i = 0; i < 20; ++i) {
        const WallTime other = from + seconds(random.below(60 * 3'600));
        const auto next = parsed.next_after(other, in, from);
        const auto expected = std::upper_bound(due.begin(), due.end(), text_of(other));
        CHECK((next && *next < until ? text_of(*next) : "") ==
              (expected == due.end() ? "" : *expected));
      }
    }
  }
}

TEST_CASE("Schedule: is quick, whatever it is", "[base]") {
  int asked = 0;
  const TimeZone berlin = zone("Europe/Berlin");
  const TimeZone counting("counting", [&](std::chrono::sys_seconds time) {
    ++asked;
    return berlin.offset_at(time);
  });
  for (const char* text : {"0 0 29 2 *", "59 59 23 29 2 */7", "* * 29 2 *", "0 * 31 12 *",
                           "* * 2 * * *", "30 2 * * *", "every 1s", "0 0 1 1 *"}) {
    for (const char* after : {"2096-03-01 00:00", "2026-10-25 01:00", "2026-03-29 00:59:59"}) {
      INFO(text << " after " << after);
      asked = 0;
      CHECK(schedule(text).next_after(utc(after), counting, utc(after)));
      CHECK(asked < 10'000);
    }
  }
}

TEST_CASE("parse_schedule: refuses nonsense with a hint", "[base]") {
  CHECK(refusal("@dayly") == "\"@dayly\" is not a schedule; did you mean \"@daily\"?");
  CHECK(refusal("daily") == "\"daily\" is not a schedule; did you mean \"@daily\"?");
  CHECK(refusal("1h") == "\"1h\" is not a schedule; did you mean \"every 1h\"?");
  CHECK(refusal("Every 1h") == "\"Every 1h\" is not a schedule; did you mean \"every 1h\"?");
  CHECK(refusal("@every  90m") == "\"@every  90m\" is not a schedule; did you mean \"every 90m\"?");
  CHECK(refusal("@every day").find("\"day\" is not a duration") != std::string::npos);
  CHECK(refusal("every 1M").find("did you mean \"1m\"") != std::string::npos);
  CHECK(refusal("sometimes").find("\"sometimes\" is not a schedule; write \"off\"") == 0);
  CHECK(refusal("@reboot").find("is not a schedule") != std::string::npos);
  CHECK(refusal("").find("is not a schedule") != std::string::npos);
  CHECK(refusal("1 2 3 4") ==
        "\"1 2 3 4\": there are 4 fields; cron has five (minute, hour, day, month, weekday) or "
        "six, with "
        "seconds first");
  CHECK(refusal("1 2 3 4 5 6 7").find("there are 7 fields") != std::string::npos);
  CHECK(refusal("60 * * * *") == "\"60 * * * *\": minute \"60\" is not from 0 to 59");
  CHECK(refusal("-1 * * * *") == "\"-1 * * * *\": minute \"-1\" is not from 0 to 59");
  CHECK(refusal("1- * * * *") == "\"1- * * * *\": minute \"1-\" is not from 0 to 59");
  CHECK(refusal("0 1,,2 * * *") == "\"0 1,,2 * * *\": hour \"1,,2\" is not from 0 to 23");
  CHECK(refusal("/5 * * * *") == "\"/5 * * * *\": minute \"/5\" is not from 0 to 59");
  CHECK(refusal("0 24 * * *") == "\"0 24 * * *\": hour \"24\" is not from 0 to 23");
  CHECK(refusal("0 0 0 * *") == "\"0 0 0 * *\": day of the month \"0\" is not from 1 to 31");
  CHECK(refusal("0 0 L * *") == "\"0 0 L * *\": day of the month \"L\" is not from 1 to 31");
  CHECK(refusal("0 0 1 13 *") ==
        "\"0 0 1 13 *\": month \"13\" is not from 1 to 12 or from jan to dec");
  CHECK(refusal("0 0 * * 8") ==
        "\"0 0 * * 8\": weekday \"8\" is not from 0 to 7 or from sun to sat");
  CHECK(refusal("0 0 * * monday").find("weekday \"monday\"") != std::string::npos);
  CHECK(refusal("0 0 0 0 * * *").find("7 fields") != std::string::npos);
  CHECK(refusal("61 0 0 * * *").find("second \"61\"") != std::string::npos);
  CHECK(refusal("*/0 * * * *") == "\"*/0 * * * *\": minute \"*/0\": the step is not from 1 to 59");
  CHECK(refusal("0 22-2 * * *") ==
        "\"0 22-2 * * *\": hour \"22-2\" ends before it begins; write \"22-23,0-2\"");
  CHECK(refusal("0 0 30 2 *") == "\"0 0 30 2 *\": never due: no month \"2\" has a day \"30\"");
  CHECK_FALSE(refusal("0 0 31 2,4,6,9,11 *").empty());
  CHECK_FALSE(refusal("0 0 30,31 feb */2").empty());
  CHECK(refusal("0 0 29 2 *").empty());
  for (const char* bad :
       {"? * * * *",      "* ? * * *",    "* * * ? *",          ", * * * *",
        "1, * * * *",     "1- * * * *",   "-1 * * * *",         "1-2-3 * * * *",
        "*/ * * * *",     "*/-1 * * * *", "*/1/2 * * * *",      "+1 * * * *",
        "1.5 * * * *",    "** * * * *",   "4294967296 * * * *", "99999999999999999999 * * * *",
        "@daily @hourly", "every",        "every day",          "every 5",
        "every 0",        "every 0s",     "every 999ms",        "every 1500ms",
        "every -1h",      "every 101y",   "every 5300w",        "@every 1h",
        "every 1h *"}) {
    INFO(bad);
    CHECK_FALSE(refusal(bad).empty());
  }
  CHECK(refusal("every 500ms").find("at least \"every 1s\"") != std::string::npos);
}
