// Gives an archive's uncompressed bytes as a file, so that it is read like any other segment.
//
// The bytes go into an unlinked temporary file (TMPDIR, else /tmp), which nobody else can open and
// which goes with its descriptor; memory stays small whatever the archive's size. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "logd/file_system.h"

namespace logd {

struct InflatedArchive {
  std::unique_ptr<File> file;  // read only
  std::string damage;          // not empty: what could not be inflated, and why
};

// Inflates `compressed`, an archive or any other gzip file. `file` holds all members but the
// damaged ones; where the size of one is known, a line of NULs stands in its place, so that offsets
// stay those of the segment. Of another program's gzip file it holds what is before any damage.
// Errors: io (reading), no_space, permission (temporary file).
Result<InflatedArchive> inflate_archive(File& compressed);

}  // namespace logd
