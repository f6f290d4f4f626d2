// Finds where a run of a log begins and ends, by the events of its start and of the next one's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "query/backward_log.h"
#include "query/position.h"

namespace logd {

struct RunPlace {
  bool is_there = false;
  bool is_older = false;    // than all runs whose start is kept; there: its rest is
  Position begin;           // of its start event, or of all that is kept
  Position end = kNoLimit;  // of the next run's
};

// Run number `run` of `log`; 0 is the last one, -1 the one before it, and so on. Reads back to the
// start of that run; of archives only what holds events.
RunPlace find_run(BackwardLog& log, std::int64_t run);

struct NewestRun {
  std::optional<std::uint64_t> number;  // nothing: no start is kept
  std::string end;                      // the event of its end; empty: none is kept
};

// The run of `log` that was started last; if no start is kept, the last end that is. Reads as
// find_run() does.
NewestRun find_newest_run(BackwardLog& log);

}  // namespace logd
