// SPDX-License-Identifier: Apache-2.0
#include "ctl/top_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration_text.h"
#include "base/size_text.h"

namespace logd {
namespace {

constexpr std::size_t kHeadRows = 5;  // above the table, its headings included
constexpr std::size_t kFootRows = 1;
constexpr std::size_t kGap = 2;  // between columns

class Picture {
 public:
  Picture(CellScreen& screen, const TopModel& model, const TopView& view, const Config& config)
      : screen_(screen), model_(model), view_(view), config_(config) {}

  void draw() {
    draw_daemon();
    draw_traffic();
    draw_space();
    draw_trouble();
    if (view_.shows_help) {
      draw_help();
    } else {
      if (!view_.shows_only_tail) draw_table();
      draw_tail();
    }
    draw_foot();
  }

 private:
  // TopTexts one after another, as far as they fit.
  void line(std::size_t row, const std::vector<TopText>& parts) {
    std::size_t column = 0;
    for (const TopText& part : parts) column = screen_.put(row, column, part.text, part.ink);
  }

  void right(std::size_t row, const TopText& part) {
    const std::size_t width = std::min(part.text.size(), screen_.columns());
    screen_.put(row, screen_.columns() - width, part.text, part.ink);
  }

  void draw_daemon() {
    const DaemonStatus& status = model_.status();
    const auto up = std::chrono::seconds(static_cast<std::int64_t>(status.uptime_s));
    const bool is_ok = status.health.level() == HealthLevel::ok;
    line(0, {{"logd " + status.version, Ink::bold},
             {fmt::format("  pid {}  up {}  ", status.pid, duration_text(up))},
             {std::string(word_of(status.health.level())), is_ok ? Ink::green : Ink::red}});
    right(0, {view_.is_paused ? " PAUSED " : " every " + duration_text(view_.interval),
              view_.is_paused ? Ink::reverse : Ink::dim});
  }

  void draw_traffic() {
    const TopSums sums = model_.sums();
    line(1, {{fmt::format("{} lines/s  {}/s", top_rate(sums.rates.lines),
                          top_size_rate(sums.rates.bytes))},
             {fmt::format("  stderr {}/min", top_rate(sums.rates.err_lines * 60)),
              sums.rates.err_lines > 0 ? Ink::yellow : Ink::normal},
             {fmt::format("  masked {}", top_count(sums.masked))},
             {fmt::format("  dropped {}", top_count(sums.dropped_lines)),
              sums.dropped_lines > 0 ? Ink::red : Ink::normal},
             {fmt::format("  limited {}", top_count(sums.limited_lines)),
              sums.limited_lines > 0 ? Ink::yellow : Ink::normal}});
  }

  void draw_space() {
    const SpaceStatus& space = model_.status().space;
    const double used = space.disk_bytes == 0 ? 0
                                              : 1 - static_cast<double>(space.free_bytes) /
                                                        static_cast<double>(space.disk_bytes);
    std::string limit;
    if (config_.max_disk_bytes) limit = " of " + short_size_text(*config_.max_disk_bytes);
    line(2, {{fmt::format("logs {}{}", short_size_text(space.logs_bytes), limit)},
             {fmt::format("  disk {:.0f}% used, {} free", used * 100,
                          short_size_text(space.free_bytes)),
              used > 0.95  ? Ink::red
              : used > 0.9 ? Ink::yellow
                           : Ink::normal},
             {fmt::format("  archives {} waiting", model_.status().archives.waiting)}});
  }

  void draw_trouble() {
    const std::vector<std::string> messages = model_.status().messages();
    if (!view_.trouble.empty()) {
      screen_.put(3, 0, view_.trouble, Ink::red);
    } else if (!messages.empty()) {
      screen_.put(3, 0, "! " + messages.front(), Ink::yellow);
    }
  }

  void draw_table() {
    const std::vector<const TopRow*> rows = model_.rows(view_.sort, view_.filter);
    const TopLayout layout = lay_out_top(rows, screen_.columns());
    draw_headings(layout);
    const std::size_t room = top_table_rows(view_, screen_.rows());
    for (std::size_t i = 0; i < room && view_.first + i < rows.size(); ++i)
      draw_row(kHeadRows + i, *rows[view_.first + i], layout);
    if (rows.empty()) {
      const bool is_filtered = !view_.filter.empty();
      screen_.put(kHeadRows, 0, is_filtered ? "no process with that in its name" : "no process yet",
                  Ink::dim);
    }
  }

