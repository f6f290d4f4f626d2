// Runs one shim from its start to its end: holds the pipes of one run, hands them to logd whenever
// there is one, and returns when CMD has exited and what it wrote is stored.
//
//   run   streams made -> asked logd -> CMD started -> CMD exited -> stored -> exit status of CMD
//                                                            \-> exit_wait over: a keeper stays
//   pipe  the same with standard input in the place of CMD
//   fifo  a keeper from the start, until logd says that the FIFO has gone
//
// While logd has the streams there is no timer: nothing happens until a signal or a message comes.
// One thread. Protocol: capture/handover.h.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "base/unique_fd.h"
#include "shim/connection.h"
#include "shim/copier.h"
#include "shim/dropper.h"
#include "shim/fifo.h"
#include "shim/inheritance.h"
#include "shim/keeper.h"
#include "shim/options.h"
#include "shim/pipe_input.h"
#include "shim/retry.h"
#include "shim/stream.h"

namespace logd::shim {

class Shim {
 public:
  Shim(const Options& options, Title title);

  // Returns the exit status.
  int run();

 private:
  // What logd knows of us.
  enum class Link {
    absent,    // no connection
    asked,     // our descriptors are on their way, no answer yet
    attached,  // it has taken them
  };

  // Before the start; true, or status_ is set.
  bool make_streams();
  bool make_run_streams();
  bool make_fifos();
  bool ask_before_start();
  void await_answer(std::int64_t deadline);
  bool start();
  bool start_fifo_keeper();
  void start_run();
  void fail_start(int sys_errno);
  bool give_up(std::string_view what, int sys_errno);
  void release_inherited();
  void watch_signals();

  // The loop.
  void serve();
  void wait(std::int64_t until);
  std::int64_t next_deadline(std::int64_t now);
  bool is_done() const;

  // logd.
  int ask();
  bool send_attach(handover::Attach& message, std::span<const int> fds);
  void try_to_ask(std::int64_t now);
  void read_messages();
  void take_message(const Connection::Message& message);
  void take_refusal(const handover::Refused& refused);
  void lose_link();

  // CMD, or what stands for it.
  void read_signals();
  void take_signal(int number, bool is_from_terminal);
  void reap();
  void take_exit(int code, int signal);
  void tell_exit();

  // The end.
  void end_wait();
  void finish_copy();
  Text why_not_stored() const;
  void leave_keeper(const Text& reason);

  void name_command();

  std::span<Stream> streams() { return {streams_, stream_count_}; }

  Options options_;
  Title title_;
  Inheritance inheritance_;
  Stream streams_[2];
  std::size_t stream_count_ = 1;
  handover::Id run_id_{};
  char command_name_[72]{};  // last path component of CMD, or what stands for it
  Connection connection_;
  Link link_ = Link::absent;
  Retry retry_;
  Dropper dropper_;
  PipeInput input_;
  Fifos fifos_;
  Copier copier_;
  UniqueFd signals_;

  pid_t pid_ = 0;  // of CMD; of the first process of a pipe
  bool has_exited_ = false;
  int exit_code_ = 0;
  int exit_signal_ = 0;
  std::int64_t exit_deadline_ms_ = kNever;
  bool has_waited_ = true;  // exit_wait, until then
  bool is_keeper_ = false;
  bool is_stored_ = false;
  bool has_started_ = false;  // from here on a refusal is no reason to end
  bool can_leave_keeper_ = true;
  bool has_ended_ = false;  // with status_
  bool has_told_refusal_ = false;
  int status_ = 0;
};

}  // namespace logd::shim
