// Begins the flush of one log: notes in the ledger what goes, then lets go of the lines in escrows.
//
// The order of steps that a kill may interrupt anywhere, apart from who pauses the streams and who
// deletes the files (control/flush.h). Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "capture/source.h"
#include "store/process_log.h"

namespace logd {

// Empties `log` up to now. `flush` says who asked, and what was counted in its segments; up_to and
// the lines in the escrows of `sources`, which are all that write into it, are filled in. Nothing
// may be appended until ProcessLog::store_flush_event() has succeeded; then the returned segments
// are to be removed, oldest first, and ProcessLog::end_flush() called. Errors: locked (a flush is
// under way), io; nothing has happened then.
Result<std::vector<SegmentName>> begin_log_flush(ProcessLog& log,
                                                 const std::vector<Source*>& sources,
                                                 LedgerFlush& flush);

}  // namespace logd
