// Takes calls from other threads to the loop: each runs there, in the order in which they came.
//
// Its mutex is the only one in capture. Who posts bounds how much: a worker its jobs, the web
// server its clients.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "base/unique_fd.h"
#include "loop/event_loop.h"

namespace logd {

class Mailbox {
 public:
  // Errors: io.
  static Result<std::unique_ptr<Mailbox>> create(EventLoop& loop);

  // Any thread. Calls that the loop has not run when the mailbox is destroyed are dropped.
  void post(std::function<void()> call);

 private:
  Mailbox(EventLoop& loop, UniqueFd wake_up);
  void deliver();

  UniqueFd wake_up_;  // eventfd
  std::mutex mutex_;
  std::deque<std::function<void()>> calls_;  // guarded by mutex_
  Watch watch_;
};

}  // namespace logd
