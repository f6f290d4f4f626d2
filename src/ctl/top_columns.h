// The columns of `logctl top`: what each says of a process, and which of them fit.
//
// Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/cell_screen.h"
#include "ctl/top_model.h"
#include "logd/config.h"

namespace logd {

// What the files of a log say.
struct TopFiles {
  std::optional<WallTime> rotated;      // when its active segment began, if it is not the first
  std::optional<WallTime> last_record;  // of what is kept
};

// What a row is made of.
struct TopCells {
  const TopRow& row;
  TopFiles files;
  const Config& config;  // has the limits that sizes are compared with
  WallTime now{};
  bool has_blocks = true;  // the terminal can show more than ASCII
};

struct TopText {
  std::string text;
  Ink ink = Ink::normal;
};

struct TopColumnLook {
  std::string_view heading;
  std::size_t width;
  bool is_number;
  int rank;  // on a narrow terminal the highest go first
  std::optional<TopColumn> sort;
  TopText (*text)(const TopCells&);
};

// Those that fit beside each other in `columns`, with two between them; the first is the process's
// name, `name_width` wide.
struct TopLayout {
  std::vector<const TopColumnLook*> columns;
  std::size_t name_width = 0;
};
TopLayout lay_out_top(const std::vector<const TopRow*>& rows, std::size_t columns);

// All that are no matter of a terminal: headings as table.h takes them, and the cells below them.
std::vector<std::string> top_headings();
std::vector<std::string> top_cells(const TopCells& cells);

// "0", "0.12", "9.9", "1234", "1234k": at most five characters, below a billion.
std::string top_rate(double rate);
std::string top_count(std::uint64_t count);
std::string top_size_rate(double bytes);

// Lines that were lost, since the disk was full or nobody took them.
std::uint64_t lost_lines(const DroppedStatus& dropped);

}  // namespace logd
