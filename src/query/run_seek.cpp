// SPDX-License-Identifier: Apache-2.0
#include "query/run_seek.h"

#include <limits>
#include <map>

#include "store/event.h"
#include "store/record_view.h"

namespace logd {

RunPlace find_run(BackwardLog& log, std::int64_t run) {
  log.set_wanted({false, false, true});
  RunPlace place;
  BackwardLog::Block block;
  std::int64_t runs_behind = 0;
  std::int64_t oldest = std::numeric_limits<std::int64_t>::max();
  bool has_ended_before = false;  // a run whose start is not kept; its number in `ended`
  std::int64_t ended = 0;
  while (log.previous(block)) {
    while (!block.records.empty()) {
      RecordView record;
      if (!look_at_record(take_last_record(block.records), record)) continue;
      if (record.type != RecordType::event) continue;
      if (const auto exited = parse_exited_event(record.content)) {
        has_ended_before = true;
        ended = static_cast<std::int64_t>(exited->run);
      }
      const auto started = parse_started_event(record.content);
      if (!started) continue;
      has_ended_before = false;
      place.begin = {block.start.segment, block.start.offset + block.records.size()};
      // Numbers grow, but may begin anew after a boot, so a smaller one is not the end.
      oldest = static_cast<std::int64_t>(started->run);
      place.is_there = run > 0 ? oldest == run : runs_behind + run == 0;
      if (place.is_there) return place;
      place.end = place.begin;
      ++runs_behind;
    }
  }
  place.begin = {};
  place.is_older = runs_behind > 0 ? run < oldest : log.has_lost_segments();
  // Before the first start that is kept stands the rest of a run.
  const bool is_rest_kept = has_ended_before || log.has_lost_segments();
  const bool is_it = run <= 0           ? runs_behind + run == 0
                     : has_ended_before ? run == ended
                                        : runs_behind > 0 && run + 1 == oldest;
  place.is_there = is_rest_kept && is_it;
  place.is_older = place.is_older || place.is_there;
  return place;
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
      if (const auto started = parse_started_event(record.content)) {
        const auto end = ends.find(started->run);
        return {started->run, end == ends.end() ? std::string() : end->second};
      }
      const auto ended = parse_exited_event(record.content);
      if (!ended) continue;
      if (last_end.empty()) last_end = record.content;
      ends.emplace(ended->run, record.content);
    }
  }
  return {std::nullopt, last_end};
}

}  // namespace logd
