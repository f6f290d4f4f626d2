// SPDX-License-Identifier: Apache-2.0
#include "loop/worker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <tuple>

namespace logd {

Result<std::unique_ptr<Worker>> Worker::start(EventLoop& loop) {
  UniqueFd wake_up(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_up) return fail(system_error(errno, "eventfd"));
  return std::unique_ptr<Worker>(new Worker(loop, std::move(wake_up)));
}

Worker::Worker(EventLoop& loop, UniqueFd wake_up) : wake_up_(std::move(wake_up)) {
  watch_ =
      std::make_unique<Watch>(loop, wake_up_.get(), EPOLLIN, [this](std::uint32_t) { deliver(); });
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
    lock.lock();
    results_.push_back(std::move(job));
    const std::uint64_t one = 1;
    std::ignore = write(wake_up_.get(), &one, sizeof one);
  }
}

void Worker::deliver() {
  std::uint64_t count = 0;
  std::ignore = read(wake_up_.get(), &count, sizeof count);
  std::deque<Job> results;
  {
    const std::lock_guard lock(mutex_);
    results.swap(results_);
  }
  for (Job& job : results)
    if (job.done) job.done();
}

}  // namespace logd
