// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "base_times.h"
#include "query/time_expression.h"

using namespace logd;

namespace {

const WallTime kNow = *wall_from_civil({2026, 11, 21, 22, 17});  // a Saturday

std::string moment(std::string_view text, TimeBound bound = TimeBound::since,
                   const TimeZone& in = TimeZone::utc(), WallTime now = kNow) {
  const auto parsed = parse_time_expression(text, bound, now, in);
  if (!parsed) return parsed.error().message();
  const auto* const time = std::get_if<WallTime>(&*parsed);
  return time == nullptr ? "a run" : text_of(*time);
}

std::string since_in(const char* name, std::string_view text, WallTime now = kNow) {
  return moment(text, TimeBound::since, zone(name), now);
}

std::string until_in(const char* name, std::string_view text, WallTime now = kNow) {
  return moment(text, TimeBound::until, zone(name), now);
}

std::string error_of(std::string_view text) {
  const auto parsed = parse_time_expression(text, TimeBound::since, kNow, TimeZone::utc());
  INFO(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == ErrorCode::invalid);
  return parsed.error().message();
}

// The character above the caret, with what follows it.
std::string marked(std::string_view text) {
  const std::string message = error_of(text);
  const std::size_t caret = message.rfind('^');
  const std::size_t line = message.rfind('\n');
  return std::string(text.substr(std::min(text.size(), caret - line - 5)));
}

bool says(std::string_view text, const std::string& what) {
  const std::string message = error_of(text);
  INFO(message);
  const bool found = message.find(what) != std::string::npos;
  CHECK(found);
  return found;
}

Nanoseconds below_second(std::string_view text) {
  const auto time = parse_moment(text, TimeBound::since, kNow, TimeZone::utc());
  REQUIRE(time);
  return time->time_since_epoch() % std::chrono::seconds(1);
}

}  // namespace

TEST_CASE("parse_time_expression: RFC 3339 with its offset", "[query]") {
  CHECK(moment("2026-11-21T22:17:00Z") == "2026-11-21 22:17:00");
  CHECK(moment("2026-11-21t22:17:00z") == "2026-11-21 22:17:00");
  CHECK(moment("2026-11-21T23:17:00+01:00") == "2026-11-21 22:17:00");
  CHECK(moment("2026-11-21 20:17:00 -0200") == "2026-11-21 22:17:00");
  CHECK(moment("2026-11-21 20:17:00-02") == "2026-11-21 22:17:00");
  CHECK(moment("2026-11-21 20:17 UTC") == "2026-11-21 20:17:00");
  CHECK(moment("2016-12-31T23:59:60Z") == "2017-01-01 00:00:00");  // a leap second
  CHECK(since_in("Asia/Tokyo", "2026-11-21T22:17:00Z") == "2026-11-21 22:17:00");
  CHECK(below_second("2026-11-21T22:17:00.123456789Z") == Nanoseconds(123'456'789));
  CHECK(below_second("2026-11-21T22:17:00.5") == Nanoseconds(500'000'000));
  CHECK(below_second("2026-11-21 22:17:00,25+01:00") == Nanoseconds(250'000'000));
  CHECK(below_second("2026-11-21T22:17:00.1234567899") == Nanoseconds(123'456'789));
}

TEST_CASE("parse_time_expression: without an offset the zone counts", "[query]") {
  CHECK(moment("2026-11-22") == "2026-11-22 00:00:00");
  CHECK(since_in("Europe/Berlin", "2026-11-22") == "2026-11-21 23:00:00");
  CHECK(until_in("Europe/Berlin", "2026-11-22") == "2026-11-21 23:00:00");
  CHECK(since_in("Europe/Berlin", "2026-11-22 10:00") == "2026-11-22 09:00:00");
  CHECK(since_in("Europe/Berlin", "2026-07-22T10:00:05") == "2026-07-22 08:00:05");
  CHECK(since_in("Asia/Kathmandu", "2026-11-22 10:00:00.5") == "2026-11-22 04:15:00");
}

