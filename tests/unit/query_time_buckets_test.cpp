// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "logd/record.h"
#include "query/time_buckets.h"

using namespace logd;
using namespace std::chrono_literals;
using std::chrono::days;

namespace {

WallTime at(const std::string& time) {
  return parse_time(time + std::string("2026-01-01T00:00:00.000000000").substr(time.size()))
      .value();
}

std::string text(WallTime time) { return time_text(time).substr(0, 19); }

std::string bucket(TimeBuckets& buckets, const std::string& time) {
  const TimeBucket found = buckets.of(at(time));
  return text(found.begin) + " " + text(found.end);
}

TimeZone paris() { return TimeZone::find("Europe/Paris").value(); }

}  // namespace

TEST_CASE("The round length is the least with which few buckets are enough", "[query]") {
  const WallTime first = at("2026-11-21T22:17:00");
  const auto length = [&](Nanoseconds span, std::size_t most = 24) {
    return round_length(first, first + span, most);
  };
  CHECK(length(0ns) == 1s);
  CHECK(length(23s) == 1s);
  CHECK(length(24s) == 2s);
  CHECK(length(100s) == 5s);
  CHECK(length(1h) == 5min);
  CHECK(length(23h + 59min) == 1h);
  CHECK(length(24h) == 2h);
  CHECK(length(days(24) - 1s) == days(1));
  CHECK(length(days(40)) == days(2));
  CHECK(length(days(100)) == days(7));
  CHECK(length(days(365)) == days(28));
  CHECK(length(days(36500)) <= days(28) * 64);
  CHECK(length(10s, 1) == 15s);
}

TEST_CASE("Buckets below an hour are the same in every zone", "[query]") {
  TimeBuckets minutes(60s, paris());
  CHECK(bucket(minutes, "2026-11-21T22:17:00") == "2026-11-21T22:17:00 2026-11-21T22:18:00");
  CHECK(bucket(minutes, "2026-11-21T22:17:59.999999999") ==
        "2026-11-21T22:17:00 2026-11-21T22:18:00");
  TimeBuckets fives(5s, TimeZone::utc());
  CHECK(bucket(fives, "1970-01-01T00:00:04") == "1970-01-01T00:00:00 1970-01-01T00:00:05");
}

TEST_CASE("Hours and days begin as the zone's clocks show them", "[query]") {
  TimeBuckets sixes(6h, paris());
  CHECK(bucket(sixes, "2026-07-01T05:00:00") == "2026-07-01T04:00:00 2026-07-01T10:00:00");
  TimeBuckets one(days(1), paris());
  CHECK(bucket(one, "2026-07-01T22:00:00") == "2026-07-01T22:00:00 2026-07-02T22:00:00");
  CHECK(bucket(one, "2026-07-01T21:59:59") == "2026-06-30T22:00:00 2026-07-01T22:00:00");
  TimeBuckets weeks(days(7), TimeZone::utc());
  // A Sunday.
  CHECK(bucket(weeks, "2026-11-22T10:00:00") == "2026-11-16T00:00:00 2026-11-23T00:00:00");
  const TimeZone india("India", [](auto) { return 5h + 30min; });
  TimeBuckets hours(1h, india);
  CHECK(bucket(hours, "2026-07-01T10:00:00") == "2026-07-01T09:30:00 2026-07-01T10:30:00");
}

TEST_CASE("Where the clocks are set a day is as long as it is, and no hour is lost", "[query]") {
  TimeBuckets one(days(1), paris());
  // 25 hours, and 23.
  CHECK(bucket(one, "2026-10-25T12:00:00") == "2026-10-24T22:00:00 2026-10-25T23:00:00");
  CHECK(bucket(one, "2026-03-29T12:00:00") == "2026-03-28T23:00:00 2026-03-29T22:00:00");
  TimeBuckets hours(1h, paris());
  // 02:30, twice.
  CHECK(bucket(hours, "2026-10-25T00:30:00") == "2026-10-25T00:00:00 2026-10-25T01:00:00");
  CHECK(bucket(hours, "2026-10-25T01:30:00") == "2026-10-25T01:00:00 2026-10-25T02:00:00");
  TimeBuckets sixes(6h, paris());
  CHECK(bucket(sixes, "2026-10-24T23:00:00") == "2026-10-24T22:00:00 2026-10-25T01:00:00");
  CHECK(bucket(sixes, "2026-10-25T01:00:00") == "2026-10-25T01:00:00 2026-10-25T05:00:00");
}

TEST_CASE("Buckets lie side by side and hold what is in them", "[query]") {
  std::mt19937_64 random(5);
  for (const std::chrono::seconds length :
       {1s, 15s, 900s, 1800s, 3600s, 6 * 3600s, 86'400s, 7 * 86'400s}) {
    TimeBuckets buckets(length, paris());
    TimeBuckets others(length, paris());
    for (int i = 0; i < 100; ++i) {
      const WallTime time = at("2020") + Nanoseconds(random() % (std::uint64_t{1} << 58));
      const TimeBucket found = buckets.of(time);
      CAPTURE(length.count(), text(time), text(found.begin), text(found.end));
      CHECK(found.holds(time));
      CHECK(buckets.of(found.begin) == found);
      CHECK(others.of(found.end - 1ns) == found);
      CHECK(others.of(found.end).begin == found.end);
    }
  }
}

TEST_CASE("Moments that no clock shows are in a bucket too", "[query]") {
  for (const std::chrono::seconds length : {1s, 3600s, 86'400s * 28}) {
    TimeBuckets buckets(length, TimeZone::utc());
    for (const WallTime time : {WallTime::min(), WallTime::max() - 1ns, WallTime()}) {
      CHECK(buckets.of(time).holds(time));
    }
  }
  TimeBuckets all;
  CHECK(all.of(WallTime()).holds(at("2026-11-21")));
}
