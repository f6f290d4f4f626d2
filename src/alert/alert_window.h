// Decides when lines are so many within a time that somebody must know, and then keeps quiet for
// the cool-down.
//
// The time of lines is that of their records, so that lines that are read late count as they came;
// the cool-down goes by a clock that never steps. Of one rule and one process. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "logd/units.h"

namespace logd {

class AlertWindow {
 public:
  struct Limits {
    std::uint64_t count = 1;  // at least 1
    Nanoseconds within{};
    Nanoseconds cooldown{};
  };

  enum class Verdict : std::uint8_t {
    counted,
    fires,       // somebody must know now
    suppressed,  // by the cool-down
  };

  // A line of `time`, read at `now`. Lines come in the order of their times, but for a few.
  Verdict add(WallTime time, MonoTime now, const Limits& limits);

  // Whether nothing is lost with it.
  bool is_idle(WallTime time, MonoTime now, Nanoseconds within) const;

  // Lines that were suppressed since the last call.
  std::uint64_t take_suppressed() { return std::exchange(suppressed_, 0); }

 private:
  std::deque<WallTime> times_;  // at most `count`
  std::optional<MonoTime> quiet_until_;
  std::uint64_t suppressed_ = 0;
};

}  // namespace logd
