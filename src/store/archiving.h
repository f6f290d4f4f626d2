// Turns closed segments into archives in steps, each of which a crash may follow.
//
// Order: `.log.gz.tmp` is written, synced and compared with the segment; its rename to `.log.gz` is
// the commit; the directory is synced; `.log` goes. So a `.tmp` is rubbish, and of a segment that
// is there twice the `.log` is. Who does which step when is upkeep's business, the format of an
// archive archive_format.h's. Any thread, with a Directory of its own.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "logd/file_system.h"
#include "store/segment_name.h"

namespace logd {

struct ArchiveFiles {
  std::unique_ptr<File> plain;    // to be read
  std::unique_ptr<File> archive;  // new and empty: `.log.gz.tmp`
};

// What make_archive() has made.
struct ArchiveMade {
  std::uint64_t plain_bytes = 0;
  std::uint64_t archive_bytes = 0;
};

// Opens the closed segment and its new archive, after removing what an earlier attempt left.
// Errors: not_found (the segment has gone), permission, no_space, io.
Result<ArchiveFiles> open_for_archiving(Directory& log, const SegmentName& segment);

// Writes, syncs and compares. Takes long: a megabyte in some ten milliseconds. `level` is 1 to 9.
// Errors: no_space, io, corrupt (what was read back is not what was written).
Result<ArchiveMade> make_archive(File& plain, File& archive, int level);

// Puts the finished archive of the segment's first `plain_bytes` in its place. Errors: corrupt (the
// segment has another size by now), not_found, no_space, io: then it is still there, once or twice.
Result<void> publish_archive(Directory& log, const SegmentName& segment, std::uint64_t plain_bytes);

// Removes an archive that was not finished.
void abandon_archive(Directory& log, const SegmentName& segment);

// Deletes a closed segment, whatever it is by now: what recovery cut off it, the archive, the plain
// file. In this order, so that a crash leaves a segment that is still one, or nothing. Errors:
// permission, io.
Result<void> remove_segment_files(Directory& log, const SegmentName& segment);

// What finish_archiving() did.
struct ArchivingLeftovers {
  std::vector<std::string> removed;  // names, of rubbish and of segments that are there twice
  // Archives that do not hold the plain segment beside them: ".bad" is at the end of their names
  // now.
  std::vector<std::string> set_aside;
};

// Brings to an end what a killed predecessor left of its archiving, while nothing is being
// archived but what somebody else brings to its end just now. `names` is the listing of `log`, some
// of which may have gone since; the plain files of the segment `active` and those above stay.
// Errors: io, permission (the first one; all are tried).
Result<ArchivingLeftovers> finish_archiving(Directory& log, const std::vector<std::string>& names,
                                            std::uint64_t active);

}  // namespace logd
