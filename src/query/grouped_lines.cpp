// SPDX-License-Identifier: Apache-2.0
#include "query/grouped_lines.h"

#include "logd/record.h"

namespace logd {

bool GroupedLines::take(std::size_t log, const LogName& name, const Line& line, bool is_match,
                        KeptLines& before) {
  const WallTime time = parse_time(line.time).value_or(WallTime());
  Group& group = groups_[{log, line.stream}];
  if (group.grouper.take(line.content, time) == LineGrouper::Place::begins) {
    release(group);
    group.is_shown = false;
    if (open_ == &group) open_ = nullptr;
  }
  if (time - open_time_ > LineGrouper::kMaxGap) open_ = nullptr;
  if (!is_match && !group.is_shown) {
    hold(group, name, line);
    return false;
  }
  if (!group.is_shown) before = release(group);
  group.is_shown = true;
  open_ = &group;
  open_time_ = time;
  return true;
}

void GroupedLines::hold(Group& group, const LogName& name, const Line& line) {
  const std::uint64_t bytes = group.held.bytes();
  group.held.add(line, name, LineGrouper::kMaxLines);
  held_bytes_ += group.held.bytes() - bytes;
  if (held_bytes_ > kMaxKeptBytes) release(group);
}

KeptLines GroupedLines::release(Group& group) {
  held_bytes_ -= group.held.bytes();
  return std::exchange(group.held, KeptLines());
}

}  // namespace logd
