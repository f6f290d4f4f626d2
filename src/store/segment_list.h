// Lists the segments of a log and opens them for reading, archives included.
//
// The order is by number. A segment that is there as `.log` and as `.log.gz` is one; leftovers
// (`.tmp`, `.torn`) are none. Reading is segment_reader.h's business. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "logd/file_system.h"
#include "store/archive_file.h"
#include "store/segment_name.h"

namespace logd {

struct ListedSegment {
  SegmentName name;  // form: plain if there is a .log, else archive
  bool has_archive = false;
};

// The segments among `names`, oldest first.
std::vector<ListedSegment> segments_among(const std::vector<std::string>& names);

// Whether a closed segment is there, in whichever form by now. What cannot be told counts as there.
bool is_there(Directory& log, const SegmentName& segment);

// All names in a log, sorted, whatever is archived meanwhile; one that goes meanwhile may be among
// them. Errors: permission, io.
Result<std::vector<std::string>> list_names(Directory& log);

// The segments, oldest first, without a hole: what is begun meanwhile is left out. Errors as above.
Result<std::vector<ListedSegment>> list_segments(Directory& log);

struct OpenedSegment {
  std::unique_ptr<File> file;  // an archive's uncompressed bytes
  bool is_archive = false;
  ArchiveFile* archive = nullptr;  // `file`, if it is an archive with members
  // Not empty: parts of the archive are damaged, and left out; says which. The members of `archive`
  // are not looked at yet.
  std::string damage;
};

// Opens `segment` to read its uncompressed bytes: the .log, or the .log.gz that has taken its
// place meanwhile. Errors: not_found (deleted), permission, io, no_space (no room to inflate
// another program's gzip file).
Result<OpenedSegment> open_segment(Directory& log, const ListedSegment& segment);

}  // namespace logd
