// Runs jobs that may block on a thread of their own, and brings their results back to the loop.
//
// A job owns what it touches: it is moved in, and moved back by the mailbox. Tests run jobs when
// they like: tests/fakes/inline_worker.h.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "loop/event_loop.h"
#include "loop/mailbox.h"

namespace logd {

class Worker {
 public:
  struct Job {
    std::function<void()> run;   // worker thread
    std::function<void()> done;  // loop thread, after run
    bool is_awaited = false;     // a person waits for it
  };

  // Errors: io.
  static Result<std::unique_ptr<Worker>> start(EventLoop& loop);

  // Waits for the job that is under way and drops the others.
  virtual ~Worker();

  // Jobs run one after another, in order, but those that are awaited in turn with the others:
  // segments that are to be synced may be many. False if kMaxJobs wait already: the caller keeps
  // the work for later.
  [[nodiscard]] virtual bool submit(Job job);

  static constexpr std::size_t kMaxJobs = 65536;

 protected:
  Worker() = default;  // for tests: without a thread

 private:
  explicit Worker(std::unique_ptr<Mailbox> results);
  void work();

  std::mutex mutex_;
  std::condition_variable has_job_;
  std::deque<Job> awaited_;   // guarded by mutex_
  std::deque<Job> jobs_;      // guarded by mutex_
  bool is_stopping_ = false;  // guarded by mutex_
  bool was_awaited_ = false;  // the last job; worker thread
  std::unique_ptr<Mailbox> results_;
  std::thread thread_;
};

}  // namespace logd
