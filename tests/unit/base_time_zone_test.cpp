// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "base/time_zone.h"
#include "base_times.h"

using namespace logd;
using Kind = LocalMoments::Kind;

namespace {

void check_moments(const TimeZone& in, const std::string& local, Kind kind,
                   const std::string& first, const std::string& last) {
  INFO(in.name() << " " << local);
  const LocalMoments found = in.moments(local_time(local));
  CHECK(found.kind == kind);
  CHECK(text_of(found.first) == first);
  CHECK(text_of(found.last) == last);
}

}  // namespace

TEST_CASE("TimeZone: UTC and local need no data", "[base]") {
  const TimeZone utc_zone = zone("UTC");
  CHECK(utc_zone.offset_at(utc("2026-07-01 00:00")).count() == 0);
  check_moments(utc_zone, "2026-03-29 02:30", Kind::single, "2026-03-29 02:30:00",
                "2026-03-29 02:30:00");
  CHECK(zone("utc").name() == "UTC");
}

TEST_CASE("TimeZone: from UTC", "[base]") {
  const auto shows = [](const char* name, const char* time) {
    return text_of(zone(name).local(utc(time)));
  };
  CHECK(shows("Europe/Berlin", "2026-01-01 12:00") == "2026-01-01 13:00:00");
  CHECK(shows("Europe/Berlin", "2026-07-01 12:00") == "2026-07-01 14:00:00");
  CHECK(shows("America/New_York", "2026-01-01 02:00") == "2025-12-31 21:00:00");
  CHECK(shows("Australia/Lord_Howe", "2026-01-01 00:00") == "2026-01-01 11:00:00");
  CHECK(shows("Australia/Lord_Howe", "2026-07-01 00:00") == "2026-07-01 10:30:00");
  CHECK(shows("Asia/Kathmandu", "2026-07-01 00:00") == "2026-07-01 05:45:00");
  CHECK(shows("Etc/GMT+5", "2026-07-01 00:00") == "2026-06-30 19:00:00");
}

TEST_CASE("TimeZone: skipped local times", "[base]") {
  const TimeZone berlin = zone("Europe/Berlin");
  check_moments(berlin, "2026-03-29 01:59:59", Kind::single, "2026-03-29 00:59:59",
                "2026-03-29 00:59:59");
  check_moments(berlin, "2026-03-29 02:00", Kind::skipped, "2026-03-29 01:00:00",
                "2026-03-29 01:00:00");
  check_moments(berlin, "2026-03-29 02:59:59", Kind::skipped, "2026-03-29 01:00:00",
                "2026-03-29 01:00:00");
  check_moments(berlin, "2026-03-29 03:00", Kind::single, "2026-03-29 01:00:00",
                "2026-03-29 01:00:00");
  check_moments(zone("Australia/Lord_Howe"), "2026-10-04 02:15", Kind::skipped,
                "2026-10-03 15:30:00", "2026-10-03 15:30:00");
  check_moments(zone("America/Sao_Paulo"), "2018-11-04 00:00", Kind::skipped, "2018-11-04 03:00:00",
                "2018-11-04 03:00:00");
  // Samoa left out a whole day.
  check_moments(zone("Pacific/Apia"), "2011-12-30 12:00", Kind::skipped, "2011-12-30 10:00:00",
                "2011-12-30 10:00:00");
}

TEST_CASE("TimeZone: doubled local times", "[base]") {
  const TimeZone berlin = zone("Europe/Berlin");
  check_moments(berlin, "2026-10-25 01:59:59", Kind::single, "2026-10-24 23:59:59",
                "2026-10-24 23:59:59");
  check_moments(berlin, "2026-10-25 02:00", Kind::doubled, "2026-10-25 00:00:00",
                "2026-10-25 01:00:00");
  check_moments(berlin, "2026-10-25 02:59:59", Kind::doubled, "2026-10-25 00:59:59",
                "2026-10-25 01:59:59");
  check_moments(berlin, "2026-10-25 03:00", Kind::single, "2026-10-25 02:00:00",
                "2026-10-25 02:00:00");
  check_moments(zone("Australia/Lord_Howe"), "2026-04-05 01:45", Kind::doubled,
                "2026-04-04 14:45:00", "2026-04-04 15:15:00");
  check_moments(zone("America/Sao_Paulo"), "2018-02-17 23:30", Kind::doubled, "2018-02-18 01:30:00",
                "2018-02-18 02:30:00");
}

