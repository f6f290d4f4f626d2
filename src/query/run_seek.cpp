// SPDX-License-Identifier: Apache-2.0
#include "query/run_seek.h"

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
      const auto started = parse_started_event(record.content);
      if (!started) continue;
      const auto number = static_cast<std::int64_t>(started->run);
      place.begin = {block.start.segment, block.start.offset + block.records.size()};
      place.is_there = run > 0 ? number == run : runs_behind == -run;
      if (place.is_there) return place;
      // Numbers of runs only grow.
      if (run > 0 && number < run) return {};
      place.end = place.begin;
      ++runs_behind;
    }
  }
  return {false, true, {}, kNoLimit};
}

}  // namespace logd
