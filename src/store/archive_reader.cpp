// SPDX-License-Identifier: Apache-2.0
#include "store/archive_reader.h"

#include <algorithm>

#include "store/segment_tail.h"

namespace logd {
namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;
static_assert(kMaxHeaderBytes < kBlockBytes);

}  // namespace

ArchiveReader::ArchiveReader(File& archive, std::uint64_t bytes)
    : archive_(archive), bytes_(bytes) {}

ArchiveReader::~ArchiveReader() = default;
ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;

Result<ArchiveReader> ArchiveReader::open(File& archive) {
  LOGD_TRY_ASSIGN(const FileStatus status, archive.status());
  ArchiveReader reader(archive, status.bytes);
  LOGD_TRY_ASSIGN(reader.has_table_, reader.load_table());
  if (!reader.has_table_) LOGD_TRY(reader.walk());
  return reader;
}

// Up to `bytes` from `offset` on, fewer at the end of the file; valid until the next call.
Result<std::string_view> ArchiveReader::bytes_at(std::uint64_t offset, std::size_t bytes) {
  if (offset >= bytes_) return std::string_view();
  bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, bytes_ - offset));
  const std::uint64_t end = block_offset_ + block_.size();
  if (offset < block_offset_ || offset + bytes > end) {
    block_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, bytes_ - offset)));
    block_offset_ = offset;
    const auto got = read_exactly(archive_, block_.data(), block_.size(), offset);
    if (!got) {
      block_.clear();
      return fail(got.error());
    }
  }
  return std::string_view(block_.data() + (offset - block_offset_), bytes);
}

// The whole header of the member at `offset`; empty if none of ours begins there. Its CRC is not
// checked yet.
Result<std::string_view> ArchiveReader::header_at(std::uint64_t offset) {
  LOGD_TRY_ASSIGN(const std::string_view front_bytes, bytes_at(offset, kMemberFrontBytes));
  const auto front = look_at_member(front_bytes);
  if (!front) return std::string_view();
  LOGD_TRY_ASSIGN(const std::string_view header, bytes_at(offset, front->header_bytes));
  return header.size() == front->header_bytes ? header : std::string_view();
}

// Takes the members from the table; false if there is none, or if it is not that of this file.
Result<bool> ArchiveReader::load_table() {
  if (bytes_ < kIndexTailBytes) return false;
  LOGD_TRY_ASSIGN(const std::string_view tail, bytes_at(bytes_ - kIndexTailBytes, kIndexTailBytes));
  const auto index_bytes = parse_index_tail(tail);
  if (!index_bytes || *index_bytes > bytes_) return false;
  const std::uint64_t index_offset = bytes_ - *index_bytes;
  LOGD_TRY_ASSIGN(const std::string_view header, header_at(index_offset));
  const auto tables = parse_index(header);
  if (!tables) return false;
  const std::uint64_t tables_begin = tables->empty() ? index_offset : tables->front();
  std::uint64_t at = tables_begin;
  bool is_right = true;
  for (std::size_t i = 0; is_right && i < tables->size(); ++i) {
    LOGD_TRY_ASSIGN(is_right, append_table(at));
    if (i + 1 < tables->size()) is_right = is_right && tables->at(i + 1) == at;
  }
  const std::uint64_t data_end = members_.empty() ? 0 : members_.back().end();
  if (is_right && at == index_offset && data_end == tables_begin) return true;
  members_.clear();
  return false;
}

// Appends the members that the table at `offset` lists, and moves `offset` behind it.
Result<bool> ArchiveReader::append_table(std::uint64_t& offset) {
  LOGD_TRY_ASSIGN(const std::string_view header, header_at(offset));
  const auto listed = parse_table(header);
  if (!listed) return false;
  offset += header.size();
  LOGD_TRY_ASSIGN(const std::string_view body, bytes_at(offset, kEmptyBody.size()));
  if (body != kEmptyBody) return false;
  offset += body.size();
  for (const ArchiveMember& member : *listed) {
    add_member(member, members_.empty() ? 0 : members_.back().end());
  }
  return true;
}

void ArchiveReader::add_member(ArchiveMember member, std::uint64_t offset) {
  member.offset = offset;
  member.uncompressed_offset = members_.empty() ? 0 : members_.back().uncompressed_end();
  members_.push_back(member);
}

