// Starts the keepers of the FIFOs that the configuration asks for, and starts them again when they
// have died.
//
// A keeper outlives logd; it holds a lock while it lives, so that a new logd never starts a second
// one. Programs are started on a worker and ends are watched: nothing here waits. As long as a FIFO
// is not handed over, it is looked at again after 50 ms, doubling to 2 s. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "logd/config.h"
#include "loop/event_loop.h"
#include "loop/worker.h"

namespace logd {

class FifoKeepers {
 public:
  // Tells whether the FIFOs of a process are handed over now.
  using IsAttached = std::function<bool(const std::string& process)>;

  // References must outlive this.
  FifoKeepers(EventLoop& loop, Worker& worker, const Config& config, IsAttached is_attached);
  ~FifoKeepers();

  // Starts what is missing; calls `done` once every keeper that had to be started has made its
  // FIFOs or failed, or has taken too long. Failures are reported, never fatal.
  void start(std::function<void()> done);

  // A keeper is gone, or may be.
  void check_soon();

 private:
  struct Child;

  void check();
  void start_keeper(const std::string& process);
  void started(const std::string& process, int pid, int sys_errno);
  void ended(Child& child);
  void failed(const std::string& process, const std::string& why);
  void sweep();
  void tell_done();

  EventLoop& loop_;
  Worker& worker_;
  const Config& config_;
  std::string directory_;
  IsAttached is_attached_;
  std::function<void()> done_;
  MonoTime done_by_{};
  Nanoseconds delay_{};
  std::set<std::string> starting_;                // a program is under way
  std::set<std::string> told_;                    // its failure was reported
  std::vector<std::unique_ptr<Child>> children_;  // of starting_, once they run
  Timer check_timer_;
  Timer sweep_timer_;
};

}  // namespace logd
