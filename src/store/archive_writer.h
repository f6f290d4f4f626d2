// Writes the archive of a closed segment: gzip members of whole records, then their table.
//
// What it writes is archive_format.h's, who reads it back archive_verify.h. It knows no names: the
// caller opens both files, syncs and renames. A member at a time, so that the caller may stop in
// between; memory is that of one member, whatever the segment's size. One thread at a time per
// object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "logd/file_system.h"
#include "store/archive_format.h"

struct libdeflate_compressor;

namespace logd {

struct ArchiveStats {
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t members = 0;  // with records; the table's are not counted
  RecordSummary records;
};

class ArchiveWriter {
 public:
  // Reads `segment` from its beginning to its end, byte for byte, also what is not a record or
  // lacks its newline; `archive` is an empty file. Both must outlive the writer.
  //
  // `level` is the configuration's, from 1 to 9. Each stands for the level of libdeflate that is
  // smaller than gzip of the same number, and faster (MB/s and size, first of gzip, then of
  // libdeflate alone; 76 MB of records, one core of an AMD EPYC):
  //   1: 123 22.0 %, 287 20.0 %   4: 86 19.4 %, 192 18.8 %   7: 51 17.9 %, 124 17.5 %
  //   2: 117 21.4 %, 287 20.0 %   5: 75 18.7 %, 164 17.9 %   8: 33 17.6 %,  89 17.3 %
  //   3: 107 21.0 %, 221 19.1 %   6: 64 18.4 %, 164 17.9 %   9: 34 17.6 %,  38 17.0 %
  ArchiveWriter(File& segment, File& archive, int level);
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  // Writes the next member, in the end the table; false once the archive is complete. After an
  // error the archive is rubbish. Errors: io, no_space, limit (no memory to compress).
  Result<bool> write_next();

  const ArchiveStats& stats() const { return stats_; }

 private:
  struct Deleter {
    void operator()(libdeflate_compressor* compressor) const;
  };

  Result<std::size_t> take_records();
  Result<void> fill(std::size_t want);
  Result<void> write_member(std::string_view records);
  Result<void> write_table();
  Result<void> append(std::string_view bytes);

  File& segment_;
  File& archive_;
  std::unique_ptr<libdeflate_compressor, Deleter> compressor_;
  std::vector<char> in_;
  std::size_t in_begin_ = 0;  // of the records that no member has yet
  std::size_t in_end_ = 0;
  std::uint64_t read_offset_ = 0;
  bool is_at_end_ = false;  // of the segment
  std::vector<char> out_;
  std::vector<ArchiveMember> members_;
  ArchiveStats stats_;
};

// All of it at once. Errors: as write_next.
Result<ArchiveStats> write_archive(File& segment, File& archive, int level);

}  // namespace logd
