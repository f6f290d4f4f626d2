// Finds the place of a time in a log, and the place where somebody stopped reading it.
//
// The times of a log only grow, so it is enough to look at few of them: the first one of some
// segments, the headers of one archive's members, and then records in the middle of what is left.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "logd/file_system.h"
#include "logd/units.h"
#include "query/position.h"
#include "store/segment_list.h"

namespace logd {

struct TimePlace {
  Position position;     // of the first record at or after that time, or behind the last one
  bool is_there = true;  // false: all records are older
};

// Looks in `segments`, all of `log`, oldest first. What cannot be read is passed over, so that the
// place may be an earlier one; who must not read anything twice is told in `error`, unless it is
// only gone or damaged. Reads a few KiB of some segments and, in an archive, inflates one or two
// members.
TimePlace find_time(Directory& log, const std::vector<ListedSegment>& segments, WallTime time,
                    std::optional<Error>* error = nullptr);

// The time of the oldest record that is kept; nothing if there is none.
std::optional<WallTime> oldest_time(Directory& log, const std::vector<ListedSegment>& segments);

// Where reading goes on behind the record at `place`. If another one stands there by now,
// or none, because the segment was written anew or deleted, its time tells. So does it, if that
// record itself is gone: reading goes on with the first one that is younger. `error` is as in
// find_time().
Position find_behind(Directory& log, const std::vector<ListedSegment>& segments,
                     const RecordPlace& place, std::optional<Error>* error = nullptr);

}  // namespace logd
