// SPDX-License-Identifier: Apache-2.0
#include "alert/line_watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/diagnostics.h"
#include "base/system_clock.h"
#include "logd/record.h"
#include "query/log_choice.h"
#include "query/render.h"
#include "store/segment_list.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

constexpr int kNice = 19;
constexpr auto kPause = 100ms;  // between two looks: many lines cost little more than one
constexpr auto kLookInterval = 50ms;
constexpr auto kPollInterval = 5s;
constexpr auto kPollWithoutNotices = 500ms;
constexpr auto kLongestLastLook = 200ms;  // when logd stops
constexpr auto kForEver = -1ms;
constexpr auto kRetryInterval = 5s;
constexpr std::size_t kMaxContentBytes = 1024;  // of a line that is told
constexpr std::size_t kMaxMessages = 20;
constexpr std::uint64_t kInflateBytes = 4_MiB;
constexpr std::string_view kCut = "...";

// A process that has no log yet is an error to a query, and a pattern is none.
std::string as_pattern(const std::string& name) {
  return is_glob(name) ? name : fmt::format("[{}]{}", name.front(), name.substr(1));
}

// Where the newest segment ends now.
Position end_of(Directory& log) {
  const auto segments = list_segments(log);
  if (!segments || segments->empty()) return {};
  const SegmentName& newest = segments->back().name;
  const auto status = log.status_of(newest.str());
  const bool is_plain = status && newest.form == SegmentName::Form::plain;
  return {newest.number, is_plain ? status->bytes : kNoLimit.offset};
}

// By the log's directory; those that cannot be read are left out.
std::map<std::string, Position> ends_of_logs(FileSystem& fs, const std::string& path) {
  std::map<std::string, Position> ends;
  const auto log_dir = fs.open_directory(path);
  if (!log_dir) return ends;
  const auto logs = list_logs(**log_dir);
  if (!logs) return ends;
  for (const LogName& name : *logs)
    if (const auto log = (*log_dir)->open_directory(name.directory(), Create::no))
      ends[name.directory()] = end_of(**log);
  return ends;
}

std::shared_ptr<const Config> no_config() { return std::make_shared<const Config>(); }

}  // namespace

// A line that outlives its reader.
struct LineWatch::KeptLine {
  // Enough for what is masked across the place where cut() cuts.
  static constexpr std::size_t kMaxBytes = 16 * kMaxContentBytes;

  KeptLine(const Line& line, LogName its_log)
      : time(line.time),
        content(line.content.substr(0, kMaxBytes)),
        log(std::move(its_log)),
        kept(line) {}

  void cut() {
    if (content.size() <= kMaxContentBytes) return;
    content.resize(kMaxContentBytes);
    content += kCut;
  }

  Line line() const {
    Line shown = kept;
    shown.time = time;
    shown.content = content;
    shown.record = {};
    return shown;
  }

  std::string time;
  std::string content;
  LogName log;
  Line kept;
};

Result<std::unique_ptr<LineWatch>> LineWatch::start(std::shared_ptr<const Config> config,
                                                    WallTime since, AlertCounts& counts,
                                                    Receiver receiver) {
  UniqueFd wake_up(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_up) return fail(system_error(errno, "eventfd"));
  std::unique_ptr<LineWatch> watch(new LineWatch(std::move(wake_up), counts, std::move(receiver)));
  watch->ends_ = ends_of_logs(watch->file_system_, config->log_dir);
  watch->follow(std::move(config));
  try {
    watch->thread_ = std::thread([&self = *watch, since] { self.work(since); });
  } catch (const std::system_error& error) {
    return fail(system_error(error.code().value(), "start a thread for alerts"));
  }
  return watch;
}

LineWatch::LineWatch(UniqueFd wake_up, AlertCounts& counts, Receiver receiver)
    : counts_(counts),
      receiver_(std::move(receiver)),
      wake_up_(std::move(wake_up)),
      config_(no_config()) {}

LineWatch::~LineWatch() {
  stop_by_ = SystemClock().mono_now() + kLongestLastLook;
  is_stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
}

void LineWatch::wake() {
  const std::uint64_t one = 1;
  std::ignore = write(wake_up_.get(), &one, sizeof one);
}

void LineWatch::follow(std::shared_ptr<const Config> config) {
  {
    const std::lock_guard lock(mutex_);
    next_ = std::move(config);
    next_since_ = SystemClock().wall_now();
  }
  has_news_ = true;
  wake();
}

