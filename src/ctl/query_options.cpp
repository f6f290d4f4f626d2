// SPDX-License-Identifier: Apache-2.0
#include "ctl/query_options.h"

#include <csignal>
#include <utility>

#include "base/posix_file_system.h"
#include "base/system_clock.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/parse_number.h"
#include "ctl/stop_signals.h"
#include "ctl/zone.h"
#include "query/time_expression.h"

namespace logd {
namespace {

// As if the signal had not been caught.
void end_by(int signal) {
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

void QueryOptions::declare_selection(Options& options) {
  options.arguments("NAME", tail_.query.names, "Processes, NAME@N for one instance, or globs");
  options.text("-S,--since", since_, "TIME", "From this time on");
  options.text("-U,--until", until_, "TIME", "Before this time");
  options.text("--run", run_, "N", "Of one run: its number, 0 for the last, -1 the one before …");
  options.flag("--previous", previous_, "The same as --run -1");
  options.flag("--out", out_, "Lines of stdout; with --err, both");
  options.flag("--err", err_, "Lines of stderr; with --out, both");
  options.flag("--events", tail_.query.selection.events, "Events of logd too");
  filter_options_.declare(options);
}

void QueryOptions::declare_range(Options& options) {
  options.text("-n,--lines,--tail", lines_, "N|all",
               "The last so many lines (" + default_lines_ + ")");
  options.text("--head", head_, "N", "Ends after so many lines");
  options.flag("-r,--reverse", reverse_, "The newest first");
  options.text("-A,--after-context", after_, "N", "With so many lines after each match");
  options.text("-B,--before-context", before_, "N", "With so many lines before each match");
  options.text("-C,--context", context_, "N", "With so many lines before and after");
  options.flag("-c,--count", tail_.count_only, "Only how many lines match");
  filter_options_.declare_no_group(options);
}

void QueryOptions::declare_look(Options& options, const std::string& format) {
  look_options_.declare(options, format);
}

void QueryOptions::declare_follow(Options& options) {
  follow_options_.declare(options);
  filter_options_.declare_until_match(options);
  cursor_file_.declare(options);
}

int QueryOptions::run(const Config& config, int to) {
  if (const auto checked = settle(config, to); !checked) {
    complain(command_ + ": " + checked.error().message());
    return checked.error().code == ErrorCode::permission ? kExitPermission : kExitUsage;
  }
  prepare_to_read();
  // Where we have stopped is saved first.
  if (cursor_file_.is_given()) std::signal(SIGPIPE, SIG_IGN);
  QueryOutcome outcome;
  PosixFileSystem fs;
  Output output(to);
  output.stop_when(tail_.query.is_stopped);
  Tail tail(fs, config.log_dir, tail_, output, outcome.report());
  if (const auto opened = tail.open(); !opened) return complain(opened.error());
  const auto printed = tail.print();
  const auto saved = cursor_file_.save();
  if (!saved) complain(saved.error());
  const int status = end_of(printed, tail, outcome);
  return saved ? status : kExitFailed;
}

// What ends us from outside ends us as if we had not waited to finish.
int QueryOptions::end_of(const Result<void>& printed, const Tail& tail,
                         const QueryOutcome& outcome) {
  const int stopped_by = StopSignals::caught();
  if (stopped_by != 0 && stopped_by != SIGALRM) end_by(stopped_by);
  if (!printed && stopped_by == 0) return cannot_print(printed.error());
  has_run_ = true;
  if (stopped_by == SIGALRM && !tail.has_found()) return kExitTimeout;
  const History& history = tail.history();
  const std::uint64_t matches =
      until_match_ ? static_cast<std::uint64_t>(tail.has_found()) : history.matches();
  return outcome.status({matches, history.is_cut_off(), has_filter() || until_match_});
}

Result<HistoryQuery> QueryOptions::choose(const Config& config, int to) {
  LOGD_TRY(settle(config, to));
  prepare_to_read();
  HistoryQuery query = tail_.query;
  query.groups = false;  // nothing is shown
  return query;
}

// Turns what was typed into what is meant. Errors: invalid.
Result<void> QueryOptions::settle(const Config& config, int to) {
  if (out_ || err_) {
    tail_.query.selection.out = out_;
    tail_.query.selection.err = err_;
  }
  LOGD_TRY(follow_options_.settle(tail_.query));
  LOGD_TRY(settle_look(config, to));
  LOGD_TRY(settle_counts());
  LOGD_TRY(settle_cursors());
  LOGD_TRY(settle_times());
  return settle_filter();
}

Result<void> QueryOptions::settle_counts() {
  HistoryQuery& query = tail_.query;
  const std::string& lines = lines_.empty() ? default_lines_ : lines_;
  const bool counts_all = tail_.count_only && lines_.empty();
  if (lines != "all" && !counts_all) {
    LOGD_TRY_ASSIGN(query.last,
                    parse_number<std::uint64_t>(lines, "-n is a number of lines or all"));
  }
  if (!head_.empty()) {
    LOGD_TRY_ASSIGN(query.first, parse_number<std::uint64_t>(head_, "--head is a number of lines"));
  }
  if (!context_.empty()) {
    LOGD_TRY_ASSIGN(query.before, parse_number<std::uint64_t>(context_, "-C is a number of lines"));
    query.after = query.before;
  }
  if (!after_.empty()) {
    LOGD_TRY_ASSIGN(query.after, parse_number<std::uint64_t>(after_, "-A is a number of lines"));
  }
  if (!before_.empty()) {
    LOGD_TRY_ASSIGN(query.before, parse_number<std::uint64_t>(before_, "-B is a number of lines"));
  }
  if (reverse_) query.order = Order::newest_first;
  if (reverse_ && query.follow) return fail(ErrorCode::invalid, "-r and -f do not go together");
  if (tail_.count_only && query.follow) {
    return fail(ErrorCode::invalid, "-c and -f do not go together");
  }
  return {};
}

// What was not shown yet is wanted, however much it is.
Result<void> QueryOptions::settle_cursors() {
  if (!cursor_file_.is_given()) return {};
  HistoryQuery& query = tail_.query;
  LOGD_TRY(cursor_file_.read(query));
  // A line that was left out would never come.
  if (cursor_file_.is_there()) query.last.reset();
  StopSignals::catch_interrupts();
  query.is_stopped = StopSignals::is_stopped;
  tail_.note_printed = [this](const History& history) { cursor_file_.note(history); };
  return {};
}

Result<void> QueryOptions::settle_times() {
  HistoryQuery& query = tail_.query;
  LOGD_TRY_ASSIGN(const TimeRange range, parse_time_range(since_, until_, SystemClock().wall_now(),
                                                          time_zone_of(tail_.render.zone)));
  query.since = range.since;
  query.until = range.until;
  if (query.until && query.follow) {
    return fail(ErrorCode::invalid, "--until and -f do not go together");
  }
  if (previous_ && !run_.empty()) {
    return fail(ErrorCode::invalid, "--run and --previous do not go together");
  }
  if (previous_) run_ = "-1";
  if (!run_.empty()) {
    LOGD_TRY_ASSIGN(query.run, parse_number<std::int64_t>(run_, "--run is a number"));
  }
  return {};
}

Result<void> QueryOptions::settle_filter() {
  LOGD_TRY_ASSIGN(RecordFilter filter, filter_options_.compile(command_ == "search" ? "RE" : "-g"));
  filter_ = std::make_shared<RecordFilter>(std::move(filter));
  LOGD_TRY_ASSIGN(until_match_, filter_options_.compile_until_match());
  if (until_match_) tail_.until_match = &*until_match_;
  if (filter_->is_empty()) return {};
  tail_.query.filter = [wanted = filter_](const Line& line, const LogName&) {
    return wanted->matches(line.content);
  };
  if (filter_->has_candidates()) {
    tail_.query.candidates = [wanted = filter_](std::string_view records) {
      return wanted->find_candidate(records);
    };
  }
  HistoryQuery& query = tail_.query;
  // What a script asks for is as exact as what goes into a pipe.
  query.groups = tail_.render.is_terminal && filter_options_.wants_groups() && query.join &&
                 query.order == Order::oldest_first && query.before == 0 && query.after == 0 &&
                 !tail_.count_only && !cursor_file_.is_given();
  if (const TextMatcher* const found = filter_->highlighted()) {
    tail_.render.highlights.push_back(found);
  }
  return {};
}

// Before the times, which are of the zone that is chosen here.
Result<void> QueryOptions::settle_look(const Config& config, int to) {
  LOGD_TRY_ASSIGN(LookOptions::Look look, look_options_.settle(config, to));
  tail_.render = std::move(look.render);
  tail_.show_name = look.show_name;
  tail_.query.join = tail_.render.format != Format::cri;
  return {};
}

}  // namespace logd
