// Takes the contents of a logd.toml into a Config and finds everything that is wrong with them.
//
// Keys and ranges are config_keys.h's business, files and precedence config_file.h's. Pure,
// but for time zones, which are looked up among the system's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "logd/config.h"

namespace logd {

struct ConfigProblem {
  std::uint32_t line = 0;    // from 1
  std::uint32_t column = 0;  // from 1, in characters
  std::string message;

  // "logd.toml:14:3: message", the line itself and a caret below the column.
  std::string text(std::string_view file, std::string_view contents) const;
};

// The line of `contents` below a newline, and below that a caret under the column; empty if there
// is no such line.
std::string source_with_caret(std::string_view contents, std::uint32_t line, std::uint32_t column);

// Line of each key that the file sets, by section ("", "defaults", "process.NAME") and key.
using ConfigLines = std::map<std::pair<std::string, std::string>, std::uint32_t>;

// Changes what `contents` set; settings of a process start from [defaults]. Returns the problems in
// the order of the file; with any, `config` is of no use.
std::vector<ConfigProblem> read_config(std::string_view contents, Config& config,
                                       ConfigLines& lines);

}  // namespace logd