TEST_CASE("parse_time_expression: today, yesterday and the days of the week", "[query]") {
  CHECK(moment("now") == text_of(kNow));
  CHECK(moment("today") == "2026-11-21 00:00:00");
  CHECK(moment(" Yesterday ") == "2026-11-20 00:00:00");
  CHECK(moment("yesterday 22:30") == "2026-11-20 22:30:00");
  CHECK(moment("today 22:30:01") == "2026-11-21 22:30:01");  // though it is still to come
  CHECK(moment("saturday") == "2026-11-21 00:00:00");        // is today
  CHECK(moment("SUN") == "2026-11-15 00:00:00");
  CHECK(moment("friday 08:00 +02:00") == "2026-11-20 06:00:00");
  // In Tokyo it is the 22nd already.
  CHECK(since_in("Asia/Tokyo", "today") == "2026-11-21 15:00:00");
  CHECK(since_in("America/New_York", "today") == "2026-11-21 05:00:00");
}

TEST_CASE("parse_time_expression: a time of day is the latest that has been", "[query]") {
  CHECK(moment("10:00") == "2026-11-21 10:00:00");
  CHECK(moment("9:05") == "2026-11-21 09:05:00");
  CHECK(moment("22:17") == "2026-11-21 22:17:00");  // now
  CHECK(moment("22:17:01") == "2026-11-20 22:17:01");
  CHECK(moment("23:59:59.5") == "2026-11-20 23:59:59");
  CHECK(moment("23:00", TimeBound::until) == "2026-11-20 23:00:00");
  CHECK(moment("10:00Z") == "2026-11-21 10:00:00");
  CHECK(since_in("Asia/Tokyo", "07:00") == "2026-11-21 22:00:00");
  CHECK(since_in("Asia/Tokyo", "07:30") == "2026-11-20 22:30:00");
}

TEST_CASE("parse_time_expression: lengths of time before now", "[query]") {
  CHECK(moment("2h") == "2026-11-21 20:17:00");
  CHECK(moment("-1h30m") == "2026-11-21 20:47:00");
  CHECK(moment("90s") == "2026-11-21 22:15:30");
  CHECK(moment("90s ago") == "2026-11-21 22:15:30");
  CHECK(moment("2 hours ago") == "2026-11-21 20:17:00");
  CHECK(moment("1 Hour 30 minutes ago") == "2026-11-21 20:47:00");
  CHECK(moment("1.5d") == "2026-11-20 10:17:00");
  CHECK(moment("1w") == "2026-11-14 22:17:00");
  CHECK(moment("4000w") == "1970-01-01 00:00:00");
}

TEST_CASE("parse_time_expression: seconds since 1970, and finer", "[query]") {
  CHECK(moment("@1795299420") == text_of(kNow));
  CHECK(moment("@0") == "1970-01-01 00:00:00");
  CHECK(moment("@1795299420000") == text_of(kNow));
  CHECK(moment("@1795299420000000") == text_of(kNow));
  CHECK(moment("@1795299420000000000") == text_of(kNow));
  CHECK(below_second("@1795299420.25") == Nanoseconds(250'000'000));
  CHECK(below_second("@1795299420123") == Nanoseconds(123'000'000));
  CHECK(below_second("@1795299420123456789") == Nanoseconds(123'456'789));
  CHECK(says("@", "needs seconds since 1970"));
  CHECK(says("@x", "needs seconds since 1970"));
  CHECK(says("@1795299420x", "is not a number"));
  CHECK(says("@1795299420.", "no digits"));
  CHECK(says("@1795299420000.5", "is not a number"));
  CHECK(says("@99999999999", "later than the year 2255"));
  CHECK(says("@9999999999999999999", "later than the year 2255"));
  CHECK(says("@99999999999999999999", "more digits"));
}