// Goes from header to header. Where there is none, bytes are damaged or missing: the next valid
// header is looked for.
Result<void> ArchiveReader::walk() {
  bool has_index = false;
  std::uint64_t offset = 0;
  std::uint64_t behind_header = 0;  // of the last member
  while (offset != bytes_) {
    if (members_.size() == kMaxWalkedMembers) {
      damage_.push_back({offset, bytes_ - offset, "there are too many members"});
      return {};
    }
    LOGD_TRY_ASSIGN(const Walked found, member_at(offset));
    if (found.bytes == 0) {
      LOGD_TRY_ASSIGN(const bool is_whole, is_last_whole(offset));
      LOGD_TRY_ASSIGN(const std::uint64_t next, find_member(is_whole ? offset : behind_header));
      if (next < offset) shorten_last(next);
      if (next > offset) add_damage(offset, next - offset, "this is no member");
      offset = next;
      continue;
    }
    if (found.kind == MemberKind::data) add_member(found.member, offset);
    has_index |= found.kind == MemberKind::index;
    behind_header = offset + found.header_bytes;
    offset += found.bytes;
  }
  is_foreign_ = members_.empty() && !has_index;
  if (is_foreign_) {
    damage_.clear();
  } else if (!has_index) {
    add_damage(bytes_, 0, "it ends too early, without its table of contents");
  }
  return {};
}

// Adds to the last damage if it reaches as far as `offset`.
void ArchiveReader::add_damage(std::uint64_t offset, std::uint64_t bytes, const char* reason) {
  if (!damage_.empty() && damage_.back().offset + damage_.back().bytes == offset) {
    damage_.back().bytes += bytes;
  } else {
    damage_.push_back({offset, bytes, reason});
  }
}

// The last member ends at `end`, where the next one begins, and not where its header says. What no
// bytes so few can hold is not believed, or such headers side by side would claim any amount.
void ArchiveReader::shorten_last(std::uint64_t end) {
  const ArchiveMember last = members_.back();
  if (last.uncompressed_bytes <= kMaxDeflateRatio * (end - last.offset)) return;
  members_.pop_back();
  add_damage(last.offset, end - last.offset, "this is no whole member");
}

// Whether the member that should end at `end` does so. If not, bytes may be missing, and the next
// one begins before its place. If so, nothing in it is a header, though it may hold what looks like
// one.
Result<bool> ArchiveReader::is_last_whole(std::uint64_t end) {
  if (members_.empty() || members_.back().end() != end) return true;
  const Result<std::string_view> content = read(members_.back());
  if (!content && content.error().code != ErrorCode::corrupt) return fail(content.error());
  return content.has_value();
}

// The member of any kind at `offset`; its `bytes` are 0 if no valid one begins there.
Result<ArchiveReader::Walked> ArchiveReader::member_at(std::uint64_t offset) {
  LOGD_TRY_ASSIGN(const std::string_view header, header_at(offset));
  if (header.empty()) return Walked{};
  if (const auto member = parse_data_header(header)) {
    return Walked{MemberKind::data, header.size(), member->bytes, *member};
  }
  const bool is_index = parse_index(header).has_value();
  if (!is_index && !parse_table(header)) return Walked{};
  LOGD_TRY_ASSIGN(const std::string_view body, bytes_at(offset + header.size(), kEmptyBody.size()));
  if (body != kEmptyBody) return Walked{};
  return Walked{is_index ? MemberKind::index : MemberKind::table,
                header.size(),
                header.size() + kEmptyBody.size(),
                {}};
}

// Offset of the next valid member from `from` on; the size of the file if there is none.
Result<std::uint64_t> ArchiveReader::find_member(std::uint64_t from) {
  while (from < bytes_) {
    LOGD_TRY_ASSIGN(const std::string_view bytes, bytes_at(from, kMaxHeaderBytes));
    const std::size_t found = bytes.find(kMemberMagic);
    if (found == std::string_view::npos) {
      if (from + bytes.size() == bytes_) break;
      from += bytes.size() - (kMemberMagic.size() - 1);  // it may lie across two blocks
      continue;
    }
    LOGD_TRY_ASSIGN(const Walked member, member_at(from + found));
    if (member.bytes > 0) return from + found;
    from += found + 1;
  }
  return bytes_;
}

Result<std::string_view> ArchiveReader::read(const ArchiveMember& member) {
  LOGD_TRY_ASSIGN(const std::string_view compressed, read_compressed(member));
  return inflater_.inflate(member, compressed, out_);
}

Result<std::string_view> ArchiveReader::read_compressed(const ArchiveMember& member) {
  if (member.end() > bytes_) return fail(ErrorCode::corrupt, "it ends too early");
  in_.resize(member.bytes);
  LOGD_TRY(read_exactly(archive_, in_.data(), in_.size(), member.offset));
  return std::string_view(in_.data(), in_.size());
}

Result<bool> ArchiveReader::is_header_right(const ArchiveMember& member) {
  LOGD_TRY_ASSIGN(const std::string_view header, header_at(member.offset));
  auto found = parse_data_header(header);
  if (!found) return false;
  found->offset = member.offset;
  found->uncompressed_offset = member.uncompressed_offset;
  return *found == member;
}

}  // namespace logd
