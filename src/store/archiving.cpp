// SPDX-License-Identifier: Apache-2.0
#include "store/archiving.h"

#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "store/archive_verify.h"
#include "store/archive_writer.h"

namespace logd {
namespace {

using Form = SegmentName::Form;

constexpr const char* kSetAside = ".bad";

Result<void> remove_if_there(Directory& log, const std::string& name) {
  auto removed = log.remove(name);
  if (!removed && removed.error().code != ErrorCode::not_found) return removed;
  return {};
}

// Whether the archive holds the plain segment beside it. Nobody may have made it but us; an
// interrupted gzip(1) or half a restore looks like it by name.
Result<bool> holds_plain(Directory& log, const SegmentName& plain) {
  // In this order: once the plain one has gone, another archive may come (archive_rewriting.h).
  LOGD_TRY_ASSIGN(const auto archive,
                  log.open_file(plain.with(Form::archive).str(), OpenMode::read));
  LOGD_TRY_ASSIGN(const auto segment, log.open_file(plain.str(), OpenMode::read));
  const auto compared = compare_archive(*archive, *segment);
  if (!compared && compared.error().code != ErrorCode::corrupt) return fail(compared.error());
  return compared.has_value();
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

Result<void> publish_archive(Directory& log, const SegmentName& segment,
                             std::uint64_t plain_bytes) {
  const std::string plain = segment.with(Form::plain).str();
  LOGD_TRY_ASSIGN(const FileStatus status, log.status_of(plain));
  // Whoever wrote into it: that is in no archive.
  if (status.bytes != plain_bytes)
    return fail(ErrorCode::corrupt, plain + " has changed while its archive was made");
  const std::string temporary = segment.with(Form::archive_tmp).str();
  const std::string archive = segment.with(Form::archive).str();
  auto renamed = log.rename_new(temporary, archive);
  if (!renamed && renamed.error().code == ErrorCode::exists) {
    // Somebody else's, who may be archiving this segment as well (store/archive_rewriting.h) and be
    // further: then it must stay, for it may be masked anew as soon as the segment has gone.
    LOGD_TRY_ASSIGN(const bool is_archived, holds_plain(log, segment.with(Form::plain)));
    renamed = is_archived ? log.remove(temporary) : log.rename(temporary, archive);
  }
  LOGD_TRY(renamed);
  // The new name must be on the disk before the old file goes.
  LOGD_TRY(log.sync());
  return remove_if_there(log, plain);
}

void abandon_archive(Directory& log, const SegmentName& segment) {
  std::ignore = log.remove(segment.with(Form::archive_tmp).str());
}

Result<void> remove_segment_files(Directory& log, const SegmentName& segment) {
  for (const Form form : {Form::torn, Form::archive, Form::plain})
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
  // By their whole names: another file of the same number is no archive of this one.
  const std::set<std::string_view> there(names.begin(), names.end());
  const auto is_there = [&](const SegmentName& name) { return there.contains(name.str()); };
  const auto finish = [&](const SegmentName& plain) -> Result<void> {
    const auto is_finished = holds_plain(log, plain);
    // Since it was listed, somebody else has finished it, or deleted it.
    if (!is_finished && is_finished.error().code == ErrorCode::not_found) return {};
    if (!is_finished) return fail(is_finished.error());
    const std::string archive = plain.with(Form::archive).str();
    if (*is_finished) {
      LOGD_TRY(log.sync());  // the kill may have come right after the rename
      LOGD_TRY(remove_if_there(log, plain.str()));
      leftovers.removed.push_back(plain.str());
    } else {
      LOGD_TRY(log.rename(archive, archive + kSetAside));
      leftovers.set_aside.push_back(archive);
    }
    return {};
  };
  for (const std::string& name : names) {
    const auto parsed = parse_segment_name(name);
    if (!parsed) continue;
    const bool has_archive = is_there(parsed->with(Form::archive));
    switch (parsed->form) {
      case Form::archive_tmp:
      case Form::rewrite_tmp:
        remove(name);
        break;
      case Form::torn:  // a segment that somebody deleted by hand
        if (!has_archive && !is_there(parsed->with(Form::plain))) remove(name);
        break;
      case Form::plain:
        if (!has_archive || parsed->number >= active) break;
        if (auto finished = finish(*parsed); !finished && !first) first = finished.error();
        break;
      case Form::archive:
        break;
    }
  }
  if (first) return fail(std::move(*first));
  return leftovers;
}

}  // namespace logd
