// SPDX-License-Identifier: Apache-2.0
#include "query/run_seek.h"

#include <map>

#include "store/event.h"
#include "store/record_view.h"

namespace logd {

RunPlace find_run(BackwardLog& log, std::int64_t run) {
  log.set_wanted({false, false, true});
  RunPlace place;
  BackwardLog::Block block;
  std::int64_t runs_behind = 0;
  while (log.previous(block)) {
    while (!block.records.empty()) {
      RecordView record;
      if (!look_at_record(take_last_record(block.records), record)) continue;
      if (record.type != RecordType::event) continue;
      const auto number = parse_started_event(record.content);
      if (!number) continue;
      place.begin = {block.start.segment, block.start.offset + block.records.size()};
      place.is_there = run > 0 ? static_cast<std::int64_t>(*number) == run : runs_behind == -run;
      if (place.is_there) return place;
      // Numbers of runs only grow.
      if (run > 0 && static_cast<std::int64_t>(*number) < run) return {};
      place.end = place.begin;
      ++runs_behind;
    }
  }
  return {false, true, {}, kNoLimit};
}

NewestRun find_newest_run(BackwardLog& log) {
  log.set_wanted({false, false, true});
  std::map<std::uint64_t, std::string> ends;
  std::string last_end;
  BackwardLog::Block block;
  while (log.previous(block)) {
    while (!block.records.empty()) {
      RecordView record;
      if (!look_at_record(take_last_record(block.records), record)) continue;
      if (record.type != RecordType::event) continue;
      if (const auto number = parse_started_event(record.content)) {
        const auto end = ends.find(*number);
        return {number, end == ends.end() ? std::string() : end->second};
      }
      const auto ended = parse_exited_event(record.content);
      if (!ended) continue;
      if (last_end.empty()) last_end = record.content;
      ends.emplace(*ended, record.content);
    }
  }
  return {std::nullopt, last_end};
}

}  // namespace logd
