// Runs the jobs of a worker on the caller's thread, when a test says so.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <utility>

#include "loop/worker.h"

namespace logd::fakes {

class InlineWorker final : public Worker {
 public:
  InlineWorker() = default;

  [[nodiscard]] bool submit(Job job) override {
    if (!has_room) return false;
    jobs_.push_back(std::move(job));
    return true;
  }

  // Runs the oldest job; false if there is none.
  bool run_one() {
    if (jobs_.empty()) return false;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    job.run();
    if (job.done) job.done();
    return true;
  }

  // ... and all that come of it.
  void run_all() {
    while (run_one()) {
    }
  }

  void drop_all() { jobs_.clear(); }

  std::size_t waiting() const { return jobs_.size(); }

  bool has_room = true;  // false: submit() refuses

 private:
  std::deque<Job> jobs_;
};

}  // namespace logd::fakes
