// Points `current.log` at the active segment: a name for people and for `tail -F`.
//
// Nothing of logd reads it, so it may lag behind: while a log is written the files worker sees to
// it, since making a link waits for the sync of another segment on ext4 (0.5 ms each). Recovery
// mends it after a crash.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logd/file_system.h"
#include "store/segment_name.h"

namespace logd {

// By `current.log.tmp` and a rename. One thread at a time for each log. Errors: no_space,
// permission, io.
Result<void> point_current_link(Directory& log, const SegmentName& active);

}  // namespace logd
