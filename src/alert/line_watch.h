// Looks at lines as they are stored, for alerts about them.
//
// A reader of the files like any other, on a thread of its own that comes last for the processor:
// capture does not know of it. What it sees is what was stored; what it tells is masked by the
// built-in rules, however it was stored. Lines that were deleted before it came to them, and those
// that a stop left no time for, are told to logd's own log.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "alert/alert.h"
#include "alert/alert_counts.h"
#include "alert/alert_rule.h"
#include "base/posix_file_system.h"
#include "base/unique_fd.h"
#include "query/history.h"
#include "rules/masking.h"

namespace logd {

class LineWatch {
 public:
  // Called by its thread.
  struct Receiver {
    // Whether one more alert can be told; it is counted either way.
    std::function<bool(const std::string& name, const AlertConfig& config)> take_place;
    std::function<void(Alert)> tell;
  };

  // Looks at lines from `since` on by the alerts of `config`. `counts` and what `receiver` refers
  // to must outlive it. Errors: io.
  static Result<std::unique_ptr<LineWatch>> start(std::shared_ptr<const Config> config,
                                                  WallTime since, AlertCounts& counts,
                                                  Receiver receiver);
  // Looks at what is stored by then, for a moment.
  ~LineWatch();

  // From now on by these alerts; those that stay as they are go on counting. Loop thread.
  void follow(std::shared_ptr<const Config> config);

 private:
  struct KeptLine;

  LineWatch(UniqueFd wake_up, AlertCounts& counts, Receiver receiver);
  void wake();
  void work(WallTime since);
  bool must_end() const;
  void take_config();
  std::vector<std::string> watched_names() const;
  HistoryQuery query();
  bool is_from_before(const Line& line, const LogName& log) const;
  bool follow_logs();
  bool read_lines(History& history);
  void take(const History::Shown& shown);
  void tell(LineRule& rule, WallTime time, const LogName& log);
  std::vector<KeptLine> last_lines(const LogName& log, WallTime time, std::uint64_t count);
  void mask(std::vector<KeptLine>& lines);
  static void render(const std::vector<KeptLine>& lines, Alert& alert);
  void wait(int descriptor, std::chrono::milliseconds longest);

  AlertCounts& counts_;
  Receiver receiver_;
  UniqueFd wake_up_;                      // eventfd
  std::atomic<bool> is_stopping_{false};  // the thread ends soon
  std::atomic<MonoTime> stop_by_{MonoTime()};
  std::atomic<bool> has_news_{false};  // in next_
  std::mutex mutex_;
  std::shared_ptr<const Config> next_;  // guarded by mutex_
  WallTime next_since_{};               // when it was given; guarded by mutex_
  // Of the thread.
  PosixFileSystem file_system_;
  std::shared_ptr<const Config> config_;
  bool has_config_ = false;
  std::map<std::string, Position> ends_;  // of logs when it was started, until the first look
  std::vector<LineRule> rules_;
  std::vector<std::string> names_;           // that are watched
  std::optional<WallTime> new_names_since_;  // names_ are new: logs without a cursor from then on
  std::string seen_;                         // time of the newest line seen, as in records
  std::optional<LogCursors> cursors_;        // how far each log was looked at; none: up to seen_
  MessageMasker masker_;
  std::thread thread_;
};

}  // namespace logd
