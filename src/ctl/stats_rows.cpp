// SPDX-License-Identifier: Apache-2.0
#include "ctl/stats_rows.h"

#include <chrono>

namespace logd {
namespace {

// Nothing without a time that has passed.
std::optional<double> per_second(std::uint64_t count, const Counts& counts) {
  if (!counts.first || *counts.first == *counts.last) return std::nullopt;
  const std::chrono::duration<double> passed = *counts.last - *counts.first;
  return static_cast<double>(count) / passed.count();
}

// Headers of archives tell the bytes of both streams and of events together.
bool is_bytes_known(const LogStats& stats) {
  return stats.unit == LogStats::Unit::lines || (stats.selection.out && stats.selection.err);
}

StatsRow row_of(const LogStats& stats, const Counts& counts) {
  StatsRow row;
  row.count = stats.count(counts);
  if (stats.selection.out) row.out = counts.out;
  if (stats.selection.err) row.err = counts.err;
  if (stats.selection.events) row.events = counts.events;
  if (is_bytes_known(stats)) row.bytes = counts.bytes;
  return row;
}

StatsRow row_of_log(const LogStats& stats, const Counts& counts) {
  StatsRow row = row_of(stats, counts);
  row.per_second = per_second(row.count, counts);
  row.first = counts.first;
  row.last = counts.last;
  return row;
}

std::vector<StatsRow> rows_of_streams(const LogStats& stats) {
  const Counts total = stats.total();
  std::vector<StatsRow> rows;
  const auto add = [&](bool is_wanted, const char* name, std::uint64_t count) {
    if (!is_wanted) return;
    StatsRow row;
    row.name = name;
    row.count = count;
    row.per_second = per_second(count, total);
    rows.push_back(std::move(row));
  };
  add(stats.selection.out, "stdout", total.out);
  add(stats.selection.err, "stderr", total.err);
  add(stats.selection.events, "events", total.events);
  return rows;
}

// The worst first.
std::vector<StatsRow> rows_of_levels(const LogStats& stats) {
  std::vector<StatsRow> rows;
  const auto add = [&](std::string name, const Counts& counts) {
    StatsRow row = row_of(stats, counts);
    row.name = std::move(name);
    row.per_second = per_second(row.count, stats.total());
    rows.push_back(std::move(row));
  };
  for (std::size_t i = kLevels; i-- > 0;) {
    add(std::string(level_name(static_cast<Level>(i))), stats.by_level[i]);
  }
  add("none", stats.by_level[kLevels]);
  return rows;
}

}  // namespace

std::vector<StatsRow> rows_of(const LogStats& stats, StatsBy by) {
  if (by == StatsBy::stream) return rows_of_streams(stats);
  if (by == StatsBy::level) return rows_of_levels(stats);
  std::vector<StatsRow> rows;
  if (by == StatsBy::process) {
    for (const LogStats::Log& log : stats.logs) {
      rows.push_back(row_of_log(stats, log.counts));
      rows.back().log = log.name;
    }
    return rows;
  }
  for (const auto& [begin, counts] : stats.by_time.counts()) {
    StatsRow row = row_of(stats, counts);
    row.begin = begin;
    if (row.count > 0) rows.push_back(std::move(row));
  }
  return rows;
}

StatsRow total_row(const LogStats& stats) { return row_of_log(stats, stats.total()); }

std::string name_of(StatsBy by) {
  constexpr const char* kNames[] = {"process", "stream", "level", "minute", "hour", "day"};
  return kNames[static_cast<std::size_t>(by)];
}

}  // namespace logd
