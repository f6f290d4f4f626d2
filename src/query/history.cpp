// SPDX-License-Identifier: Apache-2.0
#include "query/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/system_clock.h"
#include "query/reverse_lines.h"
#include "query/segment_file.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

// Notifications can be lost (a network file system, a watch that could not be had).
constexpr auto kLookEverywhereInterval = 1s;
constexpr auto kLeastLookInterval = 1ms;

bool is_same(const FileStatus& a, const FileStatus& b) {
  return a.device == b.device && a.inode == b.inode;
}

std::string text_of(const std::optional<TimeExpression>& time) {
  const auto moment = moment_of(time);
  return moment ? time_text(*moment) : std::string();
}

// A log that is read backward, with its directory.
class BackwardSource final : public LineSource {
 public:
  BackwardSource(std::unique_ptr<Directory> directory, std::unique_ptr<ReverseLines> lines)
      : directory_(std::move(directory)), lines_(std::move(lines)) {}

  bool next(Line& line) override { return lines_->next(line); }
  const LogName& name() const override { return lines_->name(); }

 private:
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<ReverseLines> lines_;
};

}  // namespace

History::History(FileSystem& fs, std::string log_dir, HistoryQuery query, const Report& report)
    : fs_(fs),
      path_(std::move(log_dir)),
      query_(std::move(query)),
      choice_(query_.names),
      report_(report),
      since_text_(text_of(query_.since)),
      until_text_(text_of(query_.until)),
      pool_(query_.inflate_threads, query_.inflate_bytes),
      merge_(query_.order),
      stop_after_(query_.first),
      before_(query_.before),
      after_(query_.after) {
  if (query_.groups && query_.filter) groups_.emplace();
  if (query_.until_exit) awaited_.emplace(!query_.selection.events);
  if (query_.order == Order::oldest_first) return;
  std::swap(before_, after_);
  // Backward, the last lines come first.
  if (query_.join && query_.last) {
    stop_after_ = std::min(*query_.last, query_.first.value_or(*query_.last));
  }
}

Result<void> History::open() {
  LOGD_TRY(open_log_dir());
  LOGD_TRY_ASSIGN(const std::vector<LogName> logs, list_logs(*log_dir_));
  LOGD_TRY(choice_.check(logs, query_.follow ? LogChoice::MayCome::yes : LogChoice::MayCome::no));
  LOGD_TRY_ASSIGN(std::vector<Opened> opened, open_chosen(logs));
  if (opened.empty()) {
    report_(Trouble::notice, (query_.names.empty() ? "no process has a log in "
                                                   : "none of these processes has a log in ") +
                                 path_ + " yet");
  }

  block_bytes_ = block_bytes_for(opened.size());
  std::vector<LogToCount> to_count;
  for (const Opened& log : opened) to_count.push_back({&log.name, log.directory.get()});
  const std::vector<LogSpan> spans = find_tail(to_count, tail_query());
  for (std::size_t i = 0; i < opened.size(); ++i) {
    // An end that is stored from here on is read: it lies behind what was found before.
    if (awaited_) await_run(opened[i]);
    add(std::move(opened[i]), spans[i]);
  }
  return {};
}

void History::await_run(const Opened& log) {
  auto listing = list_segments(*log.directory);
  if (!listing) return;  // add() tells
  const bool is_cut_off = !listing->empty() && listing->front().name.number > 1;
  BackwardLog records(*log.directory, std::move(*listing), block_bytes_);
  if (awaited_->add(merge_.size(), log.name, records, is_cut_off)) return;
  report_(Trouble::notice, log.name.directory() +
                               ": no start of a run is kept, so one is taken to "
                               "go on; waits for the next end");
}

TailQuery History::tail_query() {
  const bool is_counted = query_.last && (query_.order == Order::oldest_first || !query_.join);
  TailQuery query;
  query.selection = query_.selection;
  if (is_counted) query.lines = query_.last;
  query.follow = query_.follow || query_.keeps_cursors;
  query.since = query_.since;
  query.until = query_.until;
  query.run = query_.run;
  query.pool = &pool_;
  query.report = &report_;
  query.is_stopped = query_.is_stopped;
  query.filter = query_.filter;
  query.candidates = candidates();
  query.lines_before = groups_ ? LineGrouper::kMaxLines : query_.filter ? query_.before : 0;
  return query;
}