TEST_CASE("parse_time_expression: runs are left to the caller", "[query]") {
  const auto run = [](std::string_view text) {
    const auto parsed = parse_time_expression(text, TimeBound::since, kNow, TimeZone::utc());
    REQUIRE(parsed);
    return std::get<RunStart>(*parsed).run;
  };
  CHECK(run("run:-1") == -1);
  CHECK(run("run:0") == 0);
  CHECK(run("RUN:7") == 7);
  CHECK(says("run:", "no number of a run"));
  CHECK(says("run:x", "no number of a run"));
  CHECK(says("run:99999999999999999999", "no number of a run"));
  CHECK_FALSE(parse_moment("run:-1", TimeBound::since, kNow, TimeZone::utc()));
}

// Berlin: 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00 (01:00 UTC both times).
TEST_CASE("parse_time_expression: what clocks skip is the first moment after", "[query]") {
  const WallTime now = utc("2026-03-30 12:00");
  CHECK(since_in("Europe/Berlin", "2026-03-29 02:30", now) == "2026-03-29 01:00:00");
  CHECK(until_in("Europe/Berlin", "2026-03-29 02:30", now) == "2026-03-29 01:00:00");
  CHECK(since_in("Europe/Berlin", "yesterday 02:30", now) == "2026-03-29 01:00:00");
  CHECK(since_in("Europe/Berlin", "02:30", utc("2026-03-29 12:00")) == "2026-03-29 01:00:00");
  CHECK(since_in("Europe/Berlin", "2026-03-29 01:59", now) == "2026-03-29 00:59:00");
  CHECK(since_in("Europe/Berlin", "2026-03-29 03:00", now) == "2026-03-29 01:00:00");
}

TEST_CASE("parse_time_expression: what clocks show twice takes in more", "[query]") {
  const WallTime now = utc("2026-10-26 12:00");
  CHECK(since_in("Europe/Berlin", "2026-10-25 02:30", now) == "2026-10-25 00:30:00");
  CHECK(until_in("Europe/Berlin", "2026-10-25 02:30", now) == "2026-10-25 01:30:00");
  CHECK(since_in("Europe/Berlin", "2026-10-25 02:30+01:00", now) == "2026-10-25 01:30:00");
  // Between the two, the second one is still to come.
  CHECK(until_in("Europe/Berlin", "02:30", utc("2026-10-25 01:10")) == "2026-10-25 00:30:00");
  CHECK(until_in("Europe/Berlin", "02:30", utc("2026-10-25 01:30")) == "2026-10-25 01:30:00");
  CHECK(since_in("Europe/Berlin", "02:30", utc("2026-10-25 01:40")) == "2026-10-25 00:30:00");
}

TEST_CASE("parse_time_expression: a day without a midnight, and one with two", "[query]") {
  // Beirut's clocks went from 0:00 to 1:00 on 2022-03-27, Havana's from 1:00 to 0:00.
  CHECK(since_in("Asia/Beirut", "2022-03-27") == "2022-03-26 22:00:00");
  CHECK(since_in("America/Havana", "2022-11-06") == "2022-11-06 04:00:00");
  CHECK(until_in("America/Havana", "2022-11-06") == "2022-11-06 04:00:00");
}

TEST_CASE("parse_time_expression: messages say what is wrong, where, and what to write",
          "[query]") {
  CHECK(error_of("2026-13-22") ==
        "--since \"2026-13-22\" has no month 13; months are 01 to 12\n"
        "    2026-13-22\n"
        "         ^");
  CHECK(marked("2026-02-30") == "30");
  CHECK(says("2026-02-30", "has no day 30; 2026-02 ends earlier"));
  CHECK(marked("2026-11-22 25:00") == "25:00");
  CHECK(says("10:60", "minutes are 0 to 59"));
  CHECK(says("10:", "has no minutes"));
  CHECK(marked("2026-11-22T10:00:61") == "61");
  CHECK(says("2026-11", "has no day"));
  CHECK(says("2026-11-21T", "behind the T"));
  CHECK(says("2026-11-21T22", "has no minutes"));
  CHECK(says("2026-11-21T22:17:00+1", "offset as +01:00"));
  CHECK(says("2026-11-21T22:17:00+24:00", "offset as +01:00"));
  CHECK(says("2026-11-21T22:17:00.Z", "no digits behind the point"));
  CHECK(says("2026-11-21 noon", "more behind the day"));
  CHECK(says("10:00 pm", "hours are 0 to 23"));
  CHECK(says("1500-01-01", "1678 to 2261"));
  CHECK(says("", "is empty"));
  CHECK(says("  ", "is empty"));
  CHECK(says("-", "neither a time nor a length of time"));
  CHECK(says("90", "has no unit; write for example 90s"));
  CHECK(says("5M", "neither a time nor"));
  CHECK(marked("5m1h2x") == "x");
  CHECK(says("+1h", "future"));
  CHECK(says("tomorrow", "future"));
  CHECK(says(std::string(65, '1'), "too long"));
}

