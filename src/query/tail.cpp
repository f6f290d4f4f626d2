// SPDX-License-Identifier: Apache-2.0
#include "query/tail.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "base/file_io.h"
#include "query/segment_file.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

// While there is much to print: how often to see what other logs have to put in between.
constexpr auto kLookInterval = 50ms;
constexpr unsigned kLinesBetweenClocks = 256;
// Notifications can be lost (a network file system, a watch that could not be had).
constexpr auto kLookEverywhereInterval = 1s;
constexpr auto kPollInterval = 100ms;
// Under load many small appends become one wake-up.
constexpr auto kPause = 5ms;

// Beyond so many logs each gets a small buffer, so that all together stay small.
constexpr std::size_t kManyLogs = 64;
constexpr std::size_t kSmallBlockBytes = 8 * 1024;

bool is_same(const FileStatus& a, const FileStatus& b) {
  return a.device == b.device && a.inode == b.inode;
}

}  // namespace

Tail::Tail(FileSystem& fs, std::string log_dir, TailOptions options, Output& output,
           const Report& report)
    : fs_(fs),
      path_(std::move(log_dir)),
      options_(std::move(options)),
      choice_(options_.names),
      output_(output),
      report_(report),
      renderer_(options_.render) {}

Result<void> Tail::open() {
  LOGD_TRY(open_log_dir());
  LOGD_TRY_ASSIGN(const std::vector<LogName> logs, list_logs(*log_dir_));
  const bool follow = options_.query.follow;
  LOGD_TRY(choice_.check(logs, follow ? LogChoice::MayCome::yes : LogChoice::MayCome::no));
  LOGD_TRY_ASSIGN(std::vector<Opened> opened, open_chosen(logs));
  if (opened.empty()) report_(Trouble::notice, "no process has a log in " + path_ + " yet");

  if (opened.size() > kManyLogs) block_bytes_ = kSmallBlockBytes;
  std::vector<LogToCount> to_count;
  for (const Opened& log : opened) to_count.push_back({&log.name, log.directory.get()});
  const std::vector<LogSpan> spans = find_tail(to_count, options_.query);
  for (std::size_t i = 0; i < opened.size(); ++i) add(std::move(opened[i]), spans[i]);
  decide_names();
  return {};
}

Result<void> Tail::open_log_dir() {
  auto opened = fs_.open_directory(path_);
  if (!opened) {
    if (opened.error().code != ErrorCode::not_found) return fail(std::move(opened.error()));
    return fail(
        ErrorCode::not_found,
        fmt::format("no such process{}: there is no log directory {}",
                    options_.names.empty() ? "" : " '" + options_.names.front() + "'", path_));
  }
  log_dir_ = std::move(*opened);
  if (options_.query.follow) {
    if (!watch_) watch_.emplace();
    watch_->watch_log_dir(log_dir_->descriptor());
  }
  return {};
}

