// Tells by which time max_age is counted: the clock's, once it can be believed.
//
// A clock that jumps ahead by mistake would make everything too old at once, and what is deleted
// does not come back when the clock does. So a jump ahead counts only when it has lasted for an
// hour; until then time goes on from before it. The same holds at the start for the time since the
// newest segment was closed: a machine that was off and one whose clock is wrong look alike. A step
// back counts at once, since it only makes things younger. Pure; one thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

#include "logd/units.h"

namespace logd {

class AgeClock {
 public:
  static constexpr std::chrono::hours kTrial{1};
  static constexpr std::chrono::minutes kSlack{1};  // less than this ahead is no jump

  // `newest` is the newest closing time of all logs at the start; nothing if there is none.
  explicit AgeClock(std::optional<WallTime> newest) : believed_(newest) {}

  // Ask at least when something may be deleted; the two are the clocks' at this moment.
  WallTime now(WallTime wall, MonoTime mono);

 private:
  std::optional<WallTime> believed_;
  std::optional<MonoTime> asked_;        // at which believed_ was true
  std::optional<MonoTime> ahead_since_;  // a jump on trial
};

}  // namespace logd
