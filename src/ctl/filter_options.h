// Declares and reads the options that look at the content of lines: -g, -i, -v, --fixed, --level,
// --where, --until-match and --no-group.
//
// What they mean is record_filter.h's business. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "ctl/options.h"
#include "logd/result.h"
#include "query/record_filter.h"

namespace logd {

class LineFilterOptions {
 public:
  // -g; of search it is the argument, see add_pattern().
  void declare_grep(Options& options);
  // --until-match, where there is something to end.
  void declare_until_match(Options& options);
  // The others. `this` must outlive `options`.
  void declare(Options& options);
  // Where lines are shown.
  void declare_no_group(Options& options);

  void add_pattern(const std::string& pattern) { options_.patterns.push_back(pattern); }

  // `option`: what the patterns were given for. Errors: invalid, limit.
  Result<RecordFilter> compile(const std::string& option = "-g") const {
    return RecordFilter::compile(options_, option);
  }

  // Whether a match on a terminal is wanted with all lines of its group.
  bool wants_groups() const { return !no_group_ && !options_.is_inverted; }

  // What ends the output; nothing if it was not given. Errors: invalid.
  Result<std::optional<TextMatcher>> compile_until_match() const;

 private:
  FilterOptions options_;
  bool no_group_ = false;
};

}  // namespace logd
