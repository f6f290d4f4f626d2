// SPDX-License-Identifier: Apache-2.0
#include "store/archiving.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "store/archive_verify.h"
#include "store/archive_writer.h"
#include "store/segment_list.h"

namespace logd {
namespace {

using Form = SegmentName::Form;

Result<void> remove_if_there(Directory& log, const std::string& name) {
  auto removed = log.remove(name);
  if (!removed && removed.error().code != ErrorCode::not_found) return removed;
  return {};
}

}  // namespace

Result<ArchiveFiles> open_for_archiving(Directory& log, const SegmentName& segment) {
  ArchiveFiles files;
  LOGD_TRY_ASSIGN(files.plain, log.open_file(segment.with(Form::plain).str(), OpenMode::read));
  const std::string temporary = segment.with(Form::archive_tmp).str();
  LOGD_TRY(remove_if_there(log, temporary));
  LOGD_TRY_ASSIGN(files.archive, log.open_file(temporary, OpenMode::create_new));
  return files;
}

Result<ArchiveMade> make_archive(File& plain, File& archive, int level) {
  LOGD_TRY_ASSIGN(const ArchiveStats stats, write_archive(plain, archive, level));
  LOGD_TRY(archive.sync_data());
  LOGD_TRY(compare_archive(archive, plain));
  return ArchiveMade{stats.bytes_in, stats.bytes_out};
}

Result<void> publish_archive(Directory& log, const SegmentName& segment) {
  LOGD_TRY(log.rename(segment.with(Form::archive_tmp).str(), segment.with(Form::archive).str()));
  // The new name must be on the disk before the old file goes.
  LOGD_TRY(log.sync());
  return remove_if_there(log, segment.with(Form::plain).str());
}

void abandon_archive(Directory& log, const SegmentName& segment) {
  std::ignore = log.remove(segment.with(Form::archive_tmp).str());
}

Result<void> remove_segment_files(Directory& log, const SegmentName& segment) {
  for (const Form form : {Form::archive, Form::plain, Form::torn})
    LOGD_TRY(remove_if_there(log, segment.with(form).str()));
  return {};
}

Result<ArchivingLeftovers> finish_archiving(Directory& log, const std::vector<std::string>& names,
                                            std::uint64_t active) {
  ArchivingLeftovers leftovers;
  std::optional<Error> first;
  const auto remove = [&](const std::string& name) {
    auto removed = remove_if_there(log, name);
    if (removed) leftovers.removed.push_back(name);
    if (!removed && !first) first = removed.error();
  };
  for (const std::string& name : names)
    if (const auto parsed = parse_segment_name(name); parsed && parsed->form == Form::archive_tmp)
      remove(name);
  bool is_synced = false;
  for (const ListedSegment& segment : segments_among(names)) {
    if (segment.name.form != Form::plain || !segment.has_archive) continue;
    if (segment.name.number >= active) continue;
    if (!is_synced) LOGD_TRY(log.sync());  // the kill may have come right after the rename
    is_synced = true;
    remove(segment.name.str());
  }
  if (first) return fail(std::move(*first));
  return leftovers;
}

}  // namespace logd
