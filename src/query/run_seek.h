// Finds where a run of a log begins and ends, by the events of its start and of the next one's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "query/backward_log.h"
#include "query/position.h"

namespace logd {

struct RunPlace {
  bool is_there = false;
  bool is_older = false;    // if not there: than all runs whose start is kept
  Position begin;           // of its start event
  Position end = kNoLimit;  // of the next run's
};

// Run number `run` of `log`; 0 is the last one, -1 the one before it, and so on. Reads back to the
// start of that run; of archives only what holds events.
RunPlace find_run(BackwardLog& log, std::int64_t run);

}  // namespace logd
