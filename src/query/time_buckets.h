// Cuts time into buckets of a round length, as the clocks of a zone show them: minutes, hours,
// days.
//
// What is counted in them is counts.h's business. Pure but for the zone's data.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "base/time_zone.h"
#include "logd/units.h"

namespace logd {

struct TimeBucket {
  WallTime begin;
  WallTime end;  // the first moment that is not in it

  bool holds(WallTime time) const { return time >= begin && time < end; }
  bool operator==(const TimeBucket&) const = default;
};

class TimeBuckets {
 public:
  // All of time is one bucket.
  TimeBuckets();

  // `length`: one that round_length() gives. Buckets below a day begin where the zone's clocks show
  // a multiple of it, and where those clocks are set; days and what is longer begin at midnight,
  // weeks on Mondays, and are as long as their days.
  TimeBuckets(std::chrono::seconds length, TimeZone zone);

  // The one that holds `time`.
  const TimeBucket& of(WallTime time);

  // Of one bucket; 0 if all of time is one.
  std::chrono::seconds length() const { return length_; }

 private:
  TimeBucket part_of_day(WallTime time) const;
  TimeBucket days(WallTime time) const;

  std::chrono::seconds length_{0};
  std::optional<TimeZone> zone_;
  TimeBucket last_;
};

// The least round length (1, 2, 5, 10, 15, 30 s, as many minutes, 1, 2, 3, 6, 12 h, 1, 2, 7 d, and
// from there on twice as long) with which `most` buckets hold all from `first` to `last`, unless
// these begin in the middle of one: then it is one more.
std::chrono::seconds round_length(WallTime first, WallTime last, std::size_t most);

}  // namespace logd
