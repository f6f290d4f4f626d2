// SPDX-License-Identifier: Apache-2.0
#include "ctl/line_pattern.h"

#include <re2/re2.h>

#include <memory>

namespace logd {

Result<LinePredicate> make_line_filter(const std::string& pattern,
                                       const LinePatternOptions& options) {
  RE2::Options how(RE2::Latin1);
  how.set_log_errors(false);
  how.set_case_sensitive(!options.ignore_case);
  how.set_literal(options.fixed);
  // A std::function is copied, and an RE2 cannot be.
  const auto expression = std::make_shared<const RE2>(pattern, how);
  if (!expression->ok()) {
    return fail(ErrorCode::invalid, "'" + pattern + "': " + expression->error());
  }
  return LinePredicate([expression, invert = options.invert](const Line& line, const LogName&) {
    return RE2::PartialMatch(re2::StringPiece(line.content.data(), line.content.size()),
                             *expression) != invert;
  });
}

}  // namespace logd
