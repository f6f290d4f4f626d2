// Draws what `logctl top` shows: the daemon, a row for each process, the last lines of one of them.
//
// What the counters say is top_model.h's business; what keys do is top.cpp's. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ctl/cell_screen.h"
#include "ctl/top_columns.h"
#include "ctl/top_model.h"
#include "logd/config.h"

namespace logd {

struct TopView {
  TopColumn sort = TopColumn::name;
  std::string filter;      // part of a name
  bool is_typing = false;  // the filter
  bool is_paused = false;
  bool shows_help = false;
  bool shows_only_tail = false;
  bool has_blocks = true;  // the terminal can show more than ASCII
  std::string selected;    // directory of a log
  std::size_t first = 0;   // row of the table at its top
  std::chrono::milliseconds interval{1000};
  std::string trouble;  // why there is nothing new; empty: there is
  WallTime now{};
  std::map<std::string, TopFiles> files;  // by directory, of some logs
  std::vector<std::string> tail;          // last lines of the selected log, without control bytes
};

// Rows of the table that fit on a screen so high.
std::size_t top_table_rows(const TopView& view, std::size_t screen_rows);
// Lines of the tail that do.
std::size_t top_tail_rows(const TopView& view, std::size_t screen_rows);

// `config` has the limits that sizes are compared with.
void draw_top(CellScreen& screen, const TopModel& model, const TopView& view, const Config& config);

}  // namespace logd