void LineWatch::work(WallTime since) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the loop's
  setpriority(PRIO_PROCESS, 0, kNice);        // of this thread
  seen_ = time_text(since - Nanoseconds(1));
  while (true) {
    if (has_news_) take_config();
    if (rules_.empty()) {
      counts_.set_trouble({});
      if (is_stopping_) return;
      wait(-1, kForEver);
      continue;
    }
    if (follow_logs()) return;
    if (is_stopping_ && SystemClock().mono_now() >= stop_by_.load())
      return log_warn("stops before alerts have looked at all lines that are stored");
  }
}

bool LineWatch::must_end() const {
  return has_news_ || (is_stopping_ && SystemClock().mono_now() >= stop_by_.load());
}

// A rule that stays as it is keeps what it has counted.
void LineWatch::take_config() {
  has_news_ = false;
  WallTime since;
  {
    const std::lock_guard lock(mutex_);
    config_ = next_;
    since = next_since_;
  }
  if (!has_config_) {
    since = *parse_time(seen_);
  } else if (rules_.empty()) {
    // What came until there are rules again is nobody's business.
    seen_ = time_text(since - Nanoseconds(1));
    cursors_.reset();
    new_names_since_.reset();
  }
  // A new rule is about lines that come from then on, an unchanged one goes on where it was.
  std::vector<LineRule> rules;
  for (const auto& [name, alert] : config_->alerts) {
    if (!alert.health.empty()) continue;
    const auto known = std::find_if(rules_.begin(), rules_.end(),
                                    [&, &name = name, &alert = alert](const auto& rule) {
                                      return rule.name() == name && rule.config() == alert;
                                    });
    if (known != rules_.end()) {
      rules.push_back(std::move(*known));
      continue;
    }
    auto made = LineRule::make(name, alert, since);
    if (made)
      rules.push_back(std::move(*made));
    else
      log_error(fmt::format("alert {}: {}", name, made.error().message()));
  }
  rules_ = std::move(rules);
  has_config_ = true;
  const std::vector<std::string> names = watched_names();
  if (names == names_) return;
  names_ = names;
  // After the clock was set back lines have earlier times than some that were seen.
  if (!new_names_since_) new_names_since_ = std::min(since, *parse_time(seen_) + Nanoseconds(1));
}

// Nothing: all.
std::vector<std::string> LineWatch::watched_names() const {
  std::vector<std::string> names;
  for (const LineRule& rule : rules_) {
    if (rule.config().processes.empty()) return {};
    for (const std::string& name : rule.config().processes) names.push_back(as_pattern(name));
  }
  return names;
}

HistoryQuery LineWatch::query() {
  HistoryQuery query;
  query.names = names_;
  query.selection = {true, true, false};
  // Times are only for the first look: those of a new log may be earlier, after the clock was set.
  query.cursors = cursors_;
  if (new_names_since_)
    query.since = *new_names_since_;
  else if (!cursors_)
    query.since = *parse_time(seen_) + Nanoseconds(1);
  query.keeps_cursors = true;
  query.filter = [this](const Line& line, const LogName& log) {
    if (is_from_before(line, log)) return false;
    if (line.time > seen_) seen_.assign(line.time);
    return std::any_of(rules_.begin(), rules_.end(),
                       [&](LineRule& rule) { return rule.is_about(line, log); });
  };
  query.follow = true;
  query.is_stopped = [this] { return must_end(); };
  query.inflate_threads = 1;
  query.inflate_bytes = kInflateBytes;
  return query;
}

// Whether the line was stored before the first look, though its time says another thing: the clock
// was set back, and its log is ahead.
bool LineWatch::is_from_before(const Line& line, const LogName& log) const {
  const auto end = ends_.find(log.directory());
  return end != ends_.end() && line.position < end->second &&
         line.time > time_text(SystemClock().wall_now());
}

// Until there are other rules, or logd stops; the first time to the end of what there is. Returns
// whether it was the last time: logd stops, and all was looked at.
bool LineWatch::follow_logs() {
  std::size_t messages = 0;
  bool is_open = false;
  const Report report = [&](Trouble trouble, const std::string& message) {
    // That there is no log yet is no news.
    if (trouble == Trouble::notice && !is_open) return;
    if (++messages <= kMaxMessages) log_warn("alerts: " + message);
  };
  const bool is_first_look = !cursors_ || new_names_since_;
  History history(file_system_, config_->log_dir, query(), report);
  const auto opened = history.open();
  is_open = opened.has_value();
  counts_.set_trouble(opened ? std::string() : opened.error().message());
  if (!opened) {
    wait(-1, kRetryInterval);
    return is_stopping_;
  }
  new_names_since_.reset();
  bool is_last_look = false;
  bool has_all = false;
  while ((has_all = read_lines(history)) && !is_last_look) {
    for (LineRule& rule : rules_) rule.forget_since();
    ends_.clear();
    if (is_first_look) break;
    const int watch = history.watch_descriptor();
    wait(watch, watch >= 0 ? std::chrono::milliseconds(kPollInterval) : kPollWithoutNotices);
    if (!is_stopping_) wait(-1, kPause);
    is_last_look = is_stopping_;
    history.take_news();
  }
  cursors_ = history.cursors();
  return is_last_look && has_all;
}

