// SPDX-License-Identifier: Apache-2.0
#include "ctl/run_copy.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "base/file_io.h"
#include "capture/copy_link.h"
#include "ctl/command.h"
#include "store/event.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

// Until there is a log; and how often to look where the system does not tell what is new.
constexpr auto kPollInterval = 250ms;
// A look everywhere finds what no notification has told of.
constexpr auto kLookInterval = 1s;
// At the end: as long as it takes to look everywhere, if the run's end was not read before.
constexpr auto kLongestEnd = 1500ms;
constexpr auto kEndInterval = 100ms;

constexpr std::size_t kFullBytes = 64 * 1024;
constexpr std::size_t kPortionBytes = PIPE_BUF;

}  // namespace

RunCopy::RunCopy(FileSystem& fs, std::string log_dir, LogName log, int link)
    : fs_(fs),
      log_dir_(std::move(log_dir)),
      log_(std::move(log)),
      link_(link),
      report_([](Trouble, const std::string& message) { complain("run: " + message); }) {
  copied_[stream_index(Stream::out)] = {STDOUT_FILENO, "standard output", {}, true};
  copied_[stream_index(Stream::err)] = {STDERR_FILENO, "standard error", {}, true};
}

Result<void> RunCopy::open() {
  LOGD_TRY(open_history());
  [[maybe_unused]] const ssize_t sent = ::send(link_, &copy_link::kReady, 1, MSG_NOSIGNAL);
  return {};
}

Result<void> RunCopy::open_history() {
  HistoryQuery query;
  query.names = {log_.directory()};
  query.selection.events = true;
  query.join = false;  // a piece is printed when it is stored
  query.follow = true;
  if (!was_absent_) query.last = 0;
  history_.emplace(fs_, log_dir_, query, report_);
  auto opened = history_->open();
  if (opened) return {};
  history_.reset();
  if (opened.error().code != ErrorCode::not_found) return opened;
  was_absent_ = true;
  return {};
}

void RunCopy::run() {
  while (!is_done()) {
    wait();
    take_link();
    // Before CMD runs, its start cannot be known from another's.
    if (pid_ != 0) look();
    if (told_to_end_) tell_got_on();
  }
}

void RunCopy::look() {
  if (!history_) {
    const auto opened = open_history();
    if (!opened && opened.error().message() != last_failure_) {
      last_failure_ = opened.error().message();
      complain("run: --copy-out: " + last_failure_ + "; it is tried again and again");
    }
  }
  if (!history_) return;
  history_->take_news();
  print();
}

bool RunCopy::is_done() const {
  if (!copied_[0].is_open && !copied_[1].is_open) return true;
  if (!told_to_end_) return false;
  return pid_ == 0 || has_exited_ || Clock::now() - *told_to_end_ >= kLongestEnd;
}

void RunCopy::wait() {
  const int watch = history_ ? history_->watch_descriptor() : -1;
  const auto timeout = told_to_end_ ? kEndInterval : watch >= 0 ? kLookInterval : kPollInterval;
  // The end of the link stays readable.
  pollfd fds[] = {{told_to_end_ ? -1 : link_, POLLIN, 0}, {pid_ != 0 ? watch : -1, POLLIN, 0}};
  ::poll(fds, 2, static_cast<int>(std::chrono::milliseconds(timeout).count()));
}

void RunCopy::take_link() {
  if (told_to_end_) return;
  copy_link::StartedRun started;
  const ssize_t got =
      retry_interrupted([&] { return ::recv(link_, &started, sizeof(started), MSG_DONTWAIT); });
  if (got == static_cast<ssize_t>(sizeof(started))) pid_ = started.pid;
  if (got == 0) told_to_end_ = Clock::now();
}

void RunCopy::tell_got_on() const {
  [[maybe_unused]] const ssize_t sent =
      ::send(link_, &copy_link::kGotOn, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void RunCopy::print() {
  History::Shown shown;
  while (history_->next(shown)) {
    if (*shown.log != log_) continue;
    if (shown.line.type == RecordType::event) {
      take_event(shown.line.content);
    } else if (run_) {
      append(shown.line);
    }
  }
  for (Copied& copied : copied_) flush(copied);
}

void RunCopy::take_event(std::string_view text) {
  const auto started = parse_started_event(text);
  if (!run_ && started && started->pid == pid_) run_ = started->run;
  const auto exited = parse_exited_event(text);
  if (run_ && exited && exited->run == *run_) has_exited_ = true;
}

void RunCopy::append(const Line& line) {
  // Both may lead to one file: then their order is that of the log.
  flush(copied_[stream_index(line.stream == Stream::out ? Stream::err : Stream::out)]);
  Copied& copied = copied_[stream_index(line.stream)];
  if (!copied.is_open) return;
  copied.waiting += line.content;
  if (line.has_newline) copied.waiting += '\n';
  if (copied.waiting.size() >= kFullBytes) flush(copied);
}

// In small portions, between which the shim learns that we get on.
void RunCopy::flush(Copied& copied) {
  std::string_view rest = copied.waiting;
  while (!rest.empty() && copied.is_open) {
    const ssize_t written = ::write(copied.fd, rest.data(), std::min(rest.size(), kPortionBytes));
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // Somebody who shares the descriptor made it non-blocking.
      pollfd writable{copied.fd, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      give_up(copied, errno);
    }
    take_link();
    if (told_to_end_) tell_got_on();
  }
  copied.waiting.clear();
}

void RunCopy::give_up(Copied& copied, int sys_errno) {
  copied.is_open = false;
  complain("run: " + log_.directory() + ": --copy-out: " + copied.name + ": " +
           std::strerror(sys_errno) + "; its lines are only in the log from here on");
}

}  // namespace logd
