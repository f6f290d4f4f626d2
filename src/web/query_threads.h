// Runs what reads logs for clients, each on a thread of its own, a limited number at a time.
//
// The threads come last for the processor. Jobs must end soon once is_stopping() is true.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>

#include "base/unique_fd.h"

namespace logd::web {

class QueryThreads {
 public:
  explicit QueryThreads(std::size_t max_threads);
  // Waits for all of them.
  ~QueryThreads() { stop(); }
  void stop();

  // False if there are too many already, or the system has no thread left.
  bool run(std::function<void()> job);

  const std::atomic<bool>& is_stopping() const { return is_stopping_; }
  // Readable from then on, for who waits; -1 where the system has no descriptor left.
  int stop_descriptor() const { return stop_.get(); }

 private:
  void ended();

  const std::size_t max_threads_;
  UniqueFd stop_;  // eventfd
  std::atomic<bool> is_stopping_ = false;
  std::mutex mutex_;
  std::condition_variable has_ended_;
  std::size_t running_ = 0;  // guarded by mutex_
};

}  // namespace logd::web
