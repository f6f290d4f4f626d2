// Says in the words of who wrote it what is wrong with a line that is not TOML. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/toml_tree.h"

namespace logd {

struct SyntaxHint {
  std::uint32_t column = 1;  // from 1, in characters
  std::string message;
  bool is_of_line_only = true;  // the lines after it can be read
};

// `line` is the one that `problem` is about. Nothing: the problem's own words must do.
std::optional<SyntaxHint> syntax_hint(std::string_view line, const TomlProblem& problem);

}  // namespace logd
