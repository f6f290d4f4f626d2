// SPDX-License-Identifier: Apache-2.0
#include "store/archive_writer.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace logd {
namespace {

constexpr std::array<int, 9> kLibdeflateLevels{1, 1, 3, 4, 5, 5, 6, 7, 8};

int libdeflate_level(int level) {
  return kLibdeflateLevels[static_cast<std::size_t>(std::clamp(level, 1, 9) - 1)];
}

void put_number4(char* to, std::size_t value) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

void ArchiveWriter::Deleter::operator()(libdeflate_compressor* compressor) const {
  ::libdeflate_free_compressor(compressor);
}

ArchiveWriter::ArchiveWriter(File& segment, File& archive, int level)
    : segment_(segment),
      archive_(archive),
      compressor_(::libdeflate_alloc_compressor(libdeflate_level(level))),
      in_(kMemberTargetBytes) {}

ArchiveWriter::~ArchiveWriter() = default;

Result<bool> ArchiveWriter::write_next() {
  if (compressor_ == nullptr) return fail(ErrorCode::limit, "no memory to compress");
  LOGD_TRY_ASSIGN(const std::size_t bytes, take_records());
  if (bytes == 0) {
    LOGD_TRY(write_table());
    return false;
  }
  LOGD_TRY(write_member({in_.data() + in_begin_, bytes}));
  in_begin_ += bytes;
  return true;
}

// How many bytes from in_begin_ on make the next member; 0 at the end of the segment.
Result<std::size_t> ArchiveWriter::take_records() {
  for (std::size_t want = kMemberTargetBytes;; want *= 2) {
    want = std::min(want, kMaxMemberUncompressedBytes);
    LOGD_TRY(fill(want));
    const char* const begin = in_.data() + in_begin_;
    const std::size_t have = in_end_ - in_begin_;
    const std::size_t most = std::min(have, kMemberTargetBytes);
    if (is_at_end_ && have == most) return most;
    const void* newline = ::memrchr(begin, '\n', most);
    // A longer record is a member of its own.
    if (newline == nullptr) newline = std::memchr(begin + most, '\n', have - most);
    if (newline != nullptr) {
      return static_cast<std::size_t>(static_cast<const char*>(newline) - begin) + 1;
    }
    if (is_at_end_ || have >= kMaxMemberUncompressedBytes) {
      return std::min(have, kMaxMemberUncompressedBytes);
    }
  }
}

// Reads until `want` bytes are there from in_begin_ on, or all that the segment has.
Result<void> ArchiveWriter::fill(std::size_t want) {
  if (in_end_ - in_begin_ >= want) return {};
  std::memmove(in_.data(), in_.data() + in_begin_, in_end_ - in_begin_);
  in_end_ -= in_begin_;
  in_begin_ = 0;
  if (in_.size() < want) in_.resize(want);
  while (!is_at_end_ && in_end_ < want) {
    LOGD_TRY_ASSIGN(const std::size_t got,
                    segment_.read_at(in_.data() + in_end_, want - in_end_, read_offset_));
    is_at_end_ = got == 0;
    in_end_ += got;
    read_offset_ += got;
  }
  return {};
}

Result<void> ArchiveWriter::write_member(std::string_view records) {
  out_.resize(kDataHeaderBytes + kMemberTrailerBytes +
              ::libdeflate_deflate_compress_bound(compressor_.get(), records.size()));
  const std::size_t deflated = ::libdeflate_deflate_compress(
      compressor_.get(), records.data(), records.size(), out_.data() + kDataHeaderBytes,
      out_.size() - kDataHeaderBytes - kMemberTrailerBytes);
  LOGD_ASSERT(deflated > 0);  // there is room for the worst
  char* const trailer = out_.data() + kDataHeaderBytes + deflated;
  put_number4(trailer, ::libdeflate_crc32(0, records.data(), records.size()));
  put_number4(trailer + 4, records.size());

  ArchiveMember member;
  member.offset = stats_.bytes_out;
  member.bytes = static_cast<std::uint32_t>(kDataHeaderBytes + deflated + kMemberTrailerBytes);
  member.uncompressed_offset = stats_.bytes_in;
  member.uncompressed_bytes = static_cast<std::uint32_t>(records.size());
  member.summary = summary_of(records);
  LOGD_ASSERT(member.bytes <= kMaxMemberBytes);
  encode_data_header(member).copy(out_.data(), kDataHeaderBytes);
  LOGD_TRY(append({out_.data(), member.bytes}));

  ++stats_.members;
  stats_.bytes_in += records.size();
  stats_.records.add(member.summary);
  if (stats_.members <= kMaxListedMembers) members_.push_back(member);
  return {};
}

Result<void> ArchiveWriter::write_table() {
  std::vector<std::uint64_t> offsets;
  if (stats_.members <= kMaxListedMembers) {
    for (std::size_t at = 0; at < members_.size(); at += kMaxTableEntries) {
      offsets.push_back(stats_.bytes_out);
      LOGD_TRY(append(
          encode_table(members_.data() + at, std::min(kMaxTableEntries, members_.size() - at))));
    }
  }
  return append(encode_index(offsets));
}

Result<void> ArchiveWriter::append(std::string_view bytes) {
  while (!bytes.empty()) {
    LOGD_TRY_ASSIGN(const std::size_t put, archive_.write_at(bytes, stats_.bytes_out));
    stats_.bytes_out += put;
    bytes.remove_prefix(put);
  }
  return {};
}

Result<ArchiveStats> write_archive(File& segment, File& archive, int level) {
  ArchiveWriter writer(segment, archive, level);
  for (;;) {
    LOGD_TRY_ASSIGN(const bool has_more, writer.write_next());
    if (!has_more) return writer.stats();
  }
}

}  // namespace logd
