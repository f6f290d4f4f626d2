// Checks archives: against the segment that one was made of, and one alone.
//
// The archiver compares before it deletes the segment, with zlib, which has written nothing of it;
// `logctl verify` checks what is there with libdeflate. Memory is that of one member. One thread at
// a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "logd/file_system.h"
#include "store/archive_reader.h"
#include "store/gzip_stream.h"

namespace logd {

// Compares an archive, read as any other program would read it, with its segment.
class ArchiveComparison {
 public:
  // Both must outlive the comparison.
  ArchiveComparison(File& archive, File& segment);

  // Compares the next piece (256 KiB), in the end the headers and the table; false once all was
  // found to be right. Errors: corrupt (it is not; says where), io.
  Result<bool> compare_next();

 private:
  Result<void> check_table();

  File& archive_;
  File& segment_;
  GzipStream inflated_;
  std::uint64_t offset_ = 0;  // uncompressed
  std::vector<char> plain_;
};

// All of it at once. Errors: as compare_next.
Result<void> compare_archive(File& archive, File& segment);

struct ArchiveCheck {
  std::uint64_t members = 0;             // without the table's
  std::uint64_t uncompressed_bytes = 0;  // of what can be read
  RecordSummary records;                 // the same
  bool has_table = false;
  bool is_foreign = false;            // of another program, or of a later version
  std::vector<ArchiveDamage> damage;  // by offset
};

// Checks every CRC and size of `archive`, and that headers and table say what the members hold. Of
// another program's gzip file only the first damage is found. Errors: io, limit (no memory).
Result<ArchiveCheck> check_archive(File& archive);

}  // namespace logd
