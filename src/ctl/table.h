// Lays rows of text out in columns. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace logd {

class Table {
 public:
  // `heading` begins with '>' for a column of numbers, which stand to the right.
  explicit Table(const std::vector<std::string>& headings);

  void row(std::vector<std::string> cells) { rows_.push_back({std::move(cells), ""}); }

  // A line of its own, with its newline, below the last row.
  void text(const std::string& line) { rows_.back().below += line; }

  std::string str() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::string below;
  };

  std::vector<bool> is_number_;
  std::vector<Row> rows_;
};

}  // namespace logd
