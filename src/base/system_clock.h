// Reads the machine's two clocks. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logd/clock.h"

namespace logd {

class SystemClock final : public Clock {
 public:
  WallTime wall_now() const override;
  MonoTime mono_now() const override;
};

}  // namespace logd