  void draw_headings(const TopLayout& layout) {
    std::size_t at = 0;
    for (const TopColumnLook* column : layout.columns) {
      const bool is_sorted = column->sort == view_.sort;
      put_cell(kHeadRows - 1, at, *column, layout,
               {std::string(column->heading), is_sorted ? Ink::reverse : Ink::dim});
    }
  }

  void draw_row(std::size_t row, const TopRow& process, const TopLayout& layout) {
    const auto files = view_.files.find(process.log.directory());
    const TopCells cells{process, files == view_.files.end() ? TopFiles() : files->second, config_,
                         view_.now, view_.has_blocks};
    std::size_t at = 0;
    for (const TopColumnLook* column : layout.columns)
      put_cell(row, at, *column, layout, column->text(cells));
    if (process.log.directory() == view_.selected) screen_.paint(row, Ink::reverse);
  }

  void put_cell(std::size_t row, std::size_t& at, const TopColumnLook& column,
                const TopLayout& layout, const TopText& part) {
    const bool is_last = &column == layout.columns.back();
    std::size_t width = &column == layout.columns.front() ? layout.name_width : column.width;
    if (is_last) width = screen_.columns() - std::min(at, screen_.columns());
    const std::size_t indent =
        column.is_number && part.text.size() < column.width ? column.width - part.text.size() : 0;
    screen_.put(row, at + indent, part.text, part.ink, width - std::min(indent, width));
    at += width + kGap;
  }

  void draw_tail() {
    const std::size_t lines = top_tail_rows(view_, screen_.rows());
    if (lines == 0) return;
    const std::size_t first = screen_.rows() - kFootRows - lines;
    const std::string name = view_.selected.empty() ? "no process is selected" : view_.selected;
    screen_.put(first - 1, 0, fmt::format("{:-<{}}", "-- " + name + " ", screen_.columns()),
                Ink::dim);
    const std::size_t shown = std::min(lines, view_.tail.size());
    for (std::size_t i = 0; i < shown; ++i)
      screen_.put(first + i, 0, view_.tail[view_.tail.size() - shown + i]);
  }

  void draw_help() {
    constexpr const char* kHelp[] = {
        "up, down, j, k   select a process       home, end, page up, page down",
        "enter            only its last lines, and back",
        "s, S             sort by the next column, or the one before",
        "/                filter: part of a name; enter keeps it, escape takes it away",
        "p, space         pause, and go on",
        "+, -             look more often, or less",
        "q, Ctrl-C        leave",
        "",
        "ERR/MIN: lines on stderr. DROPPED: lines lost, since the disk was full or nobody",
        "took them. LIMITED: left out by max_rate. OF: max_total_size. ROTATED, LAST: since",
        "the last rotation and the last record.",
    };
    std::size_t row = kHeadRows;
    for (const char* const text : kHelp) screen_.put(row++, 0, text);
  }

  void draw_foot() {
    const std::size_t row = screen_.rows() - kFootRows;
    if (view_.is_typing) {
      screen_.put(row, 0, "/" + view_.filter + (view_.has_blocks ? "▏" : "_"), Ink::bold);
      return;
    }
    std::string text = "q quit  ? help  s sort  / filter  p pause  enter lines";
    if (!view_.filter.empty()) text = "/" + view_.filter + "  " + text;
    screen_.put(row, 0, text, Ink::dim);
  }

  CellScreen& screen_;
  const TopModel& model_;
  const TopView& view_;
  const Config& config_;
};

}  // namespace

std::size_t top_tail_rows(const TopView& view, std::size_t screen_rows) {
  if (view.shows_help || screen_rows < kHeadRows + kFootRows + 5) return 0;
  const std::size_t room = screen_rows - kHeadRows - kFootRows;
  return view.shows_only_tail ? room : room / 3;
}

std::size_t top_table_rows(const TopView& view, std::size_t screen_rows) {
  if (screen_rows <= kHeadRows + kFootRows || view.shows_only_tail) return 0;
  const std::size_t tail = top_tail_rows(view, screen_rows);
  return screen_rows - kHeadRows - kFootRows - (tail == 0 ? 0 : tail + 1);
}

void draw_top(CellScreen& screen, const TopModel& model, const TopView& view,
              const Config& config) {
  Picture(screen, model, view, config).draw();
}

}  // namespace logd