// All there is; false if it is not to go on.
bool LineWatch::read_lines(History& history) {
  History::Shown shown;
  while (!must_end() && history.next(shown)) {
    take(shown);
    if (std::chrono::steady_clock::now() - history.last_look() >= kLookInterval)
      history.take_news();
  }
  return !must_end();
}

void LineWatch::take(const History::Shown& shown) {
  const std::optional<WallTime> time = parse_time(shown.line.time);
  if (!time) return;
  const MonoTime now = SystemClock().mono_now();
  for (LineRule& rule : rules_) {
    if (!rule.is_about(shown.line, *shown.log)) continue;
    const AlertWindow::Verdict verdict = rule.add(*time, *shown.log, now);
    if (verdict == AlertWindow::Verdict::suppressed)
      counts_.add(rule.name(), &AlertMetrics::suppressed);
    if (verdict == AlertWindow::Verdict::fires && receiver_.take_place(rule.name(), rule.config()))
      tell(rule, *time, *shown.log);
  }
}

void LineWatch::tell(LineRule& rule, WallTime time, const LogName& log) {
  Alert alert;
  alert.name = rule.name();
  alert.config = rule.config();
  alert.time = time;
  alert.condition = rule.condition();
  alert.log = log;
  alert.suppressed = rule.take_suppressed(log);
  render(last_lines(log, time, rule.config().lines), alert);
  receiver_.tell(std::move(alert));
}

// Of the process, up to the line of `time`, whatever they are about.
std::vector<LineWatch::KeptLine> LineWatch::last_lines(const LogName& log, WallTime time,
                                                       std::uint64_t count) {
  std::vector<KeptLine> lines;
  if (count == 0) return lines;
  HistoryQuery query;
  query.names = {log.process};
  query.selection = {true, true, true};
  query.last = count;
  query.until = time + Nanoseconds(1);
  query.is_stopped = [this] { return is_stopping_ && must_end(); };
  query.inflate_threads = 1;
  query.inflate_bytes = kInflateBytes;
  const Report report = [](Trouble, const std::string&) {};
  History history(file_system_, config_->log_dir, std::move(query), report);
  if (!history.open()) return lines;
  History::Shown shown;
  while (history.next(shown)) lines.emplace_back(shown.line, *shown.log);
  mask(lines);
  for (KeptLine& line : lines) line.cut();
  return lines;
}

// Whatever masking was in force when they were stored. All or nothing: what does not come back line
// by line is not told.
void LineWatch::mask(std::vector<KeptLine>& lines) {
  std::string text;
  for (const KeptLine& line : lines) text += line.content + "\n";
  text = masker_.mask(text);
  if (static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) != lines.size())
    return lines.clear();
  std::size_t begin = 0;
  for (KeptLine& line : lines) {
    const std::size_t end = text.find('\n', begin);
    line.content = text.substr(begin, end - begin);
    begin = end + 1;
  }
}

void LineWatch::render(const std::vector<KeptLine>& lines, Alert& alert) {
  const auto append = [&](Format format, Zone zone, std::vector<std::string>& to) {
    RenderOptions options;
    options.format = format;
    options.zone = zone;
    Renderer renderer(options);
    for (const KeptLine& line : lines) {
      std::string& text = to.emplace_back();
      renderer.append(text, line.line(), line.log);
      if (text.ends_with('\n')) text.pop_back();
    }
  };
  append(Format::json, Zone::utc, alert.records);
  append(Format::iso, Zone::local, alert.texts);
}

// For `descriptor` (-1: none), other rules, the stop, or some time.
void LineWatch::wait(int descriptor, std::chrono::milliseconds longest) {
  if (has_news_ || is_stopping_) return;
  pollfd fds[] = {{wake_up_.get(), POLLIN, 0}, {descriptor, POLLIN, 0}};
  ::poll(fds, std::size(fds), static_cast<int>(longest.count()));
  std::uint64_t woken = 0;
  std::ignore = read(wake_up_.get(), &woken, sizeof woken);
}

}  // namespace logd
