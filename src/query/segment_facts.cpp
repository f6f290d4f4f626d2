// SPDX-License-Identifier: Apache-2.0
#include "query/segment_facts.h"

#include <algorithm>

#include "store/archive_reader.h"
#include "store/segment_tail.h"

namespace logd {
namespace {

Result<SegmentFacts> facts_of_segment(File& file) {
  SegmentFacts facts;
  LOGD_TRY_ASSIGN(const FileStatus status, file.status());
  facts.uncompressed_bytes = status.bytes;
  LOGD_TRY_ASSIGN(facts.first_time, time_of_first_record(file));
  LOGD_TRY_ASSIGN(const std::uint64_t end, end_of_last_record(file, status.bytes));
  if (end > 0) {
    LOGD_TRY_ASSIGN(facts.last_time, time_of_record_before(file, end));
  }
  return facts;
}

Result<SegmentFacts> facts_of_archive(File& file) {
  SegmentFacts facts;
  LOGD_TRY_ASSIGN(const ArchiveReader reader, ArchiveReader::open(file));
  if (reader.is_foreign()) return facts;
  std::uint64_t bytes = 0;
  for (const ArchiveMember& member : reader.members()) {
    bytes += member.uncompressed_bytes;
    const RecordSummary& summary = member.summary;
    if (summary.records() == 0) continue;
    facts.first_time = std::min(facts.first_time.value_or(summary.first_time), summary.first_time);
    facts.last_time = std::max(facts.last_time.value_or(summary.last_time), summary.last_time);
  }
  if (reader.damage().empty()) facts.uncompressed_bytes = bytes;
  return facts;
}

}  // namespace

Result<SegmentFacts> facts_of(Directory& log, const SegmentName& name) {
  const bool is_archive = name.form == SegmentName::Form::archive;
  if (!is_archive && name.form != SegmentName::Form::plain) return SegmentFacts();
  LOGD_TRY_ASSIGN(const auto file, log.open_file(name.str(), OpenMode::read));
  return is_archive ? facts_of_archive(*file) : facts_of_segment(*file);
}

}  // namespace logd
