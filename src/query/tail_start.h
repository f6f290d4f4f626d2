// Finds where the last N lines of several logs begin, counted together in the order of their times.
//
// Walks all logs back at once, always in the one whose line is the newest, so that the count is
// exact whatever the logs' sizes; counting within one log is line_counter.h's business. Pure but
// for reading.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "logd/file_system.h"
#include "query/line_reader.h"

namespace logd {

struct LogSpan {
  LineStart start;
  Position end;  // behind the last record there was
};

struct TailQuery {
  Selection selection;
  std::optional<std::uint64_t> lines;  // nothing: all
  bool follow = false;
};

struct LogToCount {
  const LogName* name;
  Directory* directory;
};

// One span for each of `logs`.
std::vector<LogSpan> find_tail(const std::vector<LogToCount>& logs, const TailQuery& query);

// True if a line of log `a` at time `a_time` stands before one of log `b`: by time, then by name.
bool stands_before(std::string_view a_time, const LogName& a, std::string_view b_time,
                   const LogName& b);

}  // namespace logd
