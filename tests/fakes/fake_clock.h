// Stands in for the machine's clocks: time passes only when a test says so.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logd/clock.h"

namespace logd::fakes {

class FakeClock final : public Clock {
 public:
  // 2026-11-21T22:17:00Z, the example of the man pages.
  static constexpr WallTime kStart{std::chrono::seconds(1'795'299'420)};

  WallTime wall_now() const override { return wall_; }
  MonoTime mono_now() const override { return mono_; }

  // Both clocks go on.
  void advance(Nanoseconds by) {
    wall_ += by;
    mono_ += by;
  }

  // The wall clock alone jumps, in either direction.
  void set_wall(WallTime to) { wall_ = to; }
  void step_wall(Nanoseconds by) { wall_ += by; }

 private:
  WallTime wall_ = kStart;
  MonoTime mono_{std::chrono::hours(1)};
};

}  // namespace logd::fakes
