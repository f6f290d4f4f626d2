// Says how many lines a log may still take by its max_rate.
//
// A bucket of one second's worth that fills again as time goes by. Once it is empty and something
// had to be dropped there is a gap, which ends when the bucket is full: so the lines that are
// dropped stand together, one event a second tells them, and the rate is kept all the same. Loop
// thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "logd/clock.h"

namespace logd {

class RateLimit {
 public:
  static constexpr std::uint64_t kUnlimited = 1'000'000'000;

  // `clock` must outlive it.
  RateLimit(const Clock& clock, std::uint64_t lines_per_second)
      : clock_(clock), lines_per_second_(lines_per_second) {}

  // A gap ends with it, and a second's worth may come at once.
  void set_rate(std::uint64_t lines_per_second) {
    lines_per_second_ = lines_per_second;
    full_at_ = {};
  }

  // Lines that may be stored now; none in a gap.
  std::uint64_t lines_left();
  // So many were stored; a line that had begun may be one too many.
  void take(std::uint64_t lines);
  // Something had to be dropped.
  void begin_gap() { is_gap_ = true; }
  bool is_in_gap();
  // When the bucket will be full, and a gap has ended.
  MonoTime full_at() const { return full_at_; }

 private:
  const Clock& clock_;
  std::uint64_t lines_per_second_;
  MonoTime full_at_{};
  bool is_gap_ = false;
};

}  // namespace logd
