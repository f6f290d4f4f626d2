// Orders places within one log. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace logd {

// Where a record starts: a Cursor without its log. {0, 0} lies before everything.
struct Position {
  std::uint64_t segment = 0;  // number
  std::uint64_t offset = 0;   // in uncompressed bytes

  auto operator<=>(const Position&) const = default;
};

inline constexpr Position kNoLimit{std::numeric_limits<std::uint64_t>::max(),
                                   std::numeric_limits<std::uint64_t>::max()};

}  // namespace logd