TEST_CASE("parse_time_expression: near words are suggested", "[query]") {
  CHECK(says("yesteday", "did you mean yesterday?"));
  CHECK(says("todya", "did you mean today?"));
  CHECK(says("Wendesday", "did you mean wednesday?"));
  CHECK(says("elephant", "write for example 10:30"));
}

TEST_CASE("parse_time_expression: a date that can be read in two ways is refused", "[query]") {
  CHECK(says("01/02/03", "write 2003-02-01 or 2003-01-02"));
  CHECK(says("1.2.2026", "write 2026-02-01 or 2026-01-02"));
  CHECK(says("01-02-26", "write 2026-02-01 or 2026-01-02"));
  CHECK(says("25/12/2026 10:00", "write 2026-12-25\n"));
  CHECK(says("12/25/2026", "write 2026-12-25\n"));
  CHECK(says("02/02/2026", "write 2026-02-02\n"));
  CHECK(says("99/99/99", "write for example 2026-11-22"));
  CHECK(says("2026/11/22", "is no date; write 2026-11-22"));
}

TEST_CASE("parse_time_expression: a message never holds what a terminal acts on", "[query]") {
  const std::string message = error_of("\x1b]0;x\x07 \xff");
  for (const char c : message) CHECK((c == '\n' || (c >= ' ' && c <= '~')));
}

TEST_CASE("parse_time_range: both ends, the first in and the last out", "[query]") {
  const auto range = [](std::string_view since, std::string_view until, WallTime now = kNow) {
    return parse_time_range(since, until, now, TimeZone::utc());
  };
  CHECK_FALSE(range("", "")->since);
  CHECK_FALSE(range("", "")->until);
  const auto time = [](const std::optional<TimeExpression>& end) {
    REQUIRE(end);
    return text_of(std::get<WallTime>(*end));
  };
  CHECK(time(range("9:00", "10:00")->until) == "2026-11-21 10:00:00");
  // At half past nine, ten is still to come, yet nobody means yesterday's.
  CHECK(time(range("9:00", "10:00", utc("2026-11-21 09:30"))->until) == "2026-11-21 10:00:00");
  CHECK(time(range("22:00", "02:00", utc("2026-11-21 09:30"))->until) == "2026-11-21 02:00:00");
  CHECK(time(range("3d", "10:00")->until) == "2026-11-21 10:00:00");
  CHECK(time(range("2026-11-10 12:00", "2026-11-10 13:00")->since) == "2026-11-10 12:00:00");
  const auto empty = range("today", "yesterday");
  REQUIRE_FALSE(empty);
  CHECK(empty.error().message().find("2026-11-20T00:00:00Z") != std::string::npos);
  CHECK_FALSE(range("today", "today"));
  CHECK(range("run:-1", "run:0"));
  CHECK_FALSE(range("", "x"));
  CHECK(range("", "x").error().message().starts_with("--until \"x\""));
}

TEST_CASE("parse_time_expression: takes any bytes", "[query]") {
  std::mt19937 random(7);
  const std::string alphabet = "0123456789-:/.@+ TZrunagoymdhs\x80\xff\x1b";
  const TimeZone berlin = zone("Europe/Berlin");
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 24, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    const auto parsed = parse_time_range(text, text, kNow, berlin);
    if (!parsed) REQUIRE(parsed.error().code == ErrorCode::invalid);
  }
}
