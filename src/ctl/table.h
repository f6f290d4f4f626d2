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

  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  std::string str() const;

 private:
  std::vector<bool> is_number_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace logd
