// Calls its owner at a time of the wall clock, and whenever that clock was set.
//
// What is due at "three in the morning" must be looked at anew after the clock has stepped; a
// monotonic Timer would not notice. Nothing wakes up in between. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/unique_fd.h"
#include "loop/event_loop.h"

namespace logd {

// What it looks like from outside, so that tests can stand in for it.
class WallAlarm {
 public:
  virtual ~WallAlarm() = default;
  virtual void arm(WallTime when) = 0;  // instead of the time before
  virtual void cancel() = 0;
};

class WallTimer final : public WallAlarm {
 public:
  // `on_time` looks at the clock itself: it is called at the time, a little later, or early after
  // the clock was set; then it arms the timer again. Errors: io.
  static Result<std::unique_ptr<WallTimer>> create(EventLoop& loop, std::function<void()> on_time);

  void arm(WallTime when) override;
  void cancel() override;

 private:
  WallTimer(EventLoop& loop, UniqueFd fd, std::function<void()> on_time);
  void expire();

  UniqueFd fd_;  // timerfd
  std::function<void()> on_time_;
  std::optional<WallTime> armed_;
  std::unique_ptr<Watch> watch_;
};

}  // namespace logd
