// SPDX-License-Identifier: Apache-2.0
#include "shim/shim.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "shim/environment.h"

namespace logd::shim {

void Shim::serve() {
  while (!is_done()) {
    const std::int64_t now = now_ms();
    if (link_ == Link::absent && now >= retry_.at_ms()) try_to_ask(now);
    if (now >= exit_deadline_ms_) end_wait();
    if (is_done()) break;
    wait(next_deadline(now));
  }
}

bool Shim::is_done() const {
  if (has_ended_) return true;
  // The end of a command is known to us alone: what logd has stored before is not all.
  return is_stored_ && (has_exited_ || options_.mode == Mode::pipe);
}

// When something must be done although nothing happens. While logd has the streams: never.
std::int64_t Shim::next_deadline(std::int64_t now) {
  std::int64_t deadline = exit_deadline_ms_;
  if (link_ == Link::absent) {
    deadline = std::min(deadline, retry_.at_ms());
    if (options_.on_full == OnFull::drop) {
      deadline = std::min(deadline, dropper_.check(streams(), now));
    }
  }
  return deadline;
}

void Shim::wait(std::int64_t until) {
  int timeout = -1;
  if (until != kNever) {
    timeout = static_cast<int>(std::clamp<std::int64_t>(until - now_ms(), 0, INT32_MAX));
  }
  pollfd wanted[3] = {
      {signals_.get(), POLLIN, 0}, {connection_.descriptor(), POLLIN, 0}, {-1, 0, 0}};
  if (options_.mode == Mode::pipe) wanted[2] = input_.interest();
  if (poll(wanted, 3, timeout) <= 0) return;
  if (wanted[0].revents != 0) read_signals();
  if (wanted[1].revents != 0) read_messages();
  if (wanted[2].revents != 0) {
    input_.proceed(wanted[2].revents);
    if (input_.has_ended()) take_exit(exit_code_, exit_signal_);
  }
}

// Connects and hands over everything. Returns 0, or the errno of the connection.
int Shim::ask() {
  const int error = connection_.open(options_.socket);
  if (error != 0) return error;
  if (options_.on_full == OnFull::drop) dropper_.finish_lines(streams());
  auto message = handover::make<handover::Attach>(handover::Type::attach);
  memcpy(message.run_id, run_id_, sizeof(run_id_));
  if (options_.mode == Mode::pipe) message.flags |= handover::kIsPipe;
  if (options_.mode == Mode::fifo) message.flags |= handover::kIsFifo;
  if (options_.mode != Mode::fifo && is_keeper_) message.flags |= handover::kIsKeeper;
  if (has_exited_) message.flags |= handover::kHasExited;
  if (options_.is_merged) message.flags |= handover::kIsMerged;
  message.pid = pid_;
  message.instance = options_.instance;
  message.stream_count = static_cast<std::uint32_t>(stream_count_);
  message.exit_code = exit_code_;
  message.exit_signal = exit_signal_;
  memcpy(message.process, options_.name, sizeof(options_.name));
  memcpy(message.command, command_name_, sizeof(command_name_));
  int fds[handover::kMaxDescriptors];
  std::size_t fd_count = 0;
  for (std::size_t i = 0; i < stream_count_; ++i) {
    message.streams[i] = streams_[i].state;
    fds[fd_count++] = streams_[i].read_end.get();
    fds[fd_count++] = streams_[i].escrow.get();
  }
  if (!send_attach(message, {fds, fd_count})) return ECONNRESET;
  link_ = Link::asked;
  return 0;
}

// With what CMD inherits and must not be seen in its log; other modes have no CMD.
bool Shim::send_attach(handover::Attach& message, std::span<const int> fds) {
  const Environment secrets(options_.mode == Mode::run ? environ : nullptr);
  iovec parts[1 + handover::kMaxEnvironmentValues * 2] = {{&message, sizeof(message)}};
  std::copy(secrets.parts().begin(), secrets.parts().end(), parts + 1);
  if (secrets.bytes() > 0) message.environment_at = sizeof(message);
  message.environment_bytes = secrets.bytes();
  message.header.bytes += secrets.bytes();
  return connection_.send({parts, 1 + secrets.parts().size()}, fds);
}

void Shim::try_to_ask(std::int64_t now) {
  if (ask() != 0) retry_.after_loss(now);
}

void Shim::lose_link() {
  connection_.close();
  link_ = Link::absent;
  retry_.after_loss(now_ms());
  // "Stored" before the end of CMD said nothing of its end, which the next logd must be told.
  is_stored_ = false;
}

void Shim::read_messages() {
  Connection::Message message;
  while (true) {
    switch (connection_.receive(message)) {
      case Connection::Received::message:
        take_message(message);
        break;
      case Connection::Received::closed:
        if (link_ != Link::absent && !is_done()) lose_link();
        return;
      case Connection::Received::nothing:
        return;
    }
  }
}

void Shim::take_message(const Connection::Message& message) {
  switch (message.type) {
    case handover::Type::accepted:
      link_ = Link::attached;
      retry_.succeeded();
      dropper_.stop();
      has_told_refusal_ = false;
      break;
    case handover::Type::refused:
      take_refusal(message.refused);
      break;
    case handover::Type::stored:
      is_stored_ = true;
      break;
    default:  // of a later version, and so not needed
      break;
  }
}

void Shim::take_refusal(const handover::Refused& refused) {
  connection_.close();
  link_ = Link::absent;
  if (options_.mode == Mode::fifo && refused.code == handover::RefusedCode::gone) {
    fifos_.remove();
    has_ended_ = true;
    return;
  }
  Text text = options_.prefix();
  text.add(refused.text);
  // What a person must change keeps CMD from its start; a disk that is full does not.
  const bool has_failed = refused.code == handover::RefusedCode::failed;
  if (!has_started_ && !has_failed) {
    say(text);
    status_ = kStartError;
    has_ended_ = true;
    return;
  }
  if (has_failed)
    retry_.after_failure(now_ms());
  else
    retry_.after_refusal(now_ms());
  if (has_told_refusal_) return;
  has_told_refusal_ = true;
  say(text.add("; it is asked again and again"));
}

void Shim::read_signals() {
  signalfd_siginfo signal;
  while (read(signals_.get(), &signal, sizeof(signal)) == static_cast<ssize_t>(sizeof(signal))) {
    if (signal.ssi_signo == SIGCHLD) {
      reap();
    } else {
      take_signal(static_cast<int>(signal.ssi_signo), signal.ssi_code == SI_KERNEL);
    }
  }
}

void Shim::take_signal(int number, bool is_from_terminal) {
  if (options_.mode == Mode::run) {
    // The terminal has signalled the whole group, CMD too; but that it has gone it tells only the
    // leader of the session.
    const bool has_reached_cmd = is_from_terminal && (number != SIGHUP || getsid(0) != getpid());
    const bool is_passed = options_.signals == Signals::pass && !has_reached_cmd;
    if (is_passed && !has_exited_) kill(pid_, number);
    return;
  }
  if (has_exited_ || number == SIGUSR1 || number == SIGUSR2 || number == SIGWINCH) return;
  // What writes into a pipe that was handed over has got the terminal's signal itself, and its end
  // is our end.
  if (is_from_terminal && !input_.is_copied()) return;
  input_.end();
  take_exit(-1, number);
  if (input_.is_copied()) return;
  exit_deadline_ms_ = now_ms();
  has_waited_ = false;
}

// All children, since as process 1 we inherit everybody's.
void Shim::reap() {
  int status = 0;
  while (true) {
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid < 0 && errno == EINTR) continue;
    if (pid <= 0) return;
    if (pid != pid_ || has_exited_) continue;
    if (WIFSIGNALED(status)) {
      take_exit(-1, WTERMSIG(status));
    } else {
      take_exit(WEXITSTATUS(status), 0);
    }
  }
}

