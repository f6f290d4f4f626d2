// Makes what [alert.NAME] says about lines into something that looks at them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alert/alert_window.h"
#include "config/config_file.h"
#include "logd/config.h"
#include "query/line.h"
#include "query/log_choice.h"
#include "query/record_filter.h"

namespace logd {

// One rule about lines, and where each process stands with it. One thread at a time.
class LineRule {
 public:
  // `config` has no `health`. Lines before `since` do not count. Errors: invalid.
  static Result<LineRule> make(const std::string& name, const AlertConfig& config, WallTime since);

  const std::string& name() const { return name_; }
  const AlertConfig& config() const { return config_; }

  bool is_about(const Line& line, const LogName& log);
  // Counts a line that it is about.
  AlertWindow::Verdict add(WallTime time, const LogName& log, MonoTime now);
  // Of the log's process, since the last call.
  std::uint64_t take_suppressed(const LogName& log);

  // "5 lines of level error or worse within 1m"
  std::string condition() const;

  // All lines from before are behind: times do not count any more.
  void forget_since() { since_text_.clear(); }

 private:
  LineRule(std::string name, AlertConfig config, RecordFilter filter, WallTime since);

  std::string name_;
  AlertConfig config_;
  LogChoice choice_;
  RecordFilter filter_;
  std::string since_text_;                      // as in records; empty: any
  std::map<std::string, AlertWindow> windows_;  // by process, all its instances together
};

// What is wrong with alerts by themselves: expressions, levels, names of checks.
std::vector<ConfigProblem> alert_problems(const LoadedConfig& loaded);

// Files and programs of alerts that the user who asks cannot use: warnings.
std::vector<ConfigProblem> alert_warnings(const LoadedConfig& loaded);

}  // namespace logd
