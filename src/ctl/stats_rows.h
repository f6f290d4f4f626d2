// Makes of what was counted the rows that `logctl stats` shows, whatever they are of. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "ctl/stats_output.h"
#include "query/log_stats.h"

namespace logd {

struct StatsRow {
  std::optional<LogName> log;
  std::optional<WallTime> begin;  // of its bucket
  std::string name;               // of a stream or a level
  std::uint64_t count = 0;
  // Those of what cannot be told, or is the row itself, are not shown.
  std::optional<std::uint64_t> out;
  std::optional<std::uint64_t> err;
  std::optional<std::uint64_t> events;
  std::optional<std::uint64_t> bytes;
  std::optional<double> per_second;
  std::optional<WallTime> first;
  std::optional<WallTime> last;
};

// In the order in which they are shown; without the sum of all.
std::vector<StatsRow> rows_of(const LogStats& stats, StatsBy by);

// The sum of all, as a row without a name.
StatsRow total_row(const LogStats& stats);

// "process", "minute": as --by has it.
std::string name_of(StatsBy by);

}  // namespace logd