// Finds what may have to be shown; none: everything may.
CandidateSearch History::candidates() const {
  // Cursors tell how far was read, and so everything is.
  if (query_.keeps_cursors) return nullptr;
  const bool has_others = query_.before > 0 || query_.after > 0 || query_.groups;
  if (query_.candidates && !has_others) return query_.candidates;
  const Selection& selection = query_.selection;
  if (selection.out == selection.err) return nullptr;
  return [stream = selection.out ? Stream::out : Stream::err](std::string_view records) {
    return find_stream(records, stream);
  };
}

LineOptions History::line_options(bool skip_unended) const {
  LineOptions options;
  options.selection = query_.selection;
  options.selection.events |= query_.until_exit;
  options.join = query_.join;
  options.skip_unended = skip_unended;
  options.candidates = candidates();
  return options;
}

Result<void> History::open_log_dir() {
  auto opened = fs_.open_directory(path_);
  if (!opened) {
    if (opened.error().code != ErrorCode::not_found) return fail(std::move(opened.error()));
    return fail(ErrorCode::not_found,
                fmt::format("no such process{}: there is no log directory {}",
                            query_.names.empty() ? "" : " '" + query_.names.front() + "'", path_));
  }
  log_dir_ = std::move(*opened);
  if (query_.follow) {
    if (!watch_) watch_.emplace();
    watch_->watch_log_dir(log_dir_->descriptor());
  }
  return {};
}

// Opens the logs that were chosen. One that may not be read is an error if it was named, else it is
// left out with a message.
Result<std::vector<History::Opened>> History::open_chosen(const std::vector<LogName>& logs) {
  std::vector<Opened> opened;
  std::optional<Error> last_failure;
  for (const LogName& log : logs) {
    if (!choice_.includes(log)) continue;
    auto directory = open_log(log);
    joined_[log.directory()] = directory.has_value();
    if (directory) {
      opened.push_back({log, std::move(*directory)});
    } else if (directory.error().code != ErrorCode::not_found) {  // deleted meanwhile
      if (choice_.is_named(log)) return fail(std::move(directory.error()));
      report_(Trouble::notice, "left out: " + directory.error().message());
      last_failure = std::move(directory.error());
    }
  }
  if (opened.empty() && last_failure) return fail(std::move(*last_failure));
  return opened;
}

// Opens a log's directory and makes sure that its segments may be read.
Result<std::unique_ptr<Directory>> History::open_log(const LogName& log) {
  LOGD_TRY_ASSIGN(std::unique_ptr<Directory> directory,
                  log_dir_->open_directory(log.directory(), Create::no));
  LOGD_TRY_ASSIGN(const std::vector<ListedSegment> segments, list_segments(*directory));
  for (auto newest = segments.rbegin(); newest != segments.rend(); ++newest) {
    if (is_no_file(*directory, newest->name)) continue;
    const auto opened = directory->open_file(newest->name.str(), OpenMode::read);
    if (!opened && opened.error().code == ErrorCode::permission) return fail(opened.error());
    break;
  }
  return directory;
}

void History::add(Opened log, LogSpan span) {
  LogCursor cursor;
  if (query_.keeps_cursors) cursor = go_on(log, span);
  // Watched before it is read to its end, or what comes in between would wait for the next look.
  if (watch_) watch_->watch_log(merge_.size(), log.directory->descriptor());
  std::unique_ptr<LineSource> source;
  LineReader* reader = nullptr;
  if (query_.order == Order::newest_first) {
    source = backward(std::move(log), span);
  } else {
    auto lines = forward(std::move(log), span);
    reader = lines.get();
    source = std::move(lines);
  }
  const bool has_others = groups_ || (query_.filter && query_.before > 0);
  logs_.push_back({source.get(), reader, has_others ? span.counted_from : Position{}, cursor});
  reaches_.push_back(span.reach);
  merge_.add(std::move(source));
}

