// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>

#include "query/histogram.h"

using namespace logd;
using namespace std::chrono_literals;

namespace {

const std::vector<Bar> kBars = {{"10:00", 16}, {"10:01", 0}, {"10:02", 1}, {"10:03", 9}};

WallTime second(int n) { return WallTime{1'795'299'420s} + std::chrono::seconds(n); }

Counts lines(std::uint64_t out, std::uint64_t err) {
  Counts counts;
  counts.out = out;
  counts.err = err;
  return counts;
}

}  // namespace

TEST_CASE("A histogram fills its width with its longest bar", "[query]") {
  CHECK(draw_histogram(kBars, 27, BarStyle::ascii) ==
        "10:00  16  ################\n"
        "10:01   0\n"
        "10:02   1  #\n"
        "10:03   9  #########\n");
  // A column is two.
  CHECK(draw_histogram(kBars, 19, BarStyle::blocks) ==
        "10:00  16  ████████\n"
        "10:01   0\n"
        "10:02   1  ▌\n"
        "10:03   9  ████▌\n");
}

TEST_CASE("A histogram shows what is there however little it is", "[query]") {
  const std::vector<Bar> bars = {{"a", 1}, {"b", 18'446'744'073'709'551'615U}};
  CHECK(draw_histogram(bars, 0, BarStyle::ascii) ==
        "a                     1  #\n"
        "b  18446744073709551615  ########\n");
  CHECK(draw_histogram(bars, 0, BarStyle::blocks) ==
        "a                     1  ▏\n"
        "b  18446744073709551615  ████████\n");
  CHECK(draw_histogram({}, 80, BarStyle::blocks).empty());
  CHECK(draw_histogram({{"a", 0}}, 80, BarStyle::ascii) == "a  0\n");
}

TEST_CASE("There is a bar for each bucket, also the empty ones between", "[query]") {
  CountsByTime by_time(TimeBuckets(5s, TimeZone::utc()));
  for (const int n : {0, 4, 17}) by_time.add(by_time.bucket_of(second(n)), lines(1, 2));
  TimeFormat times(Zone::utc);
  const auto bars = bars_of(by_time, {true, false, false}, times);
  CHECK(draw_histogram(bars, 31, BarStyle::ascii) ==
        "2026-11-21 22:17:00  2  ########\n"
        "2026-11-21 22:17:05  0\n"
        "2026-11-21 22:17:10  0\n"
        "2026-11-21 22:17:15  1  ####\n");
}

TEST_CASE("A hole of years is one bar", "[query]") {
  CountsByTime by_time(TimeBuckets(1s, TimeZone::utc()));
  for (const int n : {0, 101, 300'000'000}) {
    by_time.add(by_time.bucket_of(second(n)), lines(1, 0));
  }
  TimeFormat times(Zone::utc);
  const auto bars = bars_of(by_time, {true, true, true}, times);
  REQUIRE(bars.size() == 104);
  CHECK(bars[101].count == 1);
  CHECK(bars[102].label == "...");
  CHECK_FALSE(bars[102].count);
  CHECK(bars[103].count == 1);
}

TEST_CASE("A bucket's label is as fine as its length", "[query]") {
  TimeFormat times(Zone::utc);
  CHECK(bucket_label(second(0), 30s, times) == "2026-11-21 22:17:00");
  CHECK(bucket_label(second(0), 1min, times) == "2026-11-21 22:17");
  CHECK(bucket_label(second(0), 24h, times) == "2026-11-21");
}
