// Tells both times. Production: base/system_clock.h; tests stop and move it:
// tests/fakes/fake_clock.h.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logd/units.h"

namespace logd {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall_now() const = 0;  // may step in either direction
  virtual MonoTime mono_now() const = 0;  // never steps back
};

}  // namespace logd
