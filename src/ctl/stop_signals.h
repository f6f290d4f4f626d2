// Takes note of the signals that end a command which has something to finish first: a timer of its
// own, and those of whoever interrupts it.
//
// They end blocking calls with EINTR, and is_stopped() tells about them. A signal that comes again
// does what it always did. For the whole process.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace logd {

class StopSignals {
 public:
  // SIGALRM comes after `time`, which is more than none, and again and again.
  static void ring_after(std::chrono::milliseconds time);

  // SIGINT, SIGTERM and SIGHUP from now on, unless they are ignored.
  static void catch_interrupts();

  static bool is_stopped() { return caught() != 0; }

  // The number of the first signal that came; 0: none.
  static int caught();
};

}  // namespace logd
