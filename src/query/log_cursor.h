// Says how far a log was read, so that somebody goes on there later: each line once.
//
// A line of one stream may have begun where lines of the other have ended, so it takes more than
// one place. The text of many is cursor_text.h's business. Pure but for reading.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "logd/file_system.h"
#include "query/line.h"
#include "query/position.h"
#include "store/segment_list.h"

namespace logd {

struct LogCursor {
  RecordPlace last;  // read; nothing behind it was
  // By stream: the record with which a line begins that does not end up to there.
  std::array<std::optional<RecordPlace>, 2> unended;

  bool operator==(const LogCursor&) const = default;
};
using LogCursors = std::map<std::string, LogCursor>;  // by the log's directory

// Where reading goes on, also after segments were written anew or deleted. `segments` are all of
// `log`; `error` is as in find_time().
LineStart start_behind(Directory& log, const std::vector<ListedSegment>& segments,
                       const LogCursor& cursor, std::optional<Error>* error = nullptr);

// For who has read nothing and goes on at `position`: behind the last record before it.
LogCursor cursor_before(Directory& log, const std::vector<ListedSegment>& segments,
                        Position position);

}  // namespace logd
