// Writes times for people, in local time or UTC: what tail and status show.
//
// What segments hold is logd/record.h's business, which never depends on a time zone. Any thread,
// one thread at a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "logd/units.h"

namespace logd {

enum class Zone : std::uint8_t { local, utc };

class TimeFormat {
 public:
  // Zone::local is the one of the environment (TZ, /etc/localtime) at this moment.
  explicit TimeFormat(Zone zone);

  void append_clock(std::string& to, WallTime time);      // 22:17:00.123
  void append_date_time(std::string& to, WallTime time);  // 2026-11-21 22:17:00
  // RFC 3339 with all nine digits and the offset: 2026-11-21T23:17:00.123456789+01:00; UTC is Z.
  void append_iso(std::string& to, WallTime time);

  std::string clock(WallTime time);
  std::string date_time(WallTime time);
  std::string iso(WallTime time);

 private:
  // Seconds to add to UTC at `time`.
  std::int64_t offset_at(WallTime time);
  WallTime shifted(WallTime time);

  Zone zone_;
  // No zone changes its offset but at a quarter of an hour, so one look-up serves each quarter:
  // localtime takes a lock and costs more than the rest of a line.
  std::int64_t quarter_ = 0;
  std::int64_t offset_ = 0;
  bool is_known_ = false;
};

}  // namespace logd
