// SPDX-License-Identifier: Apache-2.0
#include "capture/rate_limit.h"

#include <algorithm>

namespace logd {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

}  // namespace

std::uint64_t RateLimit::lines_left() {
  if (is_in_gap()) return 0;
  const MonoTime now = clock_.mono_now();
  if (full_at_ <= now) return lines_per_second_;
  const auto owed = static_cast<std::uint64_t>((full_at_ - now).count());
  if (owed >= kSecond) return 0;
  return static_cast<std::uint64_t>(static_cast<double>(kSecond - owed) / kSecond *
                                    static_cast<double>(lines_per_second_));
}

void RateLimit::take(std::uint64_t lines) {
  const double seconds = static_cast<double>(lines) / static_cast<double>(lines_per_second_);
  full_at_ = std::max(full_at_, clock_.mono_now()) +
             Nanoseconds(static_cast<std::int64_t>(seconds * kSecond));
}

bool RateLimit::is_in_gap() {
  if (is_gap_ && clock_.mono_now() >= full_at_) is_gap_ = false;
  return is_gap_;
}

}  // namespace logd
