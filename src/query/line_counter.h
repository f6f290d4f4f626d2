// Counts lines, which takes reading them: exactly, and by their levels and patterns.
//
// Which lines there are is history.h's business. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/history.h"
#include "query/log_stats.h"

namespace logd {

// Adds all that `history`, which is open, gives to `stats`, whose logs are there by name; levels
// only if `with_levels`.
enum class CountLevels : bool { no, yes };
void count_lines(History& history, CountLevels levels, LogStats& stats);

}  // namespace logd
