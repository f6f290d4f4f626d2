// Decides by a line's content whether a query wants it: -g, -i, -v, --fixed, --level, --where.
//
// All that is given must hold: one of the patterns (with -v none of them), the level or one above
// it, every condition. What is cheap to ask comes first. Which streams and times are wanted is
// others' business. One thread at a time per object; several threads make one each.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logd/result.h"
#include "query/field_condition.h"
#include "query/level.h"
#include "query/line_fields.h"
#include "query/text_matcher.h"

namespace logd {

struct FilterOptions {
  std::vector<std::string> patterns;  // -g: one of them
  PatternOptions pattern_options;     // -i, --fixed
  bool is_inverted = false;           // -v: none of them
  std::vector<std::string> excluded;  // none of these, -v or not
  std::string level;                  // --level: at least; empty: any, also none
  std::vector<std::string> where;     // --where: all of them
  // --until-match: no filter here, but -i and --fixed are about it too.
  std::vector<std::string> until_match;
};

class RecordFilter {
 public:
  // `option`: what the patterns were given for ("-g"; search: "the pattern"; or none). Errors:
  // invalid, limit.
  static Result<RecordFilter> compile(const FilterOptions& options, std::string_view option = "-g");

  // Whether every line is wanted.
  bool is_empty() const { return !patterns_ && !excluded_ && !level_ && conditions_.empty(); }

  // Whether a line or an event with this content is wanted. The content is whole, pieces joined.
  bool matches(std::string_view content);

  // Whether find_candidate() is faster than asking matches() for each line.
  bool has_candidates() const { return patterns_ && !is_inverted_ && patterns_->has_candidates(); }

  // As CandidateSearch. A line of several pieces must be joined before, since the patterns may
  // stand across them.
  std::size_t find_candidate(std::string_view records);

  // What -g matches and is worth highlighting; nullptr if there is nothing.
  const TextMatcher* highlighted() const {
    return patterns_ && !is_inverted_ ? &*patterns_ : nullptr;
  }

 private:
  RecordFilter() = default;

  std::optional<TextMatcher> patterns_;
  bool is_inverted_ = false;
  std::optional<TextMatcher> excluded_;
  std::optional<Level> level_;
  std::vector<FieldCondition> conditions_;
  LineFields fields_;
};

}  // namespace logd
