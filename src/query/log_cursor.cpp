// SPDX-License-Identifier: Apache-2.0
#include "query/log_cursor.h"

#include <algorithm>

#include "query/backward_log.h"
#include "query/time_seek.h"
#include "store/record_view.h"

namespace logd {
namespace {

// Those from the one of `place` on, if it is there: what is older need not be readable.
std::vector<ListedSegment> from(const std::vector<ListedSegment>& segments,
                                const RecordPlace& place) {
  const auto first = std::find_if(segments.begin(), segments.end(), [&](const auto& segment) {
    return segment.name.number == place.position.segment;
  });
  return first == segments.end() ? segments : std::vector<ListedSegment>(first, segments.end());
}

}  // namespace

LineStart start_behind(Directory& log, const std::vector<ListedSegment>& segments,
                       const LogCursor& cursor, std::optional<Error>* error) {
  const Position behind = find_behind(log, segments, cursor.last, error);
  LineStart start = start_at(behind);
  for (const Stream stream : {Stream::out, Stream::err}) {
    const auto& unended = cursor.unended[stream_index(stream)];
    if (!unended) continue;
    const auto rest = from(segments, *unended);
    Position begin = find_time(log, rest, unended->time, error).position;
    if (!rest.empty()) begin = std::max(begin, Position{rest.front().name.number, 0});
    start.of(stream) = std::min(behind, begin);
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
