// SPDX-License-Identifier: Apache-2.0
#include "query/record_filter.h"

#include <algorithm>
#include <utility>

#include "store/record_view.h"

namespace logd {

Result<RecordFilter> RecordFilter::compile(const FilterOptions& options, std::string_view option) {
  RecordFilter filter;
  const bool has_patterns =
      !options.patterns.empty() || !options.excluded.empty() || !options.until_match.empty();
  const bool has_regex_condition = std::any_of(
      options.where.begin(), options.where.end(),
      [](const std::string& condition) { return condition.find("~=") != std::string::npos; });
  if (options.is_inverted && options.patterns.empty()) {
    return fail(ErrorCode::invalid, "-v turns the patterns of -g round; there is no -g");
  }
  if (options.pattern_options.is_fixed && !has_patterns) {
    return fail(ErrorCode::invalid, "--fixed is about the patterns of -g; there is no -g");
  }
  if (options.pattern_options.ignores_case && !has_patterns && !has_regex_condition) {
    return fail(ErrorCode::invalid, "-i is about the patterns of -g; there is no -g");
  }
  if (!options.patterns.empty()) {
    LOGD_TRY_ASSIGN(filter.patterns_,
                    TextMatcher::compile(options.patterns, options.pattern_options, option));
  }
  filter.is_inverted_ = options.is_inverted;
  if (!options.excluded.empty()) {
    LOGD_TRY_ASSIGN(filter.excluded_,
                    TextMatcher::compile(options.excluded, options.pattern_options, "--exclude"));
  }
  if (!options.level.empty()) {
    LOGD_TRY_ASSIGN(filter.level_, parse_level(options.level));
  }
  for (const std::string& condition : options.where) {
    LOGD_TRY_ASSIGN(auto parsed,
                    FieldCondition::parse(condition, options.pattern_options.ignores_case));
    filter.conditions_.push_back(std::move(parsed));
  }
  return filter;
}

bool RecordFilter::matches(std::string_view content) {
  if (patterns_ && patterns_->matches(content) == is_inverted_) return false;
  if (excluded_ && excluded_->matches(content)) return false;
  if (!level_ && conditions_.empty()) return true;
  fields_.set_line(content);
  for (const FieldCondition& condition : conditions_) {
    if (!condition.is_met(fields_, content)) return false;
  }
  if (!level_) return true;
  const auto level = level_of(fields_, content);
  return level && *level >= *level_;
}

std::size_t RecordFilter::find_candidate(std::string_view records) {
  if (!has_candidates()) return 0;
  for (std::size_t from = 0;;) {
    const std::size_t place = patterns_->next_candidate(records, from);
    if (place == std::string_view::npos || patterns_->is_literal()) return place;
    // Here and not where lines are merged and counted, since most are turned down.
    const std::size_t start = start_of_record(records, place);
    const std::size_t end = records.find('\n', place);
    RecordView record;
    const bool is_line = look_at_record(records.substr(start, end - start), record);
    if (!is_line || record.tag != RecordTag::full || matches(record.content)) return place;
    from = end + 1;
  }
}

}  // namespace logd
