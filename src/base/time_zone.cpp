// SPDX-License-Identifier: Apache-2.0
#include "base/time_zone.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
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

// Not below right/, whose clocks count leap seconds, nothing outside of the folder, and nothing
// that the date library passes over, since it is not a zone or is one under a second name.
bool is_zone_name(const std::string& name) {
  return !name.empty() && name.front() != '/' && name.find("..") == std::string::npos &&
         name.find('\0') == std::string::npos && !name.starts_with("right/") &&
         !name.starts_with("posix/") && name != "posixrules" && name != "localtime" &&
         name != "Factory";
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

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// The last change that the file of a zone lists (RFC 8536); nothing if it lists none. The second
// header and block, with eight bytes for a time, follow those with four.
std::optional<sys_seconds> last_change(std::string_view file) {
  constexpr std::size_t kHeaderBytes = 44;
  constexpr std::size_t kCounts = 20;
  const auto count = [&](std::size_t header, std::size_t index) {
    return big_endian(file.substr(std::min(header + kCounts + 4 * index, file.size()), 4));
  };
  const std::uint64_t times = count(0, 3);
  const std::uint64_t block =
      times * 5 + count(0, 4) * 6 + count(0, 5) + count(0, 2) * 8 + count(0, 1) + count(0, 0);
  const std::uint64_t header = kHeaderBytes + block;
  if (header + kHeaderBytes > file.size() || count(header, 3) == 0) return std::nullopt;
  const std::uint64_t at = header + kHeaderBytes + 8 * (count(header, 3) - 1);
  if (at + 8 > file.size()) return std::nullopt;
  return sys_seconds(seconds(static_cast<std::int64_t>(big_endian(file.substr(at, 8)))));
}

// The rule for what comes after that, at the end of the file: "CET-1CEST,M3.5.0,M10.5.0/3".
std::string_view rule_of(std::string_view file) {
  if (!file.ends_with('\n')) return {};
  file.remove_suffix(1);
  return file.substr(file.find_last_of('\n') + 1);
}

// The date library does not read the rule, so that from a file that lists no more changes than it
// must ("slim") it would silently take one offset for all of the year.
bool lacks_changes(std::string_view file) {
  constexpr sys_seconds kSoon{std::chrono::sys_days{std::chrono::year{2031} / 1 / 1}};
  const bool is_changing = rule_of(file).find(',') != std::string_view::npos;
  return is_changing && last_change(file).value_or(sys_seconds::min()) < kSoon;
}

Result<void> check_zone_file(const std::string& name) {
  if (!is_zone_name(name)) return unknown_zone(name);
  const std::string path = std::string(kZoneFolder) + name;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return unknown_zone(name);
  std::ifstream stream(path, std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(stream), {}};
  if (!file.starts_with(kMagic)) return unknown_zone(name);
  if (lacks_changes(file)) {
    return fail(ErrorCode::corrupt,
                fmt::format("the data of time zone \"{0}\" list no changes to come (zic -b slim); "
                            "use \"local\" with TZ={0}",
                            name));
  }
  return {};
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
  LOGD_TRY(check_zone_file(name));
  try {
    const date::time_zone* zone = date::locate_zone(name);
    zone->get_info(sys_seconds());  // reads the file, or throws
    return TimeZone(name, [zone](sys_seconds time) { return zone->get_info(time).offset; });
  } catch (const std::exception& error) {
    return fail(ErrorCode::corrupt, fmt::format("time zone \"{}\": {}", name, error.what()));
  }
}

Result<void> check_time_zone(const std::string& name) {
  if (is_local(name) || is_utc(name)) return {};
  return check_zone_file(name);
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
