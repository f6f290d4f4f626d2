// SPDX-License-Identifier: Apache-2.0
#include "query/time_buckets.h"

#include <algorithm>
#include <utility>

namespace logd {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using Days = std::chrono::days;

constexpr seconds kLengths[] = {1s,   2s,    5s, 10s, 15s, 30s, 60s, 120s,    300s,    600s,
                                900s, 1800s, 1h, 2h,  3h,  6h,  12h, Days(1), Days(2), Days(7)};

// No zone's offset is a finer part of an hour: shorter buckets are the same in all of them.
constexpr seconds kOffsetStep = 15min;

// Multiples of seven days begin on a Monday.
constexpr Days kThursday{3};

// Beyond, the arithmetic of moments would overflow; no clock of a machine that logs is there.
constexpr WallTime kFirst{Days(-100 * 365)};
constexpr WallTime kLast{Days(280 * 365)};

// Rounds down, also what is negative.
template <typename Duration>
Duration floor_to(Duration value, Duration step) {
  const Duration rest = value % step;
  return rest < Duration::zero() ? value - rest - step : value - rest;
}

}  // namespace

TimeBuckets::TimeBuckets() : last_{WallTime::min(), WallTime::max()} {}

TimeBuckets::TimeBuckets(seconds length, TimeZone zone) : length_(length), zone_(std::move(zone)) {}

const TimeBucket& TimeBuckets::of(WallTime time) {
  if (last_.holds(time)) return last_;
  if (time < kFirst) return last_ = {WallTime::min(), kFirst};
  if (time >= kLast) return last_ = {kLast, WallTime::max()};
  return last_ = length_ < Days(1) ? part_of_day(time) : days(time);
}

TimeBucket TimeBuckets::part_of_day(WallTime time) const {
  const bool has_zone = zone_ && length_ > kOffsetStep;
  const seconds offset = has_zone ? zone_->offset_at(time) : 0s;
  const Nanoseconds shown = time.time_since_epoch() + offset;
  const WallTime begin{floor_to<Nanoseconds>(shown, length_) - offset};
  TimeBucket bucket{begin, begin + length_};
  if (!has_zone) return bucket;
  // A part of an hour that the clocks show twice is two buckets.
  if (const auto set = zone_->change(bucket.begin, time)) bucket.begin = *set;
  if (const auto set = zone_->change(time, bucket.end)) bucket.end = *set;
  return bucket;
}

TimeBucket TimeBuckets::days(WallTime time) const {
  const auto day = std::chrono::floor<Days>(zone_->local(time)).time_since_epoch();
  const auto length = std::chrono::duration_cast<Days>(length_);
  const Days first = floor_to(day + kThursday, length) - kThursday;
  const auto midnight = [this](Days at) { return zone_->moments(LocalTime(at)).first; };
  return {midnight(first), midnight(first + length)};
}

seconds round_length(WallTime first, WallTime last, std::size_t most) {
  const auto span = std::chrono::floor<seconds>(last) - std::chrono::floor<seconds>(first) + 1s;
  const auto fits = [&](seconds length) {
    return span <= length * static_cast<std::int64_t>(std::max<std::size_t>(most, 1));
  };
  for (const seconds length : kLengths) {
    if (fits(length)) return length;
  }
  seconds length = Days(14);
  while (!fits(length)) length *= 2;
  return length;
}

}  // namespace logd
