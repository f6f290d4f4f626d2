// Spells times for the tests of zones and schedules, and makes a zone the local one for a while.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

#include "base/civil_time.h"
#include "base/time_zone.h"

namespace logd {

// The time of "2026-03-29 02:30:00"; the seconds may be left out.
inline WallTime utc(const std::string& text) {
  CivilTime civil;
  const int read = std::sscanf(text.c_str(), "%d-%u-%u %u:%u:%u", &civil.year, &civil.month,
                               &civil.day, &civil.hour, &civil.minute, &civil.second);
  REQUIRE(read >= 5);
  return wall_from_civil(civil).value();
}

inline LocalTime local_time(const std::string& text) {
  return LocalTime(utc(text).time_since_epoch());
}

// "2026-03-29 02:30:00".
inline std::string text_of(WallTime time) {
  const CivilTime civil = civil_from_wall(time);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02u:%02u:%02u", civil.year, civil.month,
                civil.day, civil.hour, civil.minute, civil.second);
  return text;
}

inline std::string text_of(LocalTime time) { return text_of(WallTime(time.time_since_epoch())); }

inline TimeZone zone(const std::string& name) {
  INFO(name);
  auto found = TimeZone::find(name);
  REQUIRE(found);
  return std::move(*found);
}

// Sets the zone of the environment, until the end of the test.
class ZoneOfTest {
 public:
  explicit ZoneOfTest(const char* zone) {
    if (const char* old = std::getenv("TZ")) before_ = old;
    setenv("TZ", zone, 1);
    tzset();
  }
  ~ZoneOfTest() {
    if (before_) {
      setenv("TZ", before_->c_str(), 1);
    } else {
      unsetenv("TZ");
    }
    tzset();
  }
  ZoneOfTest(const ZoneOfTest&) = delete;
  ZoneOfTest& operator=(const ZoneOfTest&) = delete;

 private:
  std::optional<std::string> before_;
};

}  // namespace logd
