// SPDX-License-Identifier: Apache-2.0
#include "daemon/watchdog.h"

#include <systemd/sd-daemon.h>

#include <chrono>
#include <cstdint>

#include "daemon/supervisor.h"

namespace logd {

Watchdog::Watchdog(EventLoop& loop) : timer_(loop, [this] { tell(); }) {
  std::uint64_t usec = 0;
  if (sd_watchdog_enabled(0, &usec) <= 0) return;
  interval_ = std::chrono::microseconds(usec / 2);
  timer_.arm_after(interval_);
}

void Watchdog::tell() {
  tell_supervisor("WATCHDOG=1");
  timer_.arm_after(interval_);
}

}  // namespace logd
