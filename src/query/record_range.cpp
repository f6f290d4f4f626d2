// SPDX-License-Identifier: Apache-2.0
#include "query/record_range.h"

#include <utility>

#include "query/backward_log.h"
#include "query/segment_file.h"
#include "store/record_view.h"

namespace logd {
namespace {

std::optional<WallTime> first_among(std::string_view records) {
  RecordView record;
  while (!records.empty()) {
    if (!look_at_record(take_first_record(records), record)) continue;
    if (const auto time = parse_time(record.time_text())) return time;
  }
  return std::nullopt;
}

std::optional<WallTime> last_among(std::string_view records) {
  RecordView record;
  while (!records.empty()) {
    if (!look_at_record(take_last_record(records), record)) continue;
    if (const auto time = parse_time(record.time_text())) return time;
  }
  return std::nullopt;
}

std::optional<WallTime> first_from(Directory& log, const ListedSegment& segment,
                                   std::uint64_t offset) {
  const auto opened = open_segment_file(log, segment);
  if (!opened) return std::nullopt;
  ForwardReader reader(*opened->file, offset);
  for (;;) {
    const auto block = reader.next();
    if (!block || block->is_empty()) return std::nullopt;
    if (const auto time = first_among(block->records)) return time;
  }
}

}  // namespace

RecordRange find_range(const LogName& name, Directory& log, const RangeQuery& query) {
  RecordRange range;
  TailQuery tail;
  // Of no stream: nobody looks back for the first pieces of a line.
  tail.selection = {false, false, false};
  tail.since = query.since;
  tail.until = query.until;
  tail.run = query.run;
  tail.report = query.report;
  const LogSpan span = find_tail({{&name, &log}}, tail).front();
  range.from = span.start.events;
  range.to = span.end;
  range.reach = span.reach;
  if (auto listing = list_segment_files(log)) range.segments = std::move(*listing);
  std::erase_if(range.segments, [&](const ListedSegment& segment) {
    return segment.name.number < range.from.segment || segment.name.number > range.to.segment;
  });
  return range;
}

std::optional<TimeSpan> times_of(Directory& log, const RecordRange& range) {
  std::optional<WallTime> first;
  for (const ListedSegment& segment : range.segments) {
    const bool is_first = segment.name.number == range.from.segment;
    first = first_from(log, segment, is_first ? range.from.offset : 0);
    if (first) break;
  }
  if (!first) return std::nullopt;
  BackwardLog records(log, range.segments, kReadBlockBytes, range.to);
  BackwardLog::Block block;
  while (records.previous(block)) {
    if (const auto last = last_among(block.records)) {
      if (*last < *first) return std::nullopt;
      return TimeSpan{*first, *last};
    }
  }
  return std::nullopt;
}

}  // namespace logd
