// SPDX-License-Identifier: Apache-2.0
#include "store/segment_list.h"

#include <algorithm>
#include <iterator>

namespace logd {

using Form = SegmentName::Form;

std::vector<ListedSegment> segments_among(const std::vector<std::string>& names) {
  std::vector<ListedSegment> found;
  for (const std::string& name : names) {
    const auto parsed = parse_segment_name(name);
    if (!parsed) continue;
    if (parsed->form != Form::plain && parsed->form != Form::archive) continue;
    found.push_back({*parsed, parsed->form == Form::archive});
  }
  std::sort(found.begin(), found.end(), [](const ListedSegment& a, const ListedSegment& b) {
    if (a.name.number != b.name.number) return a.name.number < b.name.number;
    return a.name.form < b.name.form;  // .log before .log.gz
  });
  std::vector<ListedSegment> segments;
  for (const ListedSegment& segment : found) {
    if (!segments.empty() && segments.back().name.number == segment.name.number) {
      segments.back().has_archive |= segment.has_archive;
    } else {
      segments.push_back(segment);
    }
  }
  return segments;
}

bool is_there(Directory& log, const SegmentName& segment) {
  for (const auto form : {SegmentName::Form::plain, SegmentName::Form::archive}) {
    const auto status = log.status_of(segment.with(form).str());
    if (status || status.error().code != ErrorCode::not_found) return true;
  }
  return false;
}

// A listing takes its time: of a segment that becomes an archive meanwhile it may show neither the
// new name nor the old one. Both came and went within it then, and the next one shows the archive.
Result<std::vector<std::string>> list_names(Directory& log) {
  LOGD_TRY_ASSIGN(std::vector<std::string> names, log.list());
  LOGD_TRY_ASSIGN(const std::vector<std::string> again, log.list());
  names.insert(names.end(), again.begin(), again.end());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// Of the segments that are begun during the second listing it may show a later one and not those
// before it. None of them was there for the first.
Result<std::vector<ListedSegment>> list_segments(Directory& log) {
  LOGD_TRY_ASSIGN(std::vector<std::string> names, log.list());
  const std::vector<ListedSegment> first = segments_among(names);
  LOGD_TRY_ASSIGN(const std::vector<std::string> again, log.list());
  names.insert(names.end(), again.begin(), again.end());
  std::vector<ListedSegment> segments = segments_among(names);
  const std::uint64_t newest = first.empty() ? 0 : first.back().name.number;
  std::erase_if(segments,
                [newest](const ListedSegment& segment) { return segment.name.number > newest; });
  return segments;
}

Result<OpenedSegment> open_segment(Directory& log, const ListedSegment& segment) {
  if (segment.name.form == Form::plain) {
    auto file = log.open_file(segment.name.str(), OpenMode::read);
    if (file) return OpenedSegment{std::move(*file), false, nullptr, {}};
    if (file.error().code != ErrorCode::not_found) return fail(std::move(file.error()));
  }
  // Only an archive, or the .log has become one since it was listed.
  LOGD_TRY_ASSIGN(auto compressed,
                  log.open_file(segment.name.with(Form::archive).str(), OpenMode::read));
  LOGD_TRY_ASSIGN(std::unique_ptr<ArchiveFile> archive, ArchiveFile::open(std::move(compressed)));
  if (archive->is_foreign()) {
    LOGD_TRY_ASSIGN(InflatedArchive inflated, inflate_archive(archive->compressed()));
    return OpenedSegment{std::move(inflated.file), true, nullptr, std::move(inflated.damage)};
  }
  ArchiveFile* const members = archive.get();
  std::string damage = members->take_damage();
  return OpenedSegment{std::move(archive), true, members, std::move(damage)};
}

}  // namespace logd
