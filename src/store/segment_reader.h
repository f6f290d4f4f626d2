// Reads the whole records of one segment in blocks, forward or backward.
//
// Never maps the file and never takes in more of it than a block, which grows only for a record
// that is longer. A segment that is being written ends at its last newline: what follows it is read
// again each time, since recovery may replace those bytes, and only those. Which segment comes next
// is the caller's business. One thread at a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "logd/config.h"
#include "logd/file_system.h"
#include "logd/record.h"

namespace logd {

inline constexpr std::size_t kReadBlockBytes = 64 * 1024;
inline constexpr std::size_t kSmallBlockBytes = 8 * 1024;
// Beyond so many logs each gets a small buffer, so that all together stay small.
inline constexpr std::size_t block_bytes_for(std::size_t logs) {
  return logs > 64 ? kSmallBlockBytes : kReadBlockBytes;
}
// Nothing that logd writes is longer; more bytes than this without a newline are damage.
inline constexpr std::size_t kMaxRecordBytes = kMaxMaxLineBytes + kEventHeaderBytes + 1;

// Whole records back to back, each with its newline.
struct RecordBlock {
  std::uint64_t offset = 0;  // in the segment, of the first
  std::string_view records;  // valid until the reader's next call

  bool is_empty() const { return records.empty(); }
};

class ForwardReader {
 public:
  // `file` must outlive the reader; `offset` is where a record starts.
  ForwardReader(File& file, std::uint64_t offset, std::size_t block_bytes = kReadBlockBytes);

  // The records that follow; none at the end, which may move. Errors: io.
  Result<RecordBlock> next();

  // Where the block after the last one starts.
  std::uint64_t offset() const { return offset_; }

  // Leaves out what lies before `offset`, where a record starts.
  void skip_to(std::uint64_t offset) { offset_ = offset; }

  // A record ends at `offset`, and what follows it costs more: blocks end there if they can.
  void end_blocks_at(std::uint64_t offset) { block_limit_ = offset; }

  // Bytes left out because there was no newline for kMaxRecordBytes.
  std::uint64_t skipped_bytes() const { return skipped_bytes_; }

 private:
  Result<std::size_t> fill(std::size_t have, std::size_t want);
  void skip(std::size_t bytes);

  File& file_;
  std::uint64_t offset_;
  std::size_t block_bytes_;
  std::uint64_t block_limit_ = 0;
  std::uint64_t skipped_bytes_ = 0;
  bool is_skipping_ = false;  // in the middle of something too long
  std::vector<char> buffer_;
};

class BackwardReader {
 public:
  // Reads what lies before `end`; bytes between the last newline before it and `end` are left out.
  BackwardReader(File& file, std::uint64_t end, std::size_t block_bytes = kReadBlockBytes);

  // The records before the ones returned last; none at the beginning. Errors: io.
  Result<RecordBlock> previous();

  // Where the records returned last start; at first, the end.
  std::uint64_t offset() const { return end_; }

  // Leaves out what lies from `offset` on, where a record starts.
  void skip_to(std::uint64_t offset) { end_ = offset; }

  // A record starts at `offset`, and what lies before it costs more: blocks begin there if they
  // can.
  void begin_blocks_at(std::uint64_t offset) { block_limit_ = offset; }

 private:
  Result<void> read(std::uint64_t from, std::size_t bytes);

  File& file_;
  std::uint64_t end_;
  std::size_t block_bytes_;
  std::size_t max_block_bytes_;
  std::uint64_t block_limit_ = 0;
  bool is_tail_open_ = true;  // no newline is known at end_: what it ends is left out
  std::vector<char> buffer_;
};

}  // namespace logd
