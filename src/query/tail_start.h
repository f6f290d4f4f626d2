// Finds where the part of several logs begins and ends that a query is about: from and to a time,
// and the last N lines, counted together in the order of their times.
//
// For the last N all logs are walked back at once, always the one whose line is the newest, so that
// the count is exact whatever the logs' sizes; reading one log back is reverse_lines.h's business.
// Pure but for reading.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "logd/file_system.h"
#include "query/damage_report.h"
#include "query/line.h"
#include "query/time_expression.h"
#include "store/inflate_pool.h"

namespace logd {

struct LogSpan {
  LineStart start;
  Position end;  // behind the last record there was, or that is old enough
  // A line goes on behind the end, which a time was given for: it does not belong here.
  bool skip_unended = false;
  // What stands before it was read for the lines around the first one counted.
  Position counted_from;
  // How far back the log reaches, if a start was given.
  enum class Reach : std::uint8_t {
    whole,    // behind the start
    later,    // the start lies before the oldest record kept
    cut_off,  // and older segments have been deleted
    nothing,  // nothing was ever stored
  };
  Reach reach = Reach::whole;
};

struct TailQuery {
  Selection selection;
  std::optional<std::uint64_t> lines;  // nothing: all
  bool follow = false;
  // At or after it, and before it. The start of a run is each log's own: if that is older than all
  // that are kept, reading starts with the oldest record; of a log that has no such run yet, and
  // before a run that is not kept, there is nothing.
  std::optional<TimeExpression> since = std::nullopt;
  std::optional<TimeExpression> until = std::nullopt;
  // One run of each log: its number, 0 for the last one, -1 for the one before it, and so on.
  std::optional<std::int64_t> run = std::nullopt;
  // None: all lines; else `lines` counts those that it lets through.
  LinePredicate filter = nullptr;
  CandidateSearch candidates = nullptr;        // finds all that the filter may let through; or none
  std::function<bool()> is_stopped = nullptr;  // or none; true: as far as it is counted
  InflatePool* pool = nullptr;                 // or null
  const Report* report = nullptr;              // or null: is told where since and until mean no run
  std::uint64_t lines_before = 0;  // so many more of all lines, before the first one counted
};

struct LogToCount {
  const LogName* name;
  Directory* directory;
};

// Whether records that might have been wanted are not kept any more: the given start lies before
// the oldest record kept, or, of several logs, before that of one whose older segments were
// deleted.
bool is_cut_off(const std::vector<LogSpan::Reach>& reaches);

// One span for each of `logs`.
std::vector<LogSpan> find_tail(const std::vector<LogToCount>& logs, const TailQuery& query);

// True if a line of log `a` at time `a_time` stands before one of log `b`: by time, then by name.
bool stands_before(std::string_view a_time, const LogName& a, std::string_view b_time,
                   const LogName& b);

}  // namespace logd
