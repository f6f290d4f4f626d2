// SPDX-License-Identifier: Apache-2.0
#include "ctl/filter_options.h"

#include <utility>

namespace logd {

void LineFilterOptions::declare_grep(Options& options) {
  options.texts("-g,--grep", options_.patterns, "RE",
                "Lines that match; given again, lines that match one of them");
}

void LineFilterOptions::declare_until_match(Options& options) {
  options.texts("--until-match", options_.until_match, "RE",
                "Ends behind the first line that matches");
}

Result<std::optional<TextMatcher>> LineFilterOptions::compile_until_match() const {
  if (options_.until_match.empty()) return std::optional<TextMatcher>();
  LOGD_TRY_ASSIGN(
      TextMatcher matcher,
      TextMatcher::compile(options_.until_match, options_.pattern_options, "--until-match"));
  return std::optional<TextMatcher>(std::move(matcher));
}

void LineFilterOptions::declare_no_group(Options& options) {
  options.flag("--no-group", no_group_,
               "Without the other lines of a stack trace that has a match");
}

void LineFilterOptions::declare(Options& options) {
  options.flag("-i,--ignore-case", options_.pattern_options.ignores_case,
               "Case never counts; else it does if RE has a capital");
  options.flag("-v,--invert-match", options_.is_inverted, "Lines that do not match");
  options.flag("--fixed", options_.pattern_options.is_fixed, "RE is a text, not an expression");
  options.text("--level", options_.level, "trace|debug|info|warn|error|fatal",
               "Lines of this level or above");
  options.texts("--where", options_.where, "CONDITION",
                "Lines with such a field, of JSON or logfmt: status>=500, user.name=ann, path~=RE");
}

}  // namespace logd