// Opens the logs that were chosen. One that may not be read is an error if it was named, else it is
// left out with a message.
Result<std::vector<Tail::Opened>> Tail::open_chosen(const std::vector<LogName>& logs) {
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
Result<std::unique_ptr<Directory>> Tail::open_log(const LogName& log) {
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

void Tail::add(Opened log, const LogSpan& span) {
  const bool follow = options_.query.follow;
  // Watched before it is read to its end, or what comes in between would wait for the next look.
  if (watch_) watch_->watch_log(merge_.size(), log.directory->descriptor());
  auto reader = std::make_unique<LineReader>(
      LogReader(std::move(log.name), std::move(log.directory), block_bytes_, report_),
      LineOptions{options_.query.selection, options_.render.format != Format::cri,
                  follow || span.skip_unended},
      held_bytes_);
  reader->seek(span.start, follow ? kNoLimit : span.end);
  readers_.push_back(reader.get());
  merge_.add(std::move(reader));
}

// Names are shown if a reader could not tell without them whose line it is.
void Tail::decide_names() {
  const Format format = options_.render.format;
  const bool is_text = format == Format::short_form || format == Format::iso;
  const bool may_be_several =
      merge_.size() > 1 || (options_.query.follow && choice_.is_open_ended());
  const bool show = options_.show_name == ShowName::always ||
                    (options_.show_name == ShowName::when_several && is_text && may_be_several);
  std::size_t width = 0;
  for (std::size_t i = 0; options_.render.is_terminal && i < merge_.size(); ++i) {
    width = std::max(width, readers_[i]->name().directory().size());
  }
  renderer_.set_show_name(show, width);
}

Result<void> Tail::print() {
  LOGD_TRY(print_ready());
  while (options_.query.follow) {
    LOGD_TRY(wait());
    take_news();
    LOGD_TRY(print_ready());
  }
  return {};
}

// Prints until all logs are at their ends.
Result<void> Tail::print_ready() {
  Line line;
  unsigned lines = 0;
  while (const LineSource* const log = merge_.next(line)) {
    renderer_.append(output_.buffer(), line, log->name());
    LOGD_TRY(output_.flush_if_full());
    if (!options_.query.follow || ++lines % kLinesBetweenClocks != 0) continue;
    if (std::chrono::steady_clock::now() - last_look_ < kLookInterval) continue;
    LOGD_TRY(output_.flush());
    take_news();
  }
  return output_.flush();
}

// Returns when there may be something new. Errors: io (EPIPE) when nobody reads the output any
// more.
Result<void> Tail::wait() {
  const auto since_last = std::chrono::steady_clock::now() - last_look_;
  if (since_last < kPause) retry_interrupted([] { return ::poll(nullptr, 0, kPause.count()); });

  const auto timeout = watch_->is_working() ? kLookEverywhereInterval : kPollInterval;
  pollfd fds[] = {{output_.descriptor(), 0, 0}, {watch_->descriptor(), POLLIN, 0}};
  retry_interrupted(
      [&] { return ::poll(fds, 2, static_cast<int>(std::chrono::milliseconds(timeout).count())); });
  if ((fds[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
    return fail(system_error(EPIPE, "write output"));
  }
  return {};
}

void Tail::take_news() {
  last_look_ = std::chrono::steady_clock::now();
  const LogWatch::News news = watch_->take();
  const bool is_due = last_look_ - last_look_everywhere_ >= kLookEverywhereInterval;
  if (news.all || is_due || !watch_->is_working()) {
    look_everywhere();
    return;
  }
  for (const std::size_t log : news.names) readers_[log]->log().note_new_names();
  for (const std::size_t log : news.logs) merge_.look_again(log);
  if (news.log_dir) join_new_logs();
}

void Tail::look_everywhere() {
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
    readers_[i]->log().note_new_names();
    merge_.look_again(i);
  }
  join_new_logs();
}

// A log's directory that was moved away or deleted by hand, and made anew, is read from its
// beginning.
void Tail::reopen_if_replaced(std::size_t index) {
  LineReader& reader = *readers_[index];
  const auto was = reader.log().directory().status();
  const auto is = log_dir_->status_of(reader.name().directory());
  if (!was || !is || !is->is_directory || is_same(*was, *is)) return;
  auto directory = open_log(reader.name());
  if (!directory) return;
  watch_->watch_log(index, (*directory)->descriptor());
  reader.log().replace_directory(std::move(*directory));
  reader.seek({}, kNoLimit);
}

// Processes that have come since, each from its first line.
void Tail::join_new_logs() {
  const auto logs = list_logs(*log_dir_);
  if (!logs) return;
  for (const LogName& log : *logs) {
    if (!choice_.includes(log)) continue;
    const auto [known, is_new] = joined_.try_emplace(log.directory(), false);
    if (known->second) continue;
    auto directory = open_log(log);
    if (directory) {
      known->second = true;
      add({log, std::move(*directory)}, LogSpan{});
      decide_names();
    } else if (is_new && directory.error().code == ErrorCode::permission) {
      report_(Trouble::notice, "left out: " + directory.error().message());
    }
  }
}

}  // namespace logd
