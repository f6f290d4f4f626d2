// What `stats` tells of several logs: what was counted, and by what. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "logd/names.h"
#include "query/counts.h"
#include "query/level.h"
#include "query/line.h"
#include "query/top_patterns.h"

namespace logd {

inline constexpr std::size_t kLevels = static_cast<std::size_t>(Level::fatal) + 1;

struct LogStats {
  // What one of a count is, and what its bytes are.
  enum class Unit : std::uint8_t {
    records,  // as they are stored; bytes are those stored of all records, chosen or not
    lines,    // pieces joined; bytes are those of their texts, each with a newline
  };
  struct Log {
    LogName name;
    Counts counts;
  };

  Unit unit = Unit::records;
  Selection selection;
  std::vector<Log> logs;  // by name
  CountsByTime by_time;
  // Of lines only.
  std::array<Counts, kLevels + 1> by_level;  // the last: of lines without a level
  std::optional<TopPatterns> patterns;       // if they are wanted

  Counts total() const {
    Counts sum;
    for (const Log& log : logs) sum.add(log.counts);
    return sum;
  }
  std::uint64_t count(const Counts& counts) const { return counts.count(selection); }
};

}  // namespace logd
