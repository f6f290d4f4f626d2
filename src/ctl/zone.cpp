// SPDX-License-Identifier: Apache-2.0
#include "ctl/zone.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace logd {

Result<Zone> choose_zone(const std::string& name) {
  if (name.empty() || name == "local") return Zone::local;
  if (name == "UTC" || name == "utc") return Zone::utc;
  std::error_code error;
  // The C library takes an unknown zone for UTC without a word.
  const bool is_known = name.front() != '/' && name.find("..") == std::string::npos &&
                        std::filesystem::is_regular_file("/usr/share/zoneinfo/" + name, error);
  if (!is_known) {
    LOGD_TRY(check_time_zone(name));
    return fail(ErrorCode::invalid, "unknown time zone '" + name + "'");
  }
  ::setenv("TZ", name.c_str(), 1);
  return Zone::local;
}

TimeZone time_zone_of(Zone zone) {
  if (zone == Zone::utc) return TimeZone::utc();
  auto local = TimeZone::find("local");
  LOGD_ASSERT(local);  // the C library always has one
  return std::move(*local);
}

}  // namespace logd
