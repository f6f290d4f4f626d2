// SPDX-License-Identifier: Apache-2.0
#include "query/tail.h"

#include <fmt/format.h>
#include <poll.h>

#include <cerrno>
#include <chrono>

#include "base/file_io.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

// While there is much to print: how often to see what other logs have to put in between.
constexpr auto kLookInterval = 50ms;
constexpr unsigned kLinesBetweenClocks = 256;
// Without notifications.
constexpr auto kPollInterval = 100ms;
constexpr auto kLookEverywhereInterval = 1s;
// Under load many small appends become one wake-up.
constexpr auto kPause = 5ms;

}  // namespace

Tail::Tail(FileSystem& fs, std::string log_dir, TailOptions options, Output& output,
           const Report& report)
    : options_(std::move(options)),
      output_(output),
      report_(report),
      renderer_(options_.render),
      history_(fs, std::move(log_dir), options_.query, report) {}

Result<void> Tail::open() {
  LOGD_TRY(history_.open());
  decide_names();
  return {};
}

// Names are shown if a reader could not tell without them whose line it is.
void Tail::decide_names() {
  named_logs_ = history_.logs();
  const Format format = options_.render.format;
  const bool is_text = format == Format::short_form || format == Format::iso;
  const bool may_be_several = history_.logs() > 1 || history_.may_get_logs();
  const bool show = options_.show_name == ShowName::always ||
                    (options_.show_name == ShowName::when_several && is_text && may_be_several);
  renderer_.set_show_name(show, options_.render.is_terminal ? history_.longest_name() : 0);
}

Result<void> Tail::print() {
  LOGD_TRY(print_ready());
  while (options_.query.follow && !has_found_ && !history_.may_end()) {
    LOGD_TRY(wait());
    history_.take_news();
    LOGD_TRY(print_ready());
  }
  if (!options_.count_only) return {};
  output_.buffer() += fmt::format_int(history_.matches()).str() + "\n";
  return output_.flush();
}

// Prints until all logs are at their ends.
Result<void> Tail::print_ready() {
  History::Shown shown;
  unsigned lines = 0;
  while (!has_found_ && history_.next(shown)) {
    has_found_ = options_.until_match != nullptr && shown.is_match &&
                 options_.until_match->matches(shown.line.content);
    if (options_.count_only) continue;
    if (history_.logs() != named_logs_) decide_names();
    append(shown);
    if (output_.is_full()) LOGD_TRY(flush());
    if (!options_.query.follow || ++lines % kLinesBetweenClocks != 0) continue;
    if (std::chrono::steady_clock::now() - history_.last_look() < kLookInterval) continue;
    LOGD_TRY(flush());
    history_.take_news();
  }
  return finish_ready();
}

// What there is to say of runs comes behind their last lines.
Result<void> Tail::finish_ready() {
  LOGD_TRY(flush());
  for (const std::string& message : history_.take_run_messages()) {
    report_(Trouble::notice, message);
  }
  return {};
}

Result<void> Tail::flush() {
  LOGD_TRY(output_.flush());
  const bool is_all = history_.has_read() && !history_.is_held();
  if (options_.note_printed && is_all) options_.note_printed(history_);
  return {};
}

void Tail::append(const History::Shown& shown) {
  const Format format = options_.render.format;
  const bool is_text = format == Format::short_form || format == Format::iso;
  if (shown.is_apart && is_text && (options_.query.before > 0 || options_.query.after > 0)) {
    output_.buffer() += "--\n";
  }
  renderer_.append(output_.buffer(), shown.line, *shown.log);
}

// Returns when there may be something new. Errors: io (EPIPE) when nobody reads the output any
// more.
Result<void> Tail::wait() {
  const auto since_last = std::chrono::steady_clock::now() - history_.last_look();
  if (since_last < kPause) retry_interrupted([] { return ::poll(nullptr, 0, kPause.count()); });

  const int watch = history_.watch_descriptor();
  const auto timeout = watch >= 0 ? kLookEverywhereInterval : kPollInterval;
  pollfd fds[] = {{output_.descriptor(), 0, 0}, {watch, POLLIN, 0}};
  // A signal that is caught is news as well.
  const int ready = ::poll(fds, 2, static_cast<int>(std::chrono::milliseconds(timeout).count()));
  if (ready > 0 && (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
    return fail(system_error(EPIPE, "write output"));
  }
  return {};
}

}  // namespace logd
