// SPDX-License-Identifier: Apache-2.0
#include "base/time_zone.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "base/closest.h"

namespace logd {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::chrono::days kDay{1};
constexpr std::string_view kZoneFolder = "/usr/share/zoneinfo/";
constexpr std::string_view kMagic = "TZif";

bool is_local(std::string_view name) { return name == "local"; }
bool is_utc(std::string_view name) { return name == "UTC" || name == "utc"; }

// Not below right/, whose clocks count leap seconds, and nothing outside of the folder.
bool is_zone_name(const std::string& name) {
  return !name.empty() && name.front() != '/' && name.find("..") == std::string::npos &&
         name.find('\0') == std::string::npos && !name.starts_with("right/");
}

// Empty if there is no such zone.
std::string zone_file(const std::string& name) {
  std::error_code error;
  const std::string path = std::string(kZoneFolder) + name;
  if (!is_zone_name(name) || !std::filesystem::is_regular_file(path, error)) return {};
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return bytes.starts_with(kMagic) ? bytes : std::string();
}

Unexpected no_zone_data() {
  return fail(ErrorCode::not_found,
              fmt::format("no time zone data in {} (Debian's package tzdata): only \"local\" and "
                          "\"UTC\" are known",
                          kZoneFolder));
}

std::vector<std::string> zone_names() {
  try {
    std::vector<std::string> names;
    for (const date::time_zone& zone : date::get_tzdb().zones) names.push_back(zone.name());
    return names;
  } catch (const std::exception&) {
    return {};
  }
}

bool is_same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

// People leave out the continent: "Berlin".
std::optional<std::string> zone_meant(const std::string& name, std::vector<std::string> names) {
  for (const std::string& known : names) {
    const std::size_t city = known.find_last_of('/') + 1;
    if (city > 0 && is_same_word(name, std::string_view(known).substr(city))) return known;
  }
  names.insert(names.end(), {"local", "UTC"});
  return closest(name, names);
}

Unexpected unknown_zone(const std::string& name) {
  std::vector<std::string> names = zone_names();
  if (names.empty()) return no_zone_data();
  const auto meant = zone_meant(name, std::move(names));
  return fail(ErrorCode::invalid,
              fmt::format("unknown time zone \"{}\"; {}", name,
                          meant ? fmt::format("did you mean \"{}\"?", *meant)
                                : "write \"local\", \"UTC\" or a name such as \"Europe/Berlin\""));
}

// The rule behind the last change that a zone's file lists: "CET-1CEST,M3.5.0,M10.5.0/3".
std::string_view rule_of(std::string_view file) {
  if (!file.ends_with('\n')) return {};
  file.remove_suffix(1);
  return file.substr(file.find_last_of('\n') + 1);
}

// The date library does not read the rule, so that a file that lists no more changes than it must
// ("slim") would silently give the wrong time for half of the year.
bool lacks_changes(const date::time_zone& zone, std::string_view file) {
  constexpr date::sys_seconds kSoon{date::sys_days{date::year{2031} / 1 / 1}};
  constexpr date::sys_seconds kNever{date::sys_days{date::year{9999} / 1 / 1}};
  return rule_of(file).find(',') != std::string_view::npos && zone.get_info(kSoon).end > kNever;
}

Result<TimeZone> zone_of_data(const std::string& name, std::string_view file) {
  try {
    const date::time_zone* zone = date::locate_zone(name);
    if (lacks_changes(*zone, file)) {
      return fail(ErrorCode::corrupt,
                  fmt::format("the data of time zone \"{0}\" lists no changes to come (zic -b "
                              "slim); use \"local\" with TZ={0}",
                              name));
    }
    return TimeZone(name, [zone](sys_seconds time) { return zone->get_info(time).offset; });
  } catch (const std::exception& error) {
    return fail(ErrorCode::corrupt, fmt::format("time zone \"{}\": {}", name, error.what()));
  }
}

TimeZone zone_of_c_library() {
  ::tzset();  // localtime_r need not do it
  return {"local", [](sys_seconds time) {
            const std::time_t at = time.time_since_epoch().count();
            std::tm local{};
            return seconds(::localtime_r(&at, &local) != nullptr ? local.tm_gmtoff : 0);
          }};
}

WallTime minus_offset(LocalTime local, seconds offset) {
  return WallTime(local.time_since_epoch() - offset);
}

}  // namespace

TimeZone::TimeZone(std::string name, Offset offset)
    : name_(std::move(name)), offset_(std::move(offset)) {}

TimeZone TimeZone::utc() {
  return {"UTC", [](sys_seconds) { return seconds(0); }};
}

Result<TimeZone> TimeZone::find(const std::string& name) {
  if (is_local(name)) return zone_of_c_library();
  if (is_utc(name)) return utc();
  const std::string file = zone_file(name);
  if (file.empty()) return unknown_zone(name);
  return zone_of_data(name, file);
}

Result<void> check_time_zone(const std::string& name) {
  if (is_local(name) || is_utc(name) || !zone_file(name).empty()) return {};
  return unknown_zone(name);
}

seconds TimeZone::offset_at(WallTime time) const {
  return offset_(std::chrono::floor<seconds>(time));
}

LocalTime TimeZone::local(WallTime time) const {
  return LocalTime(time.time_since_epoch() + offset_at(time));
}

std::optional<WallTime> TimeZone::change(WallTime after, WallTime until) const {
  const seconds offset = offset_at(after);
  sys_seconds same = std::chrono::floor<seconds>(after);
  const sys_seconds last = std::chrono::floor<seconds>(until);
  while (same < last) {
    sys_seconds other = std::min<sys_seconds>(same + kDay, last);
    if (offset_(other) == offset) {
      same = other;
      continue;
    }
    while (other - same > seconds(1)) {
      const sys_seconds middle = same + (other - same) / 2;
      (offset_(middle) == offset ? same : other) = middle;
    }
    return other;
  }
  return std::nullopt;
}

LocalMoments TimeZone::moments(LocalTime local) const {
  using Kind = LocalMoments::Kind;
  // No zone is further from UTC than a day, so that all that can matter lies between these two.
  const WallTime from = minus_offset(local, kDay);
  const WallTime until = minus_offset(local, -kDay);
  const WallTime before = minus_offset(local, offset_at(from));
  const auto changed = change(from, until);
  if (!changed) return {Kind::single, before, before};
  const WallTime after = minus_offset(local, offset_at(*changed));
  if (before < *changed && after >= *changed) return {Kind::doubled, before, after};
  if (before < *changed) return {Kind::single, before, before};
  if (after >= *changed) return {Kind::single, after, after};
  return {Kind::skipped, *changed, *changed};
}

}  // namespace logd
