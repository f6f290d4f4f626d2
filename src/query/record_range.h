// Finds the part of one log that a range of time and a run choose, and when that begins and ends.
//
// For who takes all its records in any order; lines, whose pieces may stand before it, are
// tail_start.h's business. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "logd/file_system.h"
#include "query/position.h"
#include "query/tail_start.h"
#include "store/segment_list.h"

namespace logd {

struct RecordRange {
  std::vector<ListedSegment> segments;  // oldest first; in these lies
  Position from;                        // the first record
  Position to;                          // and, behind it, the end of the last
  LogSpan::Reach reach = LogSpan::Reach::whole;
};

struct RangeQuery {
  std::optional<TimeExpression> since;  // at or after it
  std::optional<TimeExpression> until;  // before it
  std::optional<std::int64_t> run;      // see run_seek.h
  const Report* report = nullptr;       // or null: is told where since and until mean no run
};

// What cannot be read is passed over without a word. Reads little, see time_seek.h.
RecordRange find_range(const LogName& name, Directory& log, const RangeQuery& query);

// The times of the first and the last record in it; nothing if there is none that can be read.
struct TimeSpan {
  WallTime first;
  WallTime last;
};
std::optional<TimeSpan> times_of(Directory& log, const RecordRange& range);

}  // namespace logd
