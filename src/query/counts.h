// Adds up what `stats` counts: records or lines, their bytes and times, altogether and by time.
//
// Which of them there are is record_counter.h's and line_counter.h's business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "query/line.h"
#include "query/time_buckets.h"

namespace logd {

struct Counts {
  std::uint64_t out = 0;
  std::uint64_t err = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  std::optional<WallTime> first;  // of what was counted, whatever it is
  std::optional<WallTime> last;

  // Of what is wanted.
  std::uint64_t count(const Selection& wanted) const {
    return (wanted.out ? out : 0) + (wanted.err ? err : 0) + (wanted.events ? events : 0);
  }

  void add_time(WallTime time) {
    first = std::min(first.value_or(time), time);
    last = std::max(last.value_or(time), time);
  }
  void add(const Counts& other) {
    out += other.out;
    err += other.err;
    events += other.events;
    bytes += other.bytes;
    if (other.first) add_time(*other.first);
    if (other.last) add_time(*other.last);
  }
};

class CountsByTime {
 public:
  // As TimeBuckets: without one all of time is one bucket.
  CountsByTime() = default;
  explicit CountsByTime(TimeBuckets buckets) : buckets_(std::move(buckets)) {}

  const TimeBucket& bucket_of(WallTime time) { return buckets_.of(time); }
  void add(const TimeBucket& bucket, const Counts& counts) { counts_[bucket.begin].add(counts); }

  // By the begins of their buckets; of those where something was.
  const std::map<WallTime, Counts>& counts() const { return counts_; }
  std::chrono::seconds length() const { return buckets_.length(); }

 private:
  TimeBuckets buckets_;
  std::map<WallTime, Counts> counts_;
};

}  // namespace logd