TEST_CASE("TimeZone: finds the next change", "[base]") {
  const TimeZone berlin = zone("Europe/Berlin");
  const WallTime winter = utc("2026-01-01 00:00");
  CHECK(text_of(berlin.change(winter, utc("2027-01-01 00:00")).value()) == "2026-03-29 01:00:00");
  CHECK(text_of(berlin.change(winter, utc("2026-03-29 01:00")).value()) == "2026-03-29 01:00:00");
  CHECK_FALSE(berlin.change(winter, utc("2026-03-29 00:59:59")));
  CHECK_FALSE(berlin.change(utc("2026-03-29 01:00"), utc("2026-10-25 00:59:59")));
  CHECK_FALSE(berlin.change(winter, winter));
  CHECK_FALSE(zone("UTC").change(winter, utc("2100-01-01 00:00")));
}

TEST_CASE("TimeZone: local is the zone of the C library, however TZ spells it", "[base]") {
  const char* const spelling =
      GENERATE("Europe/Berlin", ":Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3",
               "/usr/share/zoneinfo/Europe/Berlin");
  const ZoneOfTest environment(spelling);
  INFO(spelling);
  check_moments(zone("local"), "2026-03-29 02:30", Kind::skipped, "2026-03-29 01:00:00",
                "2026-03-29 01:00:00");
  check_moments(zone("local"), "2026-10-25 02:30", Kind::doubled, "2026-10-25 00:30:00",
                "2026-10-25 01:30:00");
}

TEST_CASE("TimeZone: there and back, the same in the C library and the data", "[base]") {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                           "America/Sao_Paulo", "Asia/Beirut", "Africa/Casablanca", "UTC"}) {
    const ZoneOfTest environment(name);
    const TimeZone of_data = zone(name);
    const TimeZone of_c_library = zone("local");
    // Every 67 minutes from 2017 to 2027.
    for (WallTime time = utc("2017-01-01 00:00"); time < utc("2027-01-01 00:00");
         time += std::chrono::minutes(67)) {
      const LocalTime shown = of_data.local(time);
      const LocalMoments back = of_data.moments(shown);
      const bool is_same = of_c_library.local(time) == shown;
      const bool is_back = back.kind != Kind::skipped && (back.first == time || back.last == time);
      if (is_same && is_back) continue;
      FAIL_CHECK(name << " " << text_of(time));
    }
  }
}

TEST_CASE("TimeZone: refuses unknown names with a hint", "[base]") {
  const auto refusal = [](const std::string& name) {
    const auto checked = check_time_zone(name);
    const auto found = TimeZone::find(name);
    REQUIRE_FALSE(checked);
    REQUIRE_FALSE(found);
    CHECK(checked.error().code == ErrorCode::invalid);
    CHECK(checked.error().message() == found.error().message());
    return checked.error().message();
  };
  CHECK(refusal("Europe/Berln") ==
        "unknown time zone \"Europe/Berln\"; did you mean \"Europe/Berlin\"?");
  CHECK(refusal("europe/berlin") ==
        "unknown time zone \"europe/berlin\"; did you mean \"Europe/Berlin\"?");
  CHECK(refusal("berlin") == "unknown time zone \"berlin\"; did you mean \"Europe/Berlin\"?");
  CHECK(refusal("Local") == "unknown time zone \"Local\"; did you mean \"local\"?");
  for (const char* bad : {"", "Mars/Olympus_Mons", "/etc/localtime", "../zoneinfo/UTC", "Europe",
                          "zone.tab", "right/UTC", "CET-1CEST,M3.5.0,M10.5.0/3"}) {
    INFO(bad);
    CHECK(refusal(bad).find("unknown time zone") == 0);
  }
  CHECK(check_time_zone("Europe/Berlin"));
  CHECK(check_time_zone("UTC"));
  CHECK(check_time_zone("local"));
}

TEST_CASE("check_time_zone: takes what find takes, for every file of the system", "[base]") {
  const std::filesystem::path folder = "/usr/share/zoneinfo";
  int zones = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder);
    // Copies of all the others, which are not taken; each hint takes its time.
    if (name.starts_with("right/") || name.starts_with("posix/")) continue;
    INFO(name);
    const bool is_found = TimeZone::find(name).has_value();
    CHECK(check_time_zone(name).has_value() == is_found);
    zones += is_found ? 1 : 0;
  }
  CHECK(zones > 300);
}
