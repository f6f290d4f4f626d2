// Shows all lines of a group once one of them matches: of a stack trace, whichever line is found.
//
// Which lines belong together is line_grouper.h's business, for each stream of each log by itself.
// The lines of a group are held back until one matches, and are then shown before it; those behind
// it are shown as they come, and what other streams wrote in between is not held up. Of a group
// that is held while all together hold too much, the lines so far are left out. One thread at a
// time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "logd/names.h"
#include "logd/units.h"
#include "query/kept_lines.h"
#include "query/line.h"
#include "query/line_grouper.h"

namespace logd {

class GroupedLines {
 public:
  // Takes the next line, no event, of the log with this index; those of all logs come by time. True
  // if it is to be shown: it matches, or its group has. The lines to be shown before it are put
  // into `before`, which is empty.
  bool take(std::size_t log, const LogName& name, const Line& line, bool is_match,
            KeptLines& before);

  // Whether more lines may belong to the group of the line that was shown last.
  bool is_open() const { return open_ != nullptr; }

 private:
  struct Group {
    LineGrouper grouper;
    KeptLines held;
    bool is_shown = false;
  };

  void hold(Group& group, const LogName& name, const Line& line);
  KeptLines release(Group& group);

  std::map<std::pair<std::size_t, Stream>, Group> groups_;  // by log and stream
  std::uint64_t held_bytes_ = 0;
  const Group* open_ = nullptr;
  WallTime open_time_;  // of its last line
};

}  // namespace logd
