// Reads a time as people type it, for --since and --until of every command that has them.
//
//   now, today, yesterday, monday .. sunday (mon .. sun), also with a time of day: "yesterday
//   22:00" 2026-11-22, 2026-11-22 10:00[:00[.123]], the same with T between, Z or +01:00 behind
//   (RFC 3339) 10:00[:00[.123]]         the latest such moment that is not after now 2h, -2h,
//   1h30m, "90s ago", "2 hours ago"
//   @1795299420[.123]        seconds since 1970; of 12 and more digits milli-, micro-, nanoseconds
//   run:-1                   start of the run before the newest; run:0 the newest, run:7 number 7
//
// Case does not count, outer spaces neither. A time without an offset is one of the caller's zone,
// which is the zone in which times are shown (--tz, --utc, else `timezone` of the configuration).
// What the zone's clocks show twice, because they were set back, is the earlier moment for since
// and the later one for until; what they skip is the first moment after the gap. A date alone is
// the first moment of its day. Whoever uses the result takes since as the first moment that belongs
// and until as the first that does not. What can be read in two ways, as 01/02/26, is refused.
// Pure but for the zone's data.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/time_zone.h"
#include "logd/result.h"
#include "logd/units.h"

namespace logd {

// The start of a run, which only its log can tell.
struct RunStart {
  std::int64_t run = 0;  // as logd counts them, from 1; 0 is the newest, -1 the one before, ...

  bool operator==(const RunStart&) const = default;
};

using TimeExpression = std::variant<WallTime, RunStart>;

// Nothing also for the start of a run, which is another moment in each log.
inline std::optional<WallTime> moment_of(const std::optional<TimeExpression>& time) {
  const auto* const moment = time ? std::get_if<WallTime>(&*time) : nullptr;
  return moment != nullptr ? std::optional(*moment) : std::nullopt;
}

// The end of a range that a time is given for; messages name its option.
enum class TimeBound : std::uint8_t { since, until };

struct TimeRange {
  std::optional<TimeExpression> since;  // the first moment that belongs
  std::optional<TimeExpression> until;  // the first moment that does not
};

inline constexpr std::size_t kMaxTimeExpressionBytes = 64;

// Never before 1970 for a length of time. Errors: invalid; the message has further lines, with the
// text and a caret below what is wrong in it.
Result<TimeExpression> parse_time_expression(std::string_view text, TimeBound bound, WallTime now,
                                             const TimeZone& zone);

// As parse_time_expression, without run:N. Errors: invalid.
Result<WallTime> parse_moment(std::string_view text, TimeBound bound, WallTime now,
                              const TimeZone& zone);

// Reads both ends; an empty text is an end that is not given. A time of day that as `until` would
// not lie after `since` is the first such moment after it: at 9:30, "--since 9:00 --until 10:00"
// ends in half an hour. Errors: invalid; also where the range is empty.
Result<TimeRange> parse_time_range(std::string_view since, std::string_view until, WallTime now,
                                   const TimeZone& zone);

}  // namespace logd
