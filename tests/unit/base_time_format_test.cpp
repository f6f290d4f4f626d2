// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <string>

#include "base/civil_time.h"
#include "base/system_clock.h"
#include "base/time_format.h"
#include "base_times.h"

using namespace logd;

namespace {

WallTime utc(int year, unsigned month, unsigned day, unsigned hour, unsigned minute,
             unsigned second = 0, unsigned nanosecond = 0) {
  return wall_from_civil({year, month, day, hour, minute, second, nanosecond}).value();
}

}  // namespace

TEST_CASE("TimeFormat: UTC", "[base]") {
  const ZoneOfTest zone("CET-1CEST,M3.5.0,M10.5.0/3");
  TimeFormat format(Zone::utc);
  const WallTime time = utc(2026, 11, 21, 22, 17, 0, 123'456'789);
  CHECK(format.clock(time) == "22:17:00.123");
  CHECK(format.date_time(time) == "2026-11-21 22:17:00");
  CHECK(format.iso(time) == "2026-11-21T22:17:00.123456789Z");
}

TEST_CASE("TimeFormat: local time, east and west", "[base]") {
  const WallTime time = utc(2026, 11, 21, 23, 17, 0, 123'456'789);
  SECTION("east") {
    const ZoneOfTest zone("CET-1CEST,M3.5.0,M10.5.0/3");
    TimeFormat format(Zone::local);
    CHECK(format.clock(time) == "00:17:00.123");
    CHECK(format.date_time(time) == "2026-11-22 00:17:00");
    CHECK(format.iso(time) == "2026-11-22T00:17:00.123456789+01:00");
  }
  SECTION("west, half an hour") {
    const ZoneOfTest zone("NST3:30");
    TimeFormat format(Zone::local);
    CHECK(format.iso(time) == "2026-11-21T19:47:00.123456789-03:30");
  }
}

TEST_CASE("TimeFormat: follows the change of summer time, there and back", "[base]") {
  const ZoneOfTest zone("CET-1CEST,M3.5.0,M10.5.0/3");
  TimeFormat format(Zone::local);
  const WallTime before = utc(2026, 3, 29, 0, 59, 59, 999'999'999);
  const WallTime after = utc(2026, 3, 29, 1, 0);
  for (int i = 0; i < 2; ++i) {
    CHECK(format.iso(before) == "2026-03-29T01:59:59.999999999+01:00");
    CHECK(format.iso(after) == "2026-03-29T03:00:00.000000000+02:00");
  }
}

TEST_CASE("TimeFormat: before 1970", "[base]") {
  const ZoneOfTest zone("CET-1");
  TimeFormat format(Zone::local);
  CHECK(format.iso(utc(1969, 12, 31, 23, 30)) == "1970-01-01T00:30:00.000000000+01:00");
}

TEST_CASE("SystemClock: tells the time of the C library, and never steps back", "[base]") {
  const SystemClock clock;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(clock.wall_now());
  CHECK(std::abs(seconds.time_since_epoch().count() - std::time(nullptr)) <= 1);
  const MonoTime first = clock.mono_now();
  CHECK(clock.mono_now() >= first);
}
