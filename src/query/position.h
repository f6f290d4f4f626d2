// Orders places within one log. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

#include "logd/units.h"

namespace logd {

// Where a record starts. {0, 0} lies before everything.
struct Position {
  std::uint64_t segment = 0;  // number
  std::uint64_t offset = 0;   // in uncompressed bytes

  auto operator<=>(const Position&) const = default;
};

inline constexpr Position kNoLimit{std::numeric_limits<std::uint64_t>::max(),
                                   std::numeric_limits<std::uint64_t>::max()};

// Names one record of a log for somebody who comes back later.
struct RecordPlace {
  Position position;  // segment 0: of none, before the first
  // Times of a log strictly increase: it checks the place, and finds it again after the segment was
  // written anew.
  WallTime time;

  bool operator==(const RecordPlace&) const = default;
};

}  // namespace logd
