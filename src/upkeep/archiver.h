// Makes archives in a process of its own, which is given nothing but the two files of the job.
//
// Compressing must not take the processor from the programs that are captured, and a thread of logd
// would: where the kernel shares the processor out by session, logd's goes first, and a thread's
// own nice counts only within it (daemon/early_turns.h). So the process leads a session of its own,
// with nice 19 and idle I/O. It is started by the first job, ends when it has had none for a while,
// and with logd. What becomes of the files is upkeep's business. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/unique_fd.h"
#include "loop/event_loop.h"
#include "store/archiving.h"

namespace logd {

class Archiver {
 public:
  using Done = std::function<void(Result<ArchiveMade>)>;
  virtual ~Archiver() = default;

  // Starts make_archive() of the files and calls `done` later; never from within. One job at a
  // time. Errors, to `done`: those of make_archive(), io (the process ended or could not be
  // started).
  virtual void make(ArchiveFiles files, int level, Done done) = 0;

  // The archive under way is not wanted any more, and its files are let go; `done` gets an error.
  // Nothing if there is none, or if its end is only still to be told.
  virtual void cancel() = 0;
};

class ProcessArchiver final : public Archiver {
 public:
  explicit ProcessArchiver(EventLoop& loop);
  ~ProcessArchiver() override;

  void make(ArchiveFiles files, int level, Done done) override;
  void cancel() override;

 private:
  Result<void> start();
  Result<void> send(const ArchiveFiles& files, int level);
  void receive();
  void end_process();
  void finish(Result<ArchiveMade> made);

  class Child;

  EventLoop& loop_;
  std::vector<std::unique_ptr<Child>> ending_;  // killed, and on their way
  std::unique_ptr<Child> child_;
  UniqueFd socket_;
  std::unique_ptr<Watch> watch_;
  Done done_;                                   // of the job under way
  std::optional<Result<ArchiveMade>> outcome_;  // to be told by the timer
  Timer idle_timer_;
  Timer told_timer_;
  Timer sweep_timer_;
};

// Argument with which logd starts itself as that process.
inline constexpr const char* kArchiverArgument = "--archiver-process";

// The process: takes jobs from descriptor 3 until the other side closes it. Returns its exit
// status.
int run_archiver_process();

}  // namespace logd
