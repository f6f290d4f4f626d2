// SPDX-License-Identifier: Apache-2.0
#include "ctl/top_model.h"

#include <algorithm>
#include <utility>

namespace logd {
namespace {

// Of a counter, in a second.
double rate(std::uint64_t now, std::uint64_t before, double seconds) {
  if (seconds <= 0) return 0;
  return static_cast<double>(now < before ? now : now - before) / seconds;
}

double value_of(const TopRow& row, TopColumn column) {
  switch (column) {
    case TopColumn::name:
      return 0;
    case TopColumn::lines:
      return row.rates.lines;
    case TopColumn::errors:
      return row.rates.err_lines;
    case TopColumn::bytes:
      return row.rates.bytes;
    case TopColumn::masked:
      return static_cast<double>(row.status.masked);
    case TopColumn::dropped:
      return static_cast<double>(row.status.dropped.all());
    case TopColumn::disk:
      return static_cast<double>(row.status.bytes_on_disk);
  }
  return 0;
}

}  // namespace

void TopModel::take(DaemonStatus status, MonoTime now) {
  const double seconds = last_ ? std::chrono::duration<double>(now - *last_).count() : 0;
  std::map<std::string, TopRow> rows;
  for (const ProcessStatus& process : status.processes) {
    TopRow& row = move(process, seconds, now);
    rows.emplace(row.log.directory(), std::move(row));
  }
  rows_ = std::move(rows);  // a log that was deleted is not shown any more
  status_ = std::move(status);
  last_ = now;
}

TopRow& TopModel::move(const ProcessStatus& process, double seconds, MonoTime now) {
  const LogName log{process.name, process.instance};
  const auto [place, is_new] = rows_.try_emplace(log.directory());
  TopRow& row = place->second;
  // Of a log that is new since the last look all is new; at the first look nothing is.
  const ProcessStatus before = is_new && !last_ ? process : row.status;
  row.log = log;
  row.rates.lines = rate(process.lines, before.lines, seconds);
  row.rates.err_lines = rate(process.err_lines, before.err_lines, seconds);
  row.rates.bytes = rate(process.bytes, before.bytes, seconds);
  row.rates.masked = rate(process.masked, before.masked, seconds);
  if (process.lines != before.lines) row.last_line = now;
  row.status = process;
  if (last_) row.lines_lately.push_back(row.rates.lines);
  if (row.lines_lately.size() > kLately) row.lines_lately.erase(row.lines_lately.begin());
  return row;
}

TopSums TopModel::sums() const {
  TopSums sums;
  for (const auto& [directory, row] : rows_) {
    sums.rates.lines += row.rates.lines;
    sums.rates.err_lines += row.rates.err_lines;
    sums.rates.bytes += row.rates.bytes;
    sums.rates.masked += row.rates.masked;
    sums.lines += row.status.lines;
    sums.dropped_lines += row.status.dropped.disk_full + row.status.dropped.pipe_full;
    sums.limited_lines += row.status.dropped.max_rate;
    sums.masked += row.status.masked;
  }
  return sums;
}

std::vector<const TopRow*> TopModel::rows(TopColumn by, std::string_view part) const {
  std::vector<const TopRow*> rows;
  for (const auto& [directory, row] : rows_)
    if (directory.find(part) != std::string::npos) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [by](const TopRow* a, const TopRow* b) {
    return value_of(*a, by) > value_of(*b, by);
  });
  return rows;
}

}  // namespace logd
