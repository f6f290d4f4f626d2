// Says when to try again to reach logd: soon after it has gone, ever more rarely while it refuses.
//
// Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "shim/clock.h"

namespace logd::shim {

class Retry {
 public:
  // No connection: 10 ms, doubling to 250 ms.
  void after_loss(std::int64_t now) { at_ms_ = now + next(loss_delay_ms_, kMaxLossDelayMs); }

  // logd has no log to write into, as on a full disk: 50 ms, doubling to 800 ms.
  void after_failure(std::int64_t now) {
    at_ms_ = now + next(failure_delay_ms_, kMaxFailureDelayMs);
  }

  // logd said no: 250 ms, doubling to 5 s, since only a person can change that.
  void after_refusal(std::int64_t now) {
    at_ms_ = now + next(refusal_delay_ms_, kMaxRefusalDelayMs);
  }

  void succeeded() { *this = Retry{}; }
  std::int64_t at_ms() const { return at_ms_; }

 private:
  static constexpr std::int64_t kMaxLossDelayMs = 250;
  static constexpr std::int64_t kMaxFailureDelayMs = 800;
  static constexpr std::int64_t kMaxRefusalDelayMs = 5000;

  static std::int64_t next(std::int64_t& delay, std::int64_t max) {
    const std::int64_t current = delay;
    delay = std::min(delay * 2, max);
    return current;
  }

  std::int64_t loss_delay_ms_ = 10;
  std::int64_t failure_delay_ms_ = 50;
  std::int64_t refusal_delay_ms_ = 250;
  std::int64_t at_ms_ = 0;
};

}  // namespace logd::shim
