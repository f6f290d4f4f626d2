// Declares the options that tail, search and export share, and runs a query with them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ctl/cursor_file.h"
#include "ctl/filter_options.h"
#include "ctl/follow_options.h"
#include "ctl/look_options.h"
#include "ctl/options.h"
#include "ctl/query_outcome.h"
#include "logd/config.h"
#include "query/record_filter.h"
#include "query/tail.h"

namespace logd {

class QueryOptions {
 public:
  explicit QueryOptions(std::string command) : command_(std::move(command)) {}

  // Which records: names, streams, events, times, runs, levels, fields.
  void declare_selection(Options& options);
  // -g, where no argument is the pattern.
  void declare_grep(Options& options) { filter_options_.declare_grep(options); }
  // How many of them, in which order, and with which lines around them.
  void declare_range(Options& options);
  // How they look. `format` is the option for that.
  void declare_look(Options& options, const std::string& format);
  // Only the zone of times.
  void declare_zone(Options& options) { look_options_.declare_zone(options); }
  // --follow, and what ends it.
  void declare_follow(Options& options);

  void set_pattern(const std::string& pattern) { filter_options_.add_pattern(pattern); }
  void set_lines(const std::string& lines) { default_lines_ = lines; }
  void set_format(const std::string& format) { look_options_.set_format(format); }

  // Prints to the descriptor `to`, with messages on standard error; returns the exit status.
  int run(const Config& config, int to);

  // For a command that does something else with the records than to print them: which they are.
  // The query's filter points into this object. Errors: invalid.
  Result<HistoryQuery> choose(const Config& config, int to);
  bool has_filter() const { return !filter_->is_empty(); }  // after choose()
  Zone zone() const { return tail_.render.zone; }

  // Whether all was printed that could be read.
  bool has_run() const { return has_run_; }

 private:
  Result<void> settle(const Config& config, int to);
  Result<void> settle_counts();
  Result<void> settle_times();
  Result<void> settle_cursors();
  Result<void> settle_filter();
  Result<void> settle_look(const Config& config, int to);
  int end_of(const Result<void>& printed, const Tail& tail, const QueryOutcome& outcome);

  std::string command_;
  TailOptions tail_;
  LookOptions look_options_;
  LineFilterOptions filter_options_;
  FollowOptions follow_options_;
  CursorFile cursor_file_;
  std::shared_ptr<RecordFilter> filter_;  // shared with the predicate, which is copied
  std::optional<TextMatcher> until_match_;
  std::string default_lines_ = "all";
  std::string lines_;
  std::string head_;
  std::string after_;
  std::string before_;
  std::string context_;
  std::string since_;
  std::string until_;
  std::string run_;
  bool out_ = false;
  bool err_ = false;
  bool reverse_ = false;
  bool previous_ = false;
  bool has_run_ = false;
};

}  // namespace logd
