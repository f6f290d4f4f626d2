// The Shim up to the start of CMD.
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>

#include "shim/command.h"
#include "shim/shim.h"

namespace logd::shim {
namespace {

// How long CMD waits for a logd that is there but does not answer.
constexpr std::int64_t kMaxAnswerMs = 2000;

// What connect() says when nobody listens, or too many ask at once. Anything else is a mistake in
// the path or a missing right, which waiting does not cure.
bool means_absent(int sys_errno) {
  return sys_errno == ENOENT || sys_errno == ECONNREFUSED || sys_errno == EAGAIN ||
         sys_errno == ECONNRESET || sys_errno == EPIPE || sys_errno == ENOMEM ||
         sys_errno == ENOBUFS;
}

}  // namespace

Shim::Shim(const Options& options, Title title)
    : options_(options), title_(title), dropper_(options.drop_after_ms) {
  name_command();
}

int Shim::run() {
  inheritance_.change();
  copier_.adopt(options_.copier, options_.copier_pid);
  // Standard input may be logd's as soon as it is asked: from then on its end is our end, and not
  // a signal. For CMD, signals are watched when it runs.
  if (options_.mode == Mode::pipe) watch_signals();
  const bool is_ready = make_streams() && (options_.mode == Mode::fifo || ask_before_start());
  if (is_ready && start()) serve();
  finish_copy();
  return status_;
}

void Shim::name_command() {
  const char* path = options_.mode == Mode::run    ? options_.command[0]
                     : options_.mode == Mode::pipe ? "pipe"
                                                   : "fifo";
  const char* slash = strrchr(path, '/');
  const char* name = slash == nullptr ? path : slash + 1;
  memcpy(command_name_, name, strnlen(name, sizeof(command_name_) - 1));
}

bool Shim::give_up(std::string_view what, int sys_errno) {
  Text text = options_.prefix();
  text.add(what);
  if (sys_errno != 0) text.add(": ").add_error(sys_errno);
  say(text);
  status_ = kStartError;
  return false;
}

bool Shim::make_streams() {
  if (const int error = make_id(run_id_); error != 0) return give_up("random numbers", error);
  return options_.mode == Mode::fifo ? make_fifos() : make_run_streams();
}

bool Shim::make_run_streams() {
  const bool is_run = options_.mode == Mode::run;
  stream_count_ = is_run && !options_.is_merged ? 2 : 1;
  constexpr handover::StreamKind kKinds[2] = {handover::kStdout, handover::kStderr};
  for (std::size_t i = 0; i < stream_count_; ++i) {
    Stream& stream = streams_[i];
    const auto kind = options_.is_err ? handover::kStderr : kKinds[i];
    int error = make_escrow(stream, kind, options_.escrow_bytes);
    if (error != 0) return give_up("making the escrow", error);
    error = is_run ? make_pipe(stream) : input_.open(stream);
    if (error != 0) return give_up("making the pipe", error);
  }
  return true;
}

bool Shim::make_fifos() {
  stream_count_ = 2;
  is_keeper_ = true;
  Text problem;
  const Fifos::Opened opened = fifos_.open(options_, streams_, problem);
  if (opened == Fifos::Opened::held_by_another) return false;
  if (opened == Fifos::Opened::failed) return give_up(problem.view(), 0);
  constexpr handover::StreamKind kKinds[2] = {handover::kStdout, handover::kStderr};
  for (std::size_t i = 0; i < stream_count_; ++i) {
    const int error = make_escrow(streams_[i], kKinds[i], options_.escrow_bytes);
    if (error != 0) return give_up("making the escrow", error);
  }
  return true;
}

// A logd that refuses is not an absent logd: then CMD does not start. One that has no disk to write
// to is like an absent one.
bool Shim::ask_before_start() {
  const int error = ask();
  if (error != 0 && !means_absent(error)) {
    Text what;
    what.add("cannot reach logd at ").add(options_.socket);
    return give_up(what.view(), error);
  }
  await_answer(now_ms() + kMaxAnswerMs);
  return !has_ended_;
}

void Shim::await_answer(std::int64_t deadline) {
  while (link_ == Link::asked && !has_ended_) {
    const std::int64_t left = deadline - now_ms();
    if (left <= 0) return;
    pollfd answer{connection_.descriptor(), POLLIN, 0};
    poll(&answer, 1, static_cast<int>(left));
    if (answer.revents != 0) read_messages();
  }
}

bool Shim::start() {
  has_started_ = true;
  switch (options_.mode) {
    case Mode::run:
      start_run();
      break;
    case Mode::pipe:
      pid_ = getpid();  // stands for CMD in what logd is told
      break;
    case Mode::fifo:
      if (!start_fifo_keeper()) return false;
      break;
  }
  release_inherited();
  return true;
}

bool Shim::start_fifo_keeper() {
  const Forked forked = fork_keeper(title_, "logd-fifo", options_.name);
  if (forked == Forked::failed) return give_up("cannot start the keeper", 0);
  if (forked == Forked::parent) return false;
  return true;
}

void Shim::start_run() {
  const int out = streams_[0].write_end.get();
  const int err = options_.is_merged ? out : streams_[1].write_end.get();
  const StartedCommand started = start_command(options_.command, out, err, inheritance_);
  // From here a signal is for CMD. One that came earlier has ended the two of us as it would have
  // ended CMD alone.
  watch_signals();
  for (Stream& stream : streams()) stream.write_end.reset();
  pid_ = started.pid;
  if (started.sys_errno != 0) return fail_start(started.sys_errno);
  // Before logd, whose start event it must know by this pid.
  copier_.tell_started(pid_);
  auto message = handover::make<handover::Started>(handover::Type::started);
  message.pid = pid_;
  if (link_ != Link::absent && !connection_.send(&message, sizeof(message))) lose_link();
  // CMD may have exited before SIGCHLD was watched.
  reap();
}

void Shim::fail_start(int sys_errno) {
  Text text = options_.prefix();
  const bool has_forked = pid_ != 0;
  text.add(has_forked ? options_.command[0] : "fork").add(": ").add_error(sys_errno);
  say(text);
  pid_ = getpid();  // the run has had no other process
  take_exit(sys_errno == ENOENT ? kNotFound : kNotExecutable, 0);
  if (!has_forked) status_ = kStartError;
  // Nothing was written: without a logd that knows of this run there is nothing to wait for.
  can_leave_keeper_ = false;
  if (link_ == Link::absent) has_ended_ = true;
}

void Shim::watch_signals() {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD}) {
    sigaddset(&watched, number);
  }
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  signals_.reset(signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
}

void Shim::release_inherited() {
  int kept[12];
  std::size_t count = 0;
  for (const Stream& stream : streams()) {
    kept[count++] = stream.read_end.get();
    kept[count++] = stream.write_end.get();
    kept[count++] = stream.escrow.get();
  }
  kept[count++] = connection_.descriptor();
  kept[count++] = signals_.get();
  kept[count++] = fifos_.lock_descriptor();
  kept[count++] = copier_.descriptor();
  release_inherited_descriptors({kept, count},
                                input_.is_copied() ? StandardInput::keep : StandardInput::release);
}

}  // namespace logd::shim
