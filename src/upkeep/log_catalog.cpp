// SPDX-License-Identifier: Apache-2.0
#include "upkeep/log_catalog.h"

#include <fmt/format.h>

#include <vector>

#include "base/diagnostics.h"
#include "store/archiving.h"
#include "store/segment_list.h"
#include "store/segment_tail.h"

namespace logd {
namespace {

// What the recovered log says; of one that could not be recovered the newest is taken for the
// active one, unless it is an archive: then that is still to come.
std::uint64_t active_of(LogTable& logs, const LogName& name,
                        const std::vector<ListedSegment>& segments) {
  if (const auto number = logs.active_number(name)) return *number;
  if (segments.empty()) return 0;
  const SegmentName& newest = segments.back().name;
  return newest.form == SegmentName::Form::plain ? newest.number : newest.number + 1;
}

}  // namespace

Result<void> LogCatalog::load() {
  LOGD_TRY_ASSIGN(const std::vector<LogName> names, logs_.list());
  for (const LogName& name : names) {
    KeptLog& log = entry(name);
    finish_archiving_of(log);
    reload(log);
  }
  return {};
}

KeptLog& LogCatalog::entry(const LogName& name) {
  KeptLog& log = kept_[name.directory()];
  log.name = name;
  log.directory = name.directory();
  log.config = &logs_.config().of(name.process);
  return log;
}

KeptLog& LogCatalog::of(const LogName& name) {
  if (KeptLog* known = find(name.directory())) return *known;
  KeptLog& log = entry(name);
  reload(log);
  return log;
}

KeptLog* LogCatalog::find(const std::string& directory_name) {
  const auto found = kept_.find(directory_name);
  return found == kept_.end() ? nullptr : &found->second;
}

KeptLog& LogCatalog::update_active(const OpenLog& log) {
  KeptLog& kept = of(log.name);
  const auto status = log.log->directory().status();
  const bool is_other = status && (status->device != kept.device || status->inode != kept.inode);
  if (is_other) {
    kept.archived_up_to = 0;
    reload(kept);
  }
  if (kept.active_number != log.log->segment_number()) {
    kept.rotation_from.reset();
    kept.too_small_at.reset();
  }
  kept.active_number = log.log->segment_number();
  kept.active_bytes = log.log->segment_bytes();
  kept.active_since = log.log->active_since();
  count(kept);
  return kept;
}

void LogCatalog::finish_archiving_of(KeptLog& log) {
  const auto finish = [&]() -> Result<ArchivingLeftovers> {
    LOGD_TRY_ASSIGN(const auto directory, logs_.open_directory(log.name, Create::no));
    LOGD_TRY_ASSIGN(const auto names, directory->list());
    return finish_archiving(*directory, names, active_of(logs_, log.name, segments_among(names)));
  };
  const auto finished = finish();
  if (!finished)
    log_warn(fmt::format("{}: archiving that was cut short: {}", log.directory,
                         finished.error().message()));
  else
    for (const std::string& name : finished->set_aside)
      log_warn(fmt::format(
          "{}: {} is not the archive of the segment beside it, and is called {}.bad now",
          log.directory, name, name));
}

void LogCatalog::reload(KeptLog& log) {
  auto read_all = read(log);
  count(log);
  if (read_all || read_all.error().code == ErrorCode::not_found) return;
  log_error(fmt::format("{}: its segments could not be listed: {}", log.directory,
                        read_all.error().message()));
}

// The oldest need no look: they are chosen before any other, and missed then. Of the newest the
// last has just been closed, and the one before it may be younger than what somebody deleted.
bool LogCatalog::notice_deleted(KeptLog& log) {
  constexpr int kLooks = 4;
  if (log.closed.is_empty()) return false;
  const auto directory = logs_.open_directory(log.name, Create::no);
  if (!directory) return false;
  auto segment = log.closed.end();
  for (int look = 0; look < kLooks && segment != log.closed.begin(); ++look) {
    --segment;
    const SegmentName name{segment->number, segment->created, SegmentName::Form::plain};
    if (is_there(**directory, name)) continue;
    reload(log);
    return true;
  }
  return false;
}

Result<void> LogCatalog::read(KeptLog& log) {
  log.closed = SegmentIndex();
  log.active_number = log.active_bytes = 0;
  log.active_since.reset();
  LOGD_TRY_ASSIGN(const auto directory, logs_.open_directory(log.name, Create::no));
  LOGD_TRY_ASSIGN(const FileStatus home, directory->status());
  log.device = home.device;
  log.inode = home.inode;
  LOGD_TRY_ASSIGN(const std::vector<ListedSegment> segments, list_segments(*directory));
  log.active_number = active_of(logs_, log.name, segments);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    SegmentName name = segments[i].name;
    const bool is_active = name.number == log.active_number;
    const bool is_alien = name.number > log.active_number;
    if (!is_active && (is_alien || log.leaving.contains(name.number))) continue;
    if (segments[i].has_archive && !is_active) name = name.with(SegmentName::Form::archive);
    const auto status = directory->status_of(name.str());
    if (!status) continue;
    if (is_active) {
      log.active_bytes = status->bytes;
      LOGD_TRY_ASSIGN(const auto file, directory->open_file(name.str(), OpenMode::read));
      LOGD_TRY_ASSIGN(log.active_since, time_of_first_record(*file));
      continue;
    }
    // A segment is closed when its successor is made.
    const WallTime closed = i + 1 < segments.size() ? segments[i + 1].name.created : name.created;
    log.closed.add({name.number, closed, status->bytes, name.form == SegmentName::Form::archive,
                    name.created});
  }
  return {};
}

void LogCatalog::add_closed(KeptLog& log, const LeftSegment& segment) {
  // What was read meanwhile holds it already.
  const bool is_known =
      !log.closed.is_empty() && std::prev(log.closed.end())->number >= segment.name.number;
  if (is_known) return;
  log.closed.add({segment.name.number, segment.closed, segment.bytes, false, segment.name.created});
  count(log);
}

bool LogCatalog::replace_by_archive(KeptLog& log, std::uint64_t number, std::uint64_t bytes) {
  const bool is_there = log.closed.replace_by_archive(number, bytes);
  count(log);
  return is_there;
}

void LogCatalog::remove(KeptLog& log, std::uint64_t number) {
  log.closed.remove(number);
  log.leaving.insert(number);
  count(log);
}

void LogCatalog::has_left(KeptLog& log, std::uint64_t number) {
  log.leaving.erase(number);
  log.stuck.erase(number);
}

void LogCatalog::stays(KeptLog& log, const ClosedSegment& segment) {
  log.leaving.erase(segment.number);
  log.closed.restore(segment);
  count(log);
}

void LogCatalog::count(KeptLog& log) {
  total_bytes_ -= log.counted_bytes;
  log.counted_bytes = log.bytes();
  total_bytes_ += log.counted_bytes;
}

}  // namespace logd
