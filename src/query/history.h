// Reads what is kept of several logs, merged by time: what tail, search and export show.
//
// Brings together the choice of logs, the part of each that is wanted, the merge, the filter and
// the lines around what it lets through; each is a file of its own. With `follow` it goes on with
// what comes: whoever waits calls take_news(). Reads files only and needs no daemon. One thread at
// a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "logd/file_system.h"
#include "query/awaited_runs.h"
#include "query/damage_report.h"
#include "query/grouped_lines.h"
#include "query/kept_lines.h"
#include "query/line_reader.h"
#include "query/log_choice.h"
#include "query/log_cursor.h"
#include "query/log_watch.h"
#include "query/merge.h"
#include "query/tail_start.h"
#include "query/time_expression.h"
#include "store/inflate_pool.h"

namespace logd {

struct HistoryQuery {
  std::vector<std::string> names;  // none: all
  Selection selection;
  bool join = true;  // false: every piece of a line is one of its own, but counts as before
  std::optional<std::uint64_t> last;    // the last so many lines of all logs together
  std::optional<std::uint64_t> first;   // the first so many, of those
  std::optional<TimeExpression> since;  // at or after it
  std::optional<TimeExpression> until;  // before it
  std::optional<std::int64_t> run;      // one run of each log, see tail_start.h
  LinePredicate filter;        // none: all lines; else `last` and `first` count its matches
  CandidateSearch candidates;  // finds all that the filter may let through; or none
  std::uint64_t before = 0;    // so many lines around each match, by time
  std::uint64_t after = 0;
  bool groups = false;  // the group around each match, see grouped_lines.h; without the above,
                        // oldest first and joined only
  Order order = Order::oldest_first;
  bool follow = false;      // oldest first only
  bool until_exit = false;  // with `follow`: until the runs have ended that go on now
  // Where somebody has stopped: goes on there, and with the first line of any other log. None: the
  // above alone says where it begins.
  std::optional<LogCursors> cursors;
  bool keeps_cursors = false;        // cursors() is wanted; oldest first only
  std::function<bool()> is_stopped;  // none: never; true: what is shown is enough, at once
  // Archives are inflated by so many threads at most, and kept in so much memory.
  unsigned inflate_threads = std::thread::hardware_concurrency();
  std::uint64_t inflate_bytes = InflatePool::kMaxBytes;
};

class History {
 public:
  // `fs` and `report` must outlive this object.
  History(FileSystem& fs, std::string log_dir, HistoryQuery query, const Report& report);

  // Chooses and opens the logs and finds the parts of them that are wanted. Errors: not_found (no
  // such process, with a suggestion; or no log directory), permission, io.
  Result<void> open();

  struct Shown {
    Line line;  // valid until the next call of anything here
    const LogName* log = nullptr;
    bool is_match = true;   // false: a line around one
    bool is_apart = false;  // lines were left out between this one and the last, and some are shown
  };
  // Fills in the next line; false at the end, which may move with `follow`.
  bool next(Shown& shown);

  // Whether there is nothing to wait for at the end: all is shown that was asked for.
  bool may_end() const {
    return is_over_ || has_all() || is_stopped() || (awaited_ && awaited_->are_over());
  }

  // With `until_exit`: what there is to say of the runs, for people.
  std::vector<std::string> take_run_messages();

  // What the filter let through, of what next() gave.
  std::uint64_t matches() const { return matches_; }

  // Whether records that might have matched are not kept any more.
  bool is_cut_off() const { return logd::is_cut_off(reaches_); }

  // With `keeps_cursors`: how far each log was read for what next() has returned. Not while a line
  // is_held() that was read and not returned.
  LogCursors cursors() const;
  bool is_held() const { return match_.has_value(); }
  bool has_read() const { return has_read_; }

  std::size_t logs() const { return logs_.size(); }
  std::size_t longest_name() const;
  bool may_get_logs() const { return query_.follow && choice_.is_open_ended(); }

  // With `follow`: readable when there may be news; -1 if that cannot be told.
  int watch_descriptor() const { return watch_->is_working() ? watch_->descriptor() : -1; }
  void take_news();
  std::chrono::steady_clock::time_point last_look() const { return last_look_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Opened {
    LogName name;
    std::unique_ptr<Directory> directory;
  };
  struct Log {
    const LineSource* source;
    LineReader* reader;  // null backward
    Position counted_from;
    LogCursor cursor;
  };

  Result<void> open_log_dir();
  Result<std::vector<Opened>> open_chosen(const std::vector<LogName>& logs);
  Result<std::unique_ptr<Directory>> open_log(const LogName& log);
  void await_run(const Opened& log);
  TailQuery tail_query();
  CandidateSearch candidates() const;
  LineOptions line_options(bool skip_unended) const;
  void add(Opened log, LogSpan span);
  LogCursor go_on(const Opened& log, LogSpan& span);
  std::unique_ptr<LineSource> backward(Opened log, const LogSpan& span);
  std::unique_ptr<LineReader> forward(Opened log, const LogSpan& span);

  bool is_in_time(const Line& line) const;
  bool is_match(const Line& line, const LogName& log) const;
  void note_cursors(bool has_line);
  bool is_stopped() const { return query_.is_stopped && query_.is_stopped(); }
  bool is_done() const { return is_over_ || (has_all() && !(groups_ && groups_->is_open())); }
  bool has_all() const { return stop_after_ && matches_ >= *stop_after_ && after_left_ == 0; }
  bool take(const Line& line, const LogName& log, Shown& shown);
  bool take_in_group(const Line& line, const LogName& log, Shown& shown);
  bool show_match(const Line& line, const LogName& log, Shown& shown);
  void take_event(const Line& line, const LogName& log);

  void look_for_older();
  void look_everywhere();
  void join_new_logs();
  void reopen_if_replaced(std::size_t index);

  FileSystem& fs_;
  std::string path_;
  HistoryQuery query_;
  LogChoice choice_;
  const Report& report_;
  std::string since_text_;  // as in records; empty: none
  std::string until_text_;

  std::unique_ptr<Directory> log_dir_;
  std::optional<LogWatch> watch_;       // with follow
  std::map<std::string, bool> joined_;  // by directory; false: could not be read so far
  std::size_t block_bytes_ = kReadBlockBytes;
  std::uint64_t held_bytes_ = 0;
  InflatePool pool_;  // outlives the readers in merge_
  Merge merge_;
  std::vector<Log> logs_;  // by their index in merge_
  std::vector<LogSpan::Reach> reaches_;
  Time last_look_;             // at what has news
  std::string looked_at_;      // its time, as in records
  Time last_look_everywhere_;  // at every log
  std::optional<AwaitedRuns> awaited_;
  bool is_over_ = false;  // the last end was read of those that were awaited

  std::optional<std::uint64_t> stop_after_;  // matches
  std::uint64_t matches_ = 0;
  KeptLines kept_;  // may stand before the next match
  std::optional<GroupedLines> groups_;
  std::uint64_t before_;
  std::uint64_t after_;
  std::uint64_t after_left_ = 0;
  std::optional<Shown> match_;  // comes behind kept_
  bool is_gap_ = false;         // lines were left out since the last one shown
  bool has_shown_ = false;
  bool has_read_ = false;
};

}  // namespace logd
