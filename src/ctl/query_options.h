// Declares the options that tail, search and export share, and runs a query with them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ctl/options.h"
#include "logd/config.h"
#include "query/tail.h"

namespace logd {

class QueryOptions {
 public:
  explicit QueryOptions(std::string command) : command_(std::move(command)) {}

  // Which records: names, streams, events, times, runs, patterns.
  void declare_selection(Options& options);
  // How many of them, in which order, and with which lines around them.
  void declare_range(Options& options);
  // How they look. `format` is the option for that.
  void declare_look(Options& options, const std::string& format);
  // --follow.
  void declare_follow(Options& options);

  void set_pattern(const std::string& pattern) { pattern_ = pattern; }
  void set_lines(const std::string& lines) { lines_ = lines; }
  void set_format(const std::string& format) { format_ = format; }

  // Prints to the descriptor `to`, with messages on standard error; returns the exit status.
  int run(const Config& config, int to);

  // Whether all was printed that could be read.
  bool has_run() const { return has_run_; }

 private:
  Result<void> settle(const Config& config, int to);
  Result<void> settle_counts();
  Result<void> settle_times();
  Result<void> settle_filter();
  Result<void> settle_look(const Config& config, int to);

  std::string command_;
  TailOptions tail_;
  std::string pattern_;
  std::string lines_ = "all";
  std::string head_;
  std::string after_;
  std::string before_;
  std::string context_;
  std::string since_;
  std::string until_;
  std::string run_;
  std::string format_ = "short";
  std::string prefix_ = "auto";
  std::string color_ = "auto";
  std::string zone_;
  bool out_ = false;
  bool err_ = false;
  bool reverse_ = false;
  bool ignore_case_ = false;
  bool invert_ = false;
  bool fixed_ = false;
  bool previous_ = false;
  bool json_ = false;
  bool raw_ = false;
  bool utc_ = false;
  bool no_follow_ = false;
  bool has_run_ = false;
};

}  // namespace logd
