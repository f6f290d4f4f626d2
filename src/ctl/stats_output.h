// Writes what `logctl stats` has counted: as tables with a histogram, or as JSON.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/time_format.h"
#include "query/histogram.h"
#include "query/log_stats.h"

namespace logd {

// What a row is of.
enum class StatsBy : std::uint8_t { process, stream, level, minute, hour, day };

inline bool is_by_time(StatsBy by) { return by >= StatsBy::minute; }

struct StatsLook {
  StatsBy by = StatsBy::process;
  std::size_t top = 0;  // patterns
  std::size_t width = 80;
  BarStyle bars = BarStyle::blocks;
};

// Tables, and below them a histogram unless the rows are of time.
std::string stats_text(LogStats& stats, const StatsLook& look, TimeFormat& times);

// One object a line: a row, or a pattern.
std::string stats_json(const LogStats& stats, const StatsLook& look, TimeFormat& times);

}  // namespace logd
