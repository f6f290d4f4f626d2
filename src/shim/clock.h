// Tells the shim a time that never steps, in milliseconds. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include <cstdint>

namespace logd::shim {

inline constexpr std::int64_t kNever = INT64_MAX;

inline std::int64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace logd::shim
