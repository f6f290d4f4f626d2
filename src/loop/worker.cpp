// SPDX-License-Identifier: Apache-2.0
#include "loop/worker.h"

#include <csignal>
#include <utility>

namespace logd {

Result<std::unique_ptr<Worker>> Worker::start(EventLoop& loop) {
  LOGD_TRY_ASSIGN(auto results, Mailbox::create(loop));
  return std::unique_ptr<Worker>(new Worker(std::move(results)));
}

Worker::Worker(std::unique_ptr<Mailbox> results) : results_(std::move(results)) {
  thread_ = std::thread([this] { work(); });
}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_job_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool Worker::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    std::deque<Job>& queue = job.is_awaited ? awaited_ : jobs_;
    if (queue.size() >= kMaxJobs) return false;
    queue.push_back(std::move(job));
  }
  has_job_.notify_one();
  return true;
}

void Worker::work() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the loop's
  std::unique_lock lock(mutex_);
  while (true) {
    has_job_.wait(lock, [this] { return is_stopping_ || !awaited_.empty() || !jobs_.empty(); });
    if (is_stopping_) return;
    // In turn with the others: many flushes at a time must not keep syncs waiting.
    was_awaited_ = !awaited_.empty() && (!was_awaited_ || jobs_.empty());
    std::deque<Job>& queue = was_awaited_ ? awaited_ : jobs_;
    Job job = std::move(queue.front());
    queue.pop_front();
    lock.unlock();
    job.run();
    // All of the job goes back: what it owns is destroyed by the loop.
    results_->post([done = std::make_shared<Job>(std::move(job))] {
      if (done->done) done->done();
    });
    lock.lock();
  }
}

}  // namespace logd
