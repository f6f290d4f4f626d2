// SPDX-License-Identifier: Apache-2.0
#include "ctl/top_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/size_text.h"

namespace logd {
namespace {

constexpr std::size_t kGap = 2;  // between columns

// "14m", "3d": the largest unit alone.
std::string age_text(const std::optional<WallTime>& since, WallTime now) {
  if (!since) return "";
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *since).count();
  if (seconds < 1) return "now";
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86400);
}

// The last `width` looks, each an eighth to a whole block high.
std::string sparkline(const std::vector<double>& values, std::size_t width) {
  constexpr const char* kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t shown = std::min(values.size(), width);
  double most = 0;
  for (std::size_t i = values.size() - shown; i < values.size(); ++i)
    most = std::max(most, values[i]);
  std::string line(width - shown, ' ');
  for (std::size_t i = values.size() - shown; i < values.size(); ++i) {
    const double share = most > 0 ? values[i] / most : 0;
    line += kBlocks[static_cast<std::size_t>(std::ceil(share * 8))];
  }
  return line;
}

TopText name_text(const TopCells& cells) { return {cells.row.log.directory(), Ink::bold}; }

TopText runs_text(const TopCells& cells) {
  return {std::to_string(cells.row.status.runs),
          cells.row.status.runs == 0 ? Ink::dim : Ink::normal};
}

TopText lines_text(const TopCells& cells) {
  return {top_rate(cells.row.rates.lines), cells.row.rates.lines > 0 ? Ink::normal : Ink::dim};
}

TopText lately_text(const TopCells& cells) {
  return {cells.has_blocks ? sparkline(cells.row.lines_lately, 12) : "", Ink::cyan};
}

TopText errors_text(const TopCells& cells) {
  const double rate = cells.row.rates.err_lines * 60;
  return {top_rate(rate), rate > 0 ? Ink::yellow : Ink::dim};
}

TopText bytes_text(const TopCells& cells) {
  return {top_size_rate(cells.row.rates.bytes), cells.row.rates.bytes > 0 ? Ink::normal : Ink::dim};
}

TopText masked_text(const TopCells& cells) {
  return {top_count(cells.row.status.masked), cells.row.status.masked > 0 ? Ink::normal : Ink::dim};
}

TopText dropped_text(const TopCells& cells) {
  return {top_count(lost_lines(cells.row.status.dropped)),
          lost_lines(cells.row.status.dropped) > 0 ? Ink::red : Ink::dim};
}

TopText limited_text(const TopCells& cells) {
  const std::uint64_t limited = cells.row.status.dropped.max_rate;
  return {top_count(limited), limited > 0 ? Ink::yellow : Ink::dim};
}

TopText disk_text(const TopCells& cells) {
  return {short_size_text(cells.row.status.bytes_on_disk), Ink::normal};
}

TopText limit_text(const TopCells& cells) {
  const auto& limit = cells.config.of(cells.row.log.process).max_total_size_bytes;
  return {limit ? short_size_text(*limit) : "off", Ink::dim};
}

TopText rotated_text(const TopCells& cells) {
  return {age_text(cells.files.rotated, cells.now), Ink::normal};
}

TopText last_text(const TopCells& cells) {
  return {age_text(cells.files.last_record, cells.now), Ink::normal};
}

TopText state_text(const TopCells& cells) {
  return {cells.row.status.state, cells.row.status.state == "ok" ? Ink::green : Ink::red};
}

constexpr std::size_t kNameColumn = 0;

constexpr TopColumnLook kColumns[] = {
    {"PROCESS", 12, false, 0, TopColumn::name, name_text},
    {"RUNS", 4, true, 7, {}, runs_text},
    {"LINES/S", 7, true, 1, TopColumn::lines, lines_text},
    {"LATELY", 12, false, 10, {}, lately_text},
    {"ERR/MIN", 7, true, 2, TopColumn::errors, errors_text},
    {"BYTES/S", 8, true, 5, TopColumn::bytes, bytes_text},
    {"MASKED", 7, true, 6, TopColumn::masked, masked_text},
    {"DROPPED", 7, true, 3, TopColumn::dropped, dropped_text},
    {"LIMITED", 7, true, 11, {}, limited_text},
    {"ON DISK", 8, true, 4, TopColumn::disk, disk_text},
    {"OF", 8, true, 12, {}, limit_text},
    {"ROTATED", 7, true, 9, {}, rotated_text},
    {"LAST", 4, true, 8, {}, last_text},
    {"STATE", 12, false, 3, {}, state_text},
};

}  // namespace

std::string top_rate(double rate) {
  if (rate <= 0) return "0";
  if (rate < 0.995) return fmt::format("{:.2f}", rate);
  if (rate < 9.95) return fmt::format("{:.1f}", rate);
  if (rate < 99'999.5) return fmt::format("{:.0f}", rate);
  return rate < 9'999'500 ? fmt::format("{:.0f}k", rate / 1e3) : fmt::format("{:.0f}M", rate / 1e6);
}

std::string top_count(std::uint64_t count) {
  return count < 1'000'000 ? std::to_string(count) : top_rate(static_cast<double>(count));
}

std::string top_size_rate(double bytes) {
  return short_size_text(static_cast<std::uint64_t>(std::llround(bytes)));
}

std::uint64_t lost_lines(const DroppedStatus& dropped) {
  return dropped.disk_full + dropped.pipe_full;
}

TopLayout lay_out_top(const std::vector<const TopRow*>& rows, std::size_t columns) {
  TopLayout layout;
  layout.name_width = kColumns[kNameColumn].width;
  for (const TopRow* row : rows)
    layout.name_width = std::max(layout.name_width, row->log.directory().size());
  layout.name_width = std::min(layout.name_width, columns / 3 + 1);
  for (const TopColumnLook& column : kColumns) layout.columns.push_back(&column);
  const auto width = [&] {
    std::size_t all = layout.name_width - kColumns[kNameColumn].width;
    for (const TopColumnLook* column : layout.columns) all += column->width + kGap;
    return all;
  };
  while (layout.columns.size() > 1 && width() > columns + kGap) {
    layout.columns.erase(std::max_element(
        layout.columns.begin(), layout.columns.end(),
        [](const TopColumnLook* a, const TopColumnLook* b) { return a->rank < b->rank; }));
  }
  return layout;
}

std::vector<std::string> top_headings() {
  std::vector<std::string> headings;
  for (const TopColumnLook& column : kColumns) {
    if (column.text == lately_text) continue;
    headings.push_back((column.is_number ? ">" : "") + std::string(column.heading));
  }
  return headings;
}

std::vector<std::string> top_cells(const TopCells& cells) {
  std::vector<std::string> texts;
  for (const TopColumnLook& column : kColumns)
    if (column.text != lately_text) texts.push_back(column.text(cells).text);
  return texts;
}

}  // namespace logd
