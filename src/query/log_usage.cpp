// SPDX-License-Identifier: Apache-2.0
#include "query/log_usage.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "query/segment_facts.h"
#include "store/segment_list.h"

namespace logd {

using Form = SegmentName::Form;

namespace {

bool is_plain_too(const std::vector<ListedSegment>& segments, const SegmentName& archive) {
  const auto found = std::lower_bound(
      segments.begin(), segments.end(), archive.number,
      [](const ListedSegment& one, std::uint64_t number) { return one.name.number < number; });
  return found != segments.end() && found->name.number == archive.number &&
         found->name.form == Form::plain;
}

}  // namespace

void LogUsage::add(const LogUsage& other) {
  active_bytes += other.active_bytes;
  plain_bytes += other.plain_bytes;
  archive_bytes += other.archive_bytes;
  other_bytes += other.other_bytes;
  uncompressed_bytes += other.uncompressed_bytes;
  is_uncompressed_known = is_uncompressed_known && other.is_uncompressed_known;
}

Result<LogUsage> usage_of(Directory& log) {
  LOGD_TRY_ASSIGN(std::vector<std::string> names, list_names(log));
  std::map<std::string, FileStatus> files;
  std::erase_if(names, [&](const std::string& name) {
    const auto status = log.status_of(name);
    if (status && status->is_regular) files.emplace(name, *status);
    return !status || !status->is_regular;
  });
  const std::vector<ListedSegment> segments = segments_among(names);
  const bool has_active =
      !segments.empty() && segments.back().name.form == Form::plain && !segments.back().has_archive;
  LogUsage usage;
  for (const auto& [name, status] : files) {
    const auto segment = parse_segment_name(name);
    const bool is_plain = segment && segment->form == Form::plain;
    const bool is_archive = segment && segment->form == Form::archive;
    const bool is_active = has_active && is_plain && *segment == segments.back().name;
    std::uint64_t& kind = is_active    ? usage.active_bytes
                          : is_plain   ? usage.plain_bytes
                          : is_archive ? usage.archive_bytes
                                       : usage.other_bytes;
    kind += status.bytes_allocated;
    // Of a segment that is there twice, for as long as its archive takes its place, one counts.
    if ((!is_plain && !is_archive) || (is_archive && is_plain_too(segments, *segment))) continue;
    const auto facts = facts_of(log, *segment);
    if (facts && facts->uncompressed_bytes)
      usage.uncompressed_bytes += *facts->uncompressed_bytes;
    else
      usage.is_uncompressed_known = false;
  }
  return usage;
}

}  // namespace logd
