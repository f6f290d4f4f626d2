// SPDX-License-Identifier: Apache-2.0
#include "ctl/table.h"

#include <algorithm>

namespace logd {

Table::Table(const std::vector<std::string>& headings) {
  std::vector<std::string> cells;
  for (const std::string& heading : headings) {
    is_number_.push_back(heading.starts_with('>'));
    cells.push_back(heading.substr(is_number_.back() ? 1 : 0));
  }
  row(std::move(cells));
}

std::string Table::str() const {
  std::vector<std::size_t> widths(is_number_.size());
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      widths[i] = std::max(widths[i], row.cells[i].size());
    }
  }
  std::string text;
  for (const Row& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const std::string& cell = row.cells[i];
      const std::string padding(widths[i] - cell.size(), ' ');
      if (i > 0) line += "  ";
      line += is_number_[i] ? padding + cell : cell + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n' + row.below;
  }
  return text;
}

}  // namespace logd
