// SPDX-License-Identifier: Apache-2.0
#include "store/segment_reader.h"

#include <algorithm>
#include <cstring>

namespace logd {
namespace {

// A reader that goes on for long reads blocks so many times as large, in the end: fewer calls,
// still within a core's cache.
constexpr std::size_t kMaxGrowth = 4;
// What a very long record made larger is given back at the next block.
constexpr std::size_t kKeptBufferBytes = 1024 * 1024;
// Backward, a record's start shows only by the newline before it.
constexpr std::size_t kMaxBackwardBytes = kMaxRecordBytes + 1;

}  // namespace

ForwardReader::ForwardReader(File& file, std::uint64_t offset, std::size_t block_bytes)
    : file_(file), offset_(offset), block_bytes_(block_bytes) {}

// Reads until `buffer_` holds `want` bytes from offset_, of which `have` are there; returns how
// many it holds, fewer at the end of the file.
Result<std::size_t> ForwardReader::fill(std::size_t have, std::size_t want) {
  if (buffer_.size() < want) buffer_.resize(want);
  while (have < want) {
    LOGD_TRY_ASSIGN(const std::size_t got,
                    file_.read_at(buffer_.data() + have, want - have, offset_ + have));
    if (got == 0) break;
    have += got;
  }
  return have;
}

void ForwardReader::skip(std::size_t bytes) {
  offset_ += bytes;
  skipped_bytes_ += bytes;
}

Result<RecordBlock> ForwardReader::next() {
  if (buffer_.size() > kKeptBufferBytes) buffer_ = {};
  std::size_t have = 0;
  std::size_t want = block_bytes_;
  if (block_limit_ > offset_) {
    want = static_cast<std::size_t>(std::min<std::uint64_t>(want, block_limit_ - offset_));
  }
  for (;;) {
    LOGD_TRY_ASSIGN(have, fill(have, want));
    if (have == 0) return RecordBlock{offset_, {}};
    if (is_skipping_) {
      const void* const newline = std::memchr(buffer_.data(), '\n', have);
      if (newline == nullptr) {
        skip(have);
      } else {
        skip(static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1);
        is_skipping_ = false;
      }
      have = 0;
      continue;
    }
    const void* const newline = ::memrchr(buffer_.data(), '\n', have);
    if (newline != nullptr) {
      const auto bytes =
          static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1;
      const RecordBlock block{offset_, {buffer_.data(), bytes}};
      offset_ += bytes;
      return block;
    }
    if (have < want) return RecordBlock{offset_, {}};  // the end, perhaps in an unfinished record
    if (have >= kMaxRecordBytes) {
      is_skipping_ = true;
      continue;
    }
    want = std::min(want * 2, kMaxRecordBytes);
  }
}

BackwardReader::BackwardReader(File& file, std::uint64_t end, std::size_t block_bytes)
    : file_(file),
      end_(end),
      block_bytes_(block_bytes),
      max_block_bytes_(block_bytes * kMaxGrowth) {}

// Fills `buffer_` with exactly `bytes` from `from`. The file has them: only what follows a last
// newline may ever be cut off, and a tail that was cut off meanwhile reads as zeros, which hold no
// newline.
Result<void> BackwardReader::read(std::uint64_t from, std::size_t bytes) {
  if (buffer_.size() < bytes) buffer_.resize(bytes);
  std::size_t have = 0;
  while (have < bytes) {
    LOGD_TRY_ASSIGN(const std::size_t got,
                    file_.read_at(buffer_.data() + have, bytes - have, from + have));
    if (got == 0) break;
    have += got;
  }
  std::memset(buffer_.data() + have, 0, bytes - have);
  return {};
}

Result<RecordBlock> BackwardReader::previous() {
  if (buffer_.size() > kKeptBufferBytes) buffer_ = {};
  std::size_t want = block_bytes_;
  while (end_ > 0) {
    const std::uint64_t limit = block_limit_ < end_ ? block_limit_ : 0;
    const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(want, end_ - limit));
    const std::uint64_t from = end_ - bytes;
    LOGD_TRY(read(from, bytes));
    std::string_view block(buffer_.data(), bytes);
    if (is_tail_open_) {
      const std::size_t last = block.rfind('\n');
      if (last == std::string_view::npos) {
        end_ = from;
        continue;
      }
      end_ = from + last + 1;
      is_tail_open_ = false;
      block = block.substr(0, last + 1);
    }
    std::size_t start = 0;
    if (from > limit) {
      // What stands before the first newline belongs to a record that starts earlier.
      start = block.find('\n') + 1;
      if (start == block.size()) {
        if (block.size() >= kMaxBackwardBytes) {
          is_tail_open_ = true;
          end_ = from;
          continue;
        }
        want = std::min(want * 2, kMaxBackwardBytes);
        continue;
      }
    }
    end_ = from + start;
    block_bytes_ = std::min(block_bytes_ * 2, max_block_bytes_);
    return RecordBlock{end_, block.substr(start)};
  }
  return RecordBlock{0, {}};
}

}  // namespace logd
