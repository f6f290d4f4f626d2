// SPDX-License-Identifier: Apache-2.0
#include "capture/log_flush.h"

#include <utility>

namespace logd {

// The note comes first: from then on the flush happens, whatever is killed. Lines that a kill saves
// from being discarded are stored behind it.
Result<std::vector<SegmentName>> begin_log_flush(ProcessLog& log,
                                                 const std::vector<Source*>& sources,
                                                 LedgerFlush& flush) {
  LOGD_TRY_ASSIGN(FlushPlan plan, log.plan_flush((flush.flags & kFlushArchives) != 0));
  flush.up_to = log.segment_number();
  for (Source* source : sources) flush.records += source->count_whole_lines();
  LOGD_TRY(log.begin_flush(flush));
  for (Source* source : sources) source->discard_whole_lines();
  return std::move(plan.segments);
}

}  // namespace logd
