// Makes a filter of lines from what somebody typed: a regular expression, or a text.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "logd/result.h"
#include "query/line.h"

namespace logd {

struct LinePatternOptions {
  bool ignore_case = false;
  bool invert = false;  // lets lines through that do not match
  bool fixed = false;   // a text, not an expression
};

// RE2, in bytes: a line may hold anything. Errors: invalid.
Result<LinePredicate> make_line_filter(const std::string& pattern,
                                       const LinePatternOptions& options);

}  // namespace logd
