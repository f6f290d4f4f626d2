// Keeps readers to files: what has the name of a segment and is a directory, a FIFO or a link is
// none.
//
// Anybody who may write into a log's directory can make such a thing, and logd never does. Any
// thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "logd/file_system.h"
#include "store/segment_list.h"

namespace logd {

// As list_segments(), with a look at each name. Errors: permission, io.
Result<std::vector<ListedSegment>> list_segment_files(Directory& log);

// As open_segment(). Errors: also invalid (it is no file).
Result<OpenedSegment> open_segment_file(Directory& log, const ListedSegment& segment);

// Whether something else than a file has that name. What cannot be looked at counts as a file.
bool is_no_file(Directory& log, const SegmentName& name);

}  // namespace logd
