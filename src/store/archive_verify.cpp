// SPDX-License-Identifier: Apache-2.0
#include "store/archive_verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace logd {
namespace {

Result<void> check_foreign(File& archive, ArchiveCheck& check) {
  GzipStream stream(archive);
  for (;;) {
    LOGD_TRY_ASSIGN(const std::string_view bytes, stream.next());
    if (bytes.empty()) break;
    check.uncompressed_bytes += bytes.size();
  }
  if (!stream.damage().empty()) {
    LOGD_TRY_ASSIGN(const FileStatus status, archive.status());
    const std::uint64_t offset = stream.member_offset();
    check.damage.push_back({offset, status.bytes - offset, stream.damage()});
  }
  return {};
}

// Why a member is damaged; empty if it is not.
Result<std::string> reason_against(ArchiveReader& archive, const ArchiveMember& member,
                                   ArchiveCheck& check) {
  LOGD_TRY_ASSIGN(const bool is_header_right, archive.is_header_right(member));
  const Result<std::string_view> bytes = archive.read(member);
  if (!bytes && bytes.error().code != ErrorCode::corrupt) return fail(bytes.error());
  if (!bytes) return bytes.error().context;
  const RecordSummary summary = summary_of(*bytes);
  check.uncompressed_bytes += bytes->size();
  check.records.add(summary);
  if (!is_header_right) return std::string("its header is damaged");
  if (summary != member.summary) return std::string("its records are not those of its header");
  return std::string();
}

}  // namespace

ArchiveComparison::ArchiveComparison(File& archive, File& segment)
    : archive_(archive), segment_(segment), inflated_(archive) {}

Result<bool> ArchiveComparison::compare_next() {
  LOGD_TRY_ASSIGN(const std::string_view bytes, inflated_.next());
  if (!inflated_.damage().empty()) {
    return fail(ErrorCode::corrupt, fmt::format("archive is damaged in the member at {}: {}",
                                                inflated_.member_offset(), inflated_.damage()));
  }
  // One byte more at the end: the segment must end there.
  plain_.resize(std::max<std::size_t>(bytes.size(), 1));
  std::size_t have = 0;
  while (have < plain_.size()) {
    LOGD_TRY_ASSIGN(const std::size_t got,
                    segment_.read_at(plain_.data() + have, plain_.size() - have, offset_ + have));
    if (got == 0) break;
    have += got;
  }
  if (std::string_view(plain_.data(), have) != bytes) {
    return fail(ErrorCode::corrupt,
                fmt::format("archive differs from its segment behind byte {}", offset_));
  }
  offset_ += bytes.size();
  if (!bytes.empty()) return true;
  LOGD_TRY(check_table());
  return false;
}

Result<void> ArchiveComparison::check_table() {
  LOGD_TRY_ASSIGN(ArchiveReader reader, ArchiveReader::open(archive_));
  const std::vector<ArchiveMember>& members = reader.members();
  const bool is_listed = reader.has_table() || members.size() > kMaxListedMembers;
  const std::uint64_t listed_bytes = members.empty() ? 0 : members.back().uncompressed_end();
  bool is_right = is_listed && reader.damage().empty() && listed_bytes == offset_;
  for (const ArchiveMember& member : members) {
    if (!is_right) break;
    LOGD_TRY_ASSIGN(is_right, reader.is_header_right(member));
  }
  if (!is_right) return fail(ErrorCode::corrupt, "the table of contents of the archive is wrong");
  return {};
}

Result<void> compare_archive(File& archive, File& segment) {
  ArchiveComparison comparison(archive, segment);
  for (;;) {
    LOGD_TRY_ASSIGN(const bool has_more, comparison.compare_next());
    if (!has_more) return {};
  }
}

Result<ArchiveCheck> check_archive(File& archive) {
  ArchiveCheck check;
  LOGD_TRY_ASSIGN(ArchiveReader reader, ArchiveReader::open(archive));
  check.has_table = reader.has_table();
  check.is_foreign = reader.is_foreign();
  check.members = reader.members().size();
  if (check.is_foreign) {
    LOGD_TRY(check_foreign(archive, check));
    return check;
  }
  check.damage = reader.damage();
  for (const ArchiveMember& member : reader.members()) {
    LOGD_TRY_ASSIGN(std::string reason, reason_against(reader, member, check));
    if (!reason.empty()) {
      check.damage.push_back({member.offset, member.bytes, std::move(reason)});
    }
  }
  std::stable_sort(
      check.damage.begin(), check.damage.end(),
      [](const ArchiveDamage& a, const ArchiveDamage& b) { return a.offset < b.offset; });
  return check;
}

}  // namespace logd
