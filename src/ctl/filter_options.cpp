// SPDX-License-Identifier: Apache-2.0
#include "ctl/filter_options.h"

namespace logd {

void LineFilterOptions::declare_grep(Options& options) {
  options.texts("-g,--grep", options_.patterns, "RE",
                "Lines that match; given again, lines that match one of them");
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
