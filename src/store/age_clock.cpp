// SPDX-License-Identifier: Apache-2.0
#include "store/age_clock.h"

namespace logd {

WallTime AgeClock::now(WallTime wall, MonoTime mono) {
  const WallTime expected = believed_ ? *believed_ + (mono - asked_.value_or(mono)) : wall;
  asked_ = mono;
  const bool is_ahead = wall > expected + kSlack;
  if (!is_ahead) ahead_since_.reset();
  if (is_ahead && !ahead_since_) ahead_since_ = mono;
  if (is_ahead && mono - *ahead_since_ < kTrial) {
    believed_ = expected;
  } else {
    believed_ = wall;
    ahead_since_.reset();
  }
  return *believed_;
}

}  // namespace logd
