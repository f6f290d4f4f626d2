// SPDX-License-Identifier: Apache-2.0
#include "query/log_cursor.h"

#include <algorithm>

#include "query/backward_log.h"
#include "query/time_seek.h"
#include "store/record_view.h"

namespace logd {

LineStart start_behind(Directory& log, const std::vector<ListedSegment>& segments,
                       const LogCursor& cursor) {
  const Position behind = find_behind(log, segments, cursor.last);
  LineStart start = start_at(behind);
  for (const Stream stream : {Stream::out, Stream::err}) {
    const auto& unended = cursor.unended[stream_index(stream)];
    if (!unended) continue;
    start.of(stream) = std::min(behind, find_time(log, segments, unended->time).position);
    start.read_from = std::min(start.read_from, start.of(stream));
  }
  return start;
}

LogCursor cursor_before(Directory& log, const std::vector<ListedSegment>& segments,
                        Position position) {
  BackwardLog records(log, segments, kReadBlockBytes, position);
  BackwardLog::Block block;
  while (records.previous(block)) {
    while (!block.records.empty()) {
      RecordView record;
      if (!look_at_record(take_last_record(block.records), record)) continue;
      const auto time = parse_time(record.time_text());
      if (!time) continue;
      return {{{block.start.segment, block.start.offset + block.records.size()}, *time}, {}};
    }
  }
  return {};
}

}  // namespace logd
