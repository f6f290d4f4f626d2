// SPDX-License-Identifier: Apache-2.0
#include "base/system_clock.h"

namespace logd {

WallTime SystemClock::wall_now() const {
  return std::chrono::time_point_cast<Nanoseconds>(std::chrono::system_clock::now());
}

MonoTime SystemClock::mono_now() const {
  return std::chrono::time_point_cast<Nanoseconds>(std::chrono::steady_clock::now());
}

}  // namespace logd