// Leaves out of the span what was read before. Returns the cursor before anything is read now.
LogCursor History::go_on(const Opened& log, LogSpan& span) {
  const auto listing = list_segments(*log.directory);
  if (!listing) return {};  // the reader tells
  const LogCursor before = cursor_before(*log.directory, *listing, span.start.read_from);
  if (!query_.cursors) return before;
  const auto known = query_.cursors->find(log.name.directory());
  if (known == query_.cursors->end()) return before;
  const RecordPlace& last = known->second.last;
  const bool is_gone = std::none_of(listing->begin(), listing->end(), [&](const auto& segment) {
    return segment.name.number == last.position.segment;
  });
  if (is_gone && last.position.segment > 0) {
    report_(Trouble::notice,
            fmt::format("{}: segment {} of the cursor is gone: goes on with what is kept from {}Z",
                        log.name.directory(), last.position.segment, time_text(last.time)));
  }
  const LineStart behind = start_behind(*log.directory, *listing, known->second);
  const bool is_limited = span.start.events > behind.events;
  span.start.out = std::max(span.start.out, behind.out);
  span.start.err = std::max(span.start.err, behind.err);
  span.start.events = std::max(span.start.events, behind.events);
  span.start.read_from = std::min({span.start.out, span.start.err, span.start.events});
  return is_limited ? before : known->second;
}

// The log whose line was returned stands behind it; at the end of all, each stands at its own.
void History::note_cursors(bool has_line) {
  const std::size_t first = has_line ? merge_.taken() : 0;
  const std::size_t behind = has_line ? first + 1 : logs_.size();
  for (std::size_t i = first; i < behind; ++i) {
    // What was begun before is read again, up to where it was read before.
    const LogCursor cursor = logs_[i].reader->cursor();
    if (cursor.last.time > logs_[i].cursor.last.time) logs_[i].cursor = cursor;
  }
}

LogCursors History::cursors() const {
  LogCursors cursors;
  for (const Log& log : logs_) cursors[log.source->name().directory()] = log.cursor;
  return cursors;
}

std::unique_ptr<LineReader> History::forward(Opened log, const LogSpan& span) {
  LogReader records(std::move(log.name), std::move(log.directory), block_bytes_, report_);
  records.set_pool(pool_);
  auto reader = std::make_unique<LineReader>(
      std::move(records), line_options(query_.follow || query_.keeps_cursors || span.skip_unended),
      held_bytes_);
  if (query_.keeps_cursors) reader->note_places();
  reader->seek(span.start, query_.follow ? kNoLimit : span.end);
  return reader;
}

std::unique_ptr<LineSource> History::backward(Opened log, const LogSpan& span) {
  auto listing = list_segments(*log.directory);
  const DamageReport report(log.name, report_);
  if (!listing) report.cannot_list(listing.error());
  BackwardLog records(*log.directory, listing ? std::move(*listing) : std::vector<ListedSegment>(),
                      block_bytes_, span.end);
  records.tell(report);
  records.set_pool(&pool_);
  auto lines = std::make_unique<ReverseLines>(std::move(log.name), std::move(records),
                                              line_options(span.skip_unended), kMaxLookBackBytes,
                                              held_bytes_);
  lines->stop_at(span.start);
  return std::make_unique<BackwardSource>(std::move(log.directory), std::move(lines));
}

std::size_t History::longest_name() const {
  std::size_t longest = 0;
  for (const Log& log : logs_) longest = std::max(longest, log.source->name().directory().size());
  return longest;
}

bool History::is_in_time(const Line& line) const {
  return (since_text_.empty() || line.time >= since_text_) &&
         (until_text_.empty() || line.time < until_text_);
}

bool History::is_match(const Line& line, const LogName& log) const {
  if (stop_after_ && matches_ >= *stop_after_) return false;
  return line.position >= logs_[merge_.taken()].counted_from &&
         (!query_.filter || query_.filter(line, log));
}

bool History::next(Shown& shown) {
  for (;;) {
    if (match_ && !kept_.is_empty()) {
      kept_.take(shown.line, shown.log);
      shown.is_match = false;
      break;
    }
    if (match_) {
      shown = *std::exchange(match_, std::nullopt);
      break;
    }
    if (is_done() || is_stopped()) return false;
    if (query_.follow) look_for_older();
    Line line;
    const LineSource* const source = merge_.next(line);
    has_read_ = true;
    if (query_.keeps_cursors) note_cursors(source != nullptr);
    if (source == nullptr) return false;
    if (line.type == RecordType::event && awaited_) take_event(line, source->name());
    if (line.type == RecordType::event && !query_.selection.events) continue;
    if (is_in_time(line) && take(line, source->name(), shown)) break;
  }
  shown.is_apart = std::exchange(is_gap_, false) && std::exchange(has_shown_, true);
  has_shown_ = true;
  return true;
}

