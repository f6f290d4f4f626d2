// Tells systemd twice in each WatchdogSec that the loop still turns, if it asks for that.
//
// Off the loop's own timers: a loop that hangs tells nothing. Without WATCHDOG_USEC for this
// process there is no timer, and so no work when idle. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "loop/event_loop.h"

namespace logd {

class Watchdog {
 public:
  explicit Watchdog(EventLoop& loop);

 private:
  void tell();

  Timer timer_;
  Nanoseconds interval_{};
};

}  // namespace logd
