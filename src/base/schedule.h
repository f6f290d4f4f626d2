// Tells when something that is due by the clock is due next: "0 3 * * *", "@daily", "every 6h".
//
// Grammar and rules for people: logd(8). What a change of the clocks does:
//
// - A schedule that names hours goes by what the clocks show. What falls into a skipped hour is
//   due once, at the first moment after the gap; what falls into a doubled hour is due in the
//   first of the two only.
// - One for every hour of the day (hour "*", @hourly, "every" up to an hour) goes by real time: it
//   is due in both of a doubled hour, and nothing is made up for a skipped one.
// - "every" a length that divides a day is aligned to midnight; any other length is counted in
//   real time from the last rotation.
//
// Who waits for the moment must ask again when the clock has stepped. Pure, given a TimeZone.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <variant>

#include "base/cron_fields.h"
#include "base/time_zone.h"
#include "logd/result.h"
#include "logd/units.h"

namespace logd {

class Schedule {
 public:
  Schedule() = default;  // off: never due

  // The next moment after `after`, never `after` itself; nothing if that is never, or beyond the
  // year 2260. `last` is the last rotation, for what is counted from it; one later than `after`
  // (the clock was set back) counts as `after`. Takes some hundred steps, whatever the schedule.
  std::optional<WallTime> next_after(WallTime after, const TimeZone& zone, WallTime last) const;

 private:
  friend Result<Schedule> parse_schedule(std::string_view text);

  struct Never {};
  // At these seconds of each day, from midnight on; divides a day.
  struct Aligned {
    std::chrono::seconds step;
  };
  struct Counted {
    std::chrono::seconds length;
  };
  using Rule = std::variant<Never, CronFields, Aligned, Counted>;

  explicit Schedule(Rule rule) : rule_(rule) {}
  bool is_of_every_hour() const;
  std::optional<std::chrono::seconds> next_time_of_day(std::chrono::seconds from) const;
  bool is_month(unsigned month) const;
  bool is_day(unsigned day, unsigned weekday) const;
  std::optional<std::chrono::local_seconds> next_shown(std::chrono::local_seconds from) const;
  std::optional<WallTime> next_by_clock(std::chrono::sys_seconds after, const TimeZone& zone) const;
  std::optional<WallTime> next_by_real_time(std::chrono::sys_seconds after,
                                            const TimeZone& zone) const;

  Rule rule_;
};

// Errors: invalid, with a hint; so is what is never due (a 30th of February).
Result<Schedule> parse_schedule(std::string_view text);

}  // namespace logd