void Shim::take_exit(int code, int signal) {
  if (has_exited_) return;
  has_exited_ = true;
  exit_code_ = code;
  exit_signal_ = signal;
  status_ = signal != 0 ? 128 + signal : code;
  exit_deadline_ms_ = now_ms() + options_.exit_wait_ms;
  tell_exit();
}

void Shim::tell_exit() {
  if (link_ == Link::absent) return;  // the next hand-over says it
  auto message = handover::make<handover::Exited>(handover::Type::exited);
  message.pid = pid_;
  message.code = exit_code_;
  message.signal = exit_signal_;
  if (!connection_.send(&message, sizeof(message))) lose_link();
}

// exit_wait is over and not everything is stored.
void Shim::end_wait() {
  exit_deadline_ms_ = kNever;
  if (!can_leave_keeper_) {
    has_ended_ = true;
    return;
  }
  Text text = why_not_stored();
  if (getpid() == 1) {
    say(text.add("; nothing outlives process 1, so the rest may be lost"));
    has_ended_ = true;
    return;
  }
  if (count_keepers(options_.name) >= kMaxKeepers) {
    text.add("; there are ").add_number(kMaxKeepers);
    say(text.add(" keepers already, so this process waits on"));
    return;
  }
  leave_keeper(text);
}

// What is stored is printed before we return. A reader of it that waits holds us up no longer than
// a logd that has not stored everything.
void Shim::finish_copy() {
  constexpr std::int64_t kLeastStillMs = 1000;
  if (copier_.finish(std::max(options_.exit_wait_ms, kLeastStillMs))) return;
  Text text = options_.prefix();
  say(text.add("nobody takes what --copy-out writes; the rest is only in the log"));
}

Text Shim::why_not_stored() const {
  Text text = options_.prefix();
  bool is_open = false;
  for (std::size_t i = 0; i < stream_count_; ++i) {
    // Without events, poll() tells only that the last writer has gone.
    pollfd writers{streams_[i].read_end.get(), 0, 0};
    if (poll(&writers, 1, 0) == 0) is_open = true;
  }
  if (link_ != Link::attached) {
    text.add("logd is not there to store what was written");
  } else if (is_open) {
    text.add("a process left behind still has the output open");
  } else {
    text.add("logd has not stored everything");
  }
  if (has_waited_) text.add(" after ").add_seconds(options_.exit_wait_ms);
  return text;
}

void Shim::leave_keeper(const Text& reason) {
  Text text = reason;
  switch (fork_keeper(title_, "logd-keeper", options_.name)) {
    case Forked::parent:
      say(text.add("; a keeper stays until all is stored"));
      has_ended_ = true;
      break;
    case Forked::failed:
      say(text.add("; no keeper can be started, so this process waits on"));
      break;
    case Forked::keeper:
      is_keeper_ = true;
      copier_.leave();
      signals_.reset();
      status_ = 0;
      break;
  }
}

}  // namespace logd::shim