// True if the line is the next one to be shown; a match for which others are kept has to wait.
bool History::take(const Line& line, const LogName& log, Shown& shown) {
  if (groups_ && line.type == RecordType::line) return take_in_group(line, log, shown);
  if (is_match(line, log)) {
    ++matches_;
    after_left_ = after_;
    return show_match(line, log, shown);
  }
  if (after_left_ == 0) {
    is_gap_ |= kept_.add(line, log, before_);
    return false;
  }
  --after_left_;
  shown = {line, &log, false, false};
  return true;
}

bool History::take_in_group(const Line& line, const LogName& log, Shown& shown) {
  const bool is_wanted = is_match(line, log);
  if (is_wanted) ++matches_;
  if (!groups_->take(merge_.taken(), log, line, is_wanted, kept_)) return false;
  if (is_wanted) return show_match(line, log, shown);
  shown = {line, &log, false, false};
  return true;
}

bool History::show_match(const Line& line, const LogName& log, Shown& shown) {
  const Shown match{line, &log, true, false};
  if (kept_.is_empty()) {
    shown = match;
    return true;
  }
  match_ = match;
  return false;
}

void History::take_event(const Line& line, const LogName& log) {
  if (awaited_->take_event(merge_.taken(), log, line.content)) is_over_ = true;
}

std::vector<std::string> History::take_run_messages() {
  return awaited_ ? awaited_->take_messages() : std::vector<std::string>();
}

// A line that is newer than the last look at all logs waits for another one: after a pause, what
// was read of one log may be newer than what is there to be read of others.
void History::look_for_older() {
  const Line* const head = merge_.head();
  if (head == nullptr || head->time <= looked_at_) return;
  // A log's times may run ahead of the clock.
  if (std::chrono::steady_clock::now() - last_look_ >= kLeastLookInterval) take_news();
}

void History::take_news() {
  last_look_ = std::chrono::steady_clock::now();
  looked_at_ = time_text(SystemClock().wall_now());
  const LogWatch::News news = watch_->take();
  const bool is_due = last_look_ - last_look_everywhere_ >= kLookEverywhereInterval;
  if (news.all || is_due || !watch_->is_working()) {
    look_everywhere();
    return;
  }
  for (const std::size_t log : news.names) logs_[log].reader->log().note_new_names();
  for (const std::size_t log : news.logs) merge_.look_again(log);
  if (news.log_dir) join_new_logs();
}

void History::look_everywhere() {
  last_look_everywhere_ = last_look_;
  auto now_there = fs_.open_directory(path_);
  if (now_there) {
    const auto is = (*now_there)->status();
    const auto was = log_dir_->status();
    if (is && was && !is_same(*is, *was)) {
      log_dir_ = std::move(*now_there);
      watch_->watch_log_dir(log_dir_->descriptor());
    }
  }
  for (std::size_t i = 0; i < merge_.size(); ++i) {
    reopen_if_replaced(i);
    logs_[i].reader->log().note_new_names();
    merge_.look_again(i);
  }
  join_new_logs();
}

// A log's directory that was moved away or deleted by hand, and made anew, is read from its
// beginning.
void History::reopen_if_replaced(std::size_t index) {
  // First to the end of what is open, at whose lines others may still look.
  if (!merge_.is_at_end(index)) return;
  LineReader& reader = *logs_[index].reader;
  const auto was = reader.log().directory().status();
  const auto is = log_dir_->status_of(reader.name().directory());
  if (!was || !is || !is->is_directory || is_same(*was, *is)) return;
  auto directory = open_log(reader.name());
  if (!directory) return;
  watch_->watch_log(index, (*directory)->descriptor());
  reader.log().replace_directory(std::move(*directory));
  reader.seek({}, kNoLimit);
  logs_[index].counted_from = {};
}

// Processes that have come since, each from its first line.
void History::join_new_logs() {
  const auto logs = list_logs(*log_dir_);
  if (!logs) return;
  for (const LogName& log : *logs) {
    if (!choice_.includes(log)) continue;
    const auto [known, is_new] = joined_.try_emplace(log.directory(), false);
    if (known->second) continue;
    auto directory = open_log(log);
    if (directory) {
      known->second = true;
      const LogToCount one{&log, directory->get()};
      TailQuery query = tail_query();
      query.lines.reset();
      query.report = nullptr;  // what is new has few runs
      add({log, std::move(*directory)}, find_tail({one}, query).front());
    } else if (is_new && directory.error().code == ErrorCode::permission) {
      report_(Trouble::notice, "left out: " + directory.error().message());
    }
  }
}

}  // namespace logd
