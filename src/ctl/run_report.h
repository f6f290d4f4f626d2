// Writes runs for people, as a table with the last lines of those that failed, or as JSON.
//
// Which runs those are is runs.cpp's business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/time_format.h"
#include "logd/names.h"
#include "logd/units.h"
#include "query/run_walk.h"

namespace logd {

struct ShownRun {
  LogName log;
  Run run;
  // Rendered each, with its newline: as `tail` shows it, or as an object of its JSON.
  std::vector<std::string> last_lines;
};

// A row for each run, and its last lines below it. `now` is when those that run have run so long.
std::string run_table(const std::vector<ShownRun>& runs, Zone zone, WallTime now);

// An object a line.
std::string run_json(const std::vector<ShownRun>& runs);

}  // namespace logd
