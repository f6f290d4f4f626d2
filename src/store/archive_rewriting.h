// Gives a closed segment other contents: a new archive takes the place of the one that is there.
//
// Order: `.log.rewrite.tmp` is written, synced and compared with what it should hold; it changes
// places with `.log.gz`, which is the commit; the directory is synced and the old file goes. So a
// kill leaves the old archive or the new one, and a `.tmp` that is rubbish. A segment that is still
// plain becomes an archive first, as it is: for those who read it the same bytes at the same
// offsets. Whoever has the old file open reads it to its end.
//
// Safe beside logd: its archiver and this never take the other's file for their own, and an archive
// that retention deletes meanwhile does not come back. Two of us keep each other out by the lock.
// What the contents are is the caller's business. Any thread, with a Directory of its own.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "base/unique_fd.h"
#include "logd/file_system.h"
#include "store/segment_name.h"

namespace logd {

// Held while a log is written anew. A daemon takes no notice of it.
class RewriteLock {
 public:
  // Removes what a killed holder left in `log`. Errors: locked, permission, io.
  static Result<RewriteLock> take(Directory& log);

 private:
  explicit RewriteLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// Makes an archive of a closed plain segment and deletes that. `level` is 1 to 9. Errors:
// not_found (the segment has gone or become an archive meanwhile), no_space, permission, io,
// corrupt.
Result<void> archive_segment(Directory& log, const SegmentName& segment, int level);

// Opens the new contents from their beginning. They are read once, in order, and are the same each
// time.
using OpenContents = std::function<Result<std::unique_ptr<File>>()>;

// What is there: the archive, and its uncompressed bytes.
struct OldArchive {
  File& archive;
  File& records;
};

// Puts an archive of these contents in the place of the one of `segment`; mode, owner and group
// stay. Before, it is read back: it must hold the contents, and as many records as the old one,
// with the same times, streams and tags, and the same events. Errors: not_found (deleted
// meanwhile), exists (it is another file by now), no_space, permission, io, corrupt (what was read
// back is not what it should be), those of the contents. After an error the old archive is there as
// it was, but after io it may be the new one.
Result<void> rewrite_archive(Directory& log, const SegmentName& segment, OldArchive old,
                             const OpenContents& contents, int level);

}  // namespace logd
