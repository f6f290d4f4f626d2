// Says what is wrong with a configuration, and where: in a file, a variable or an option. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/toml_tree.h"

namespace logd {

// Where something stands.
struct ConfigPlace {
  std::string name;          // of a file, a variable or an option
  std::uint32_t line = 0;    // from 1; 0: it has none
  std::uint32_t column = 0;  // from 1, in characters
  std::string source;        // "\n" and the line, "\n" and a caret below the column

  std::string text() const;       // "logd.toml:14:3", or the name alone
  std::string line_text() const;  // "logd.toml:14"
};

enum class ProblemKind : std::uint8_t { error, warning };

struct ConfigProblem {
  ConfigPlace place;
  std::string message;
  ProblemKind kind = ProblemKind::error;
  // logctl goes on without what it is about: is_needed_by_logctl().
  bool is_optional = false;

  // "logd.toml:14:3: message", the line itself and a caret below the column.
  std::string text() const;
};

// `line` below a newline, and below that a caret under the column; empty if either is.
// Of an address of the web no more than the host is shown.
std::string with_caret(std::string_view line, std::uint32_t column);

// The same for a line of `contents`.
std::string source_with_caret(std::string_view contents, std::uint32_t line, std::uint32_t column);

// True for a key by which logctl finds the daemon and the logs, shows times and masks.
bool is_needed_by_logctl(std::string_view key);

// Files in the order in which they are read, and within one by place; what has no file comes last.
void sort_problems(std::vector<ConfigProblem>& problems, const std::vector<std::string>& files);

}  // namespace logd
