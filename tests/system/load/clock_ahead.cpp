// Preloaded into logd: while the file $CLOCK_AHEAD exists, the wall clock is an hour ahead; the
// clock is set back when it goes.
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const int result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  const char* file = getenv("CLOCK_AHEAD");
  if (result == 0 && clock == CLOCK_REALTIME && file != nullptr && access(file, F_OK) == 0)
    now->tv_sec += 3600;
  return result;
}
