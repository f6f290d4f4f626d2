// SPDX-License-Identifier: Apache-2.0
#include "upkeep/log_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/diagnostics.h"
#include "store/archiving.h"
#include "store/segment_list.h"
#include "store/segment_tail.h"

namespace logd {

Result<void> LogCatalog::load() {
  LOGD_TRY_ASSIGN(const std::vector<LogName> names, logs_.list());
  for (const LogName& name : names) reload(of(name));
  return {};
}

KeptLog& LogCatalog::of(const LogName& name) {
  const auto [entry, is_new] = kept_.try_emplace(name.directory());
  if (is_new) {
    entry->second.name = name;
    entry->second.directory = name.directory();
    entry->second.config = &logs_.config().of(name.process);
  }
  return entry->second;
}

KeptLog* LogCatalog::find(const std::string& directory_name) {
  const auto found = kept_.find(directory_name);
  return found == kept_.end() ? nullptr : &found->second;
}

void LogCatalog::update_active(const OpenLog& log) {
  KeptLog& kept = of(log.name);
  kept.active_number = log.log->segment_number();
  kept.active_bytes = log.log->segment_bytes();
  kept.active_since = log.log->active_since();
}

void LogCatalog::update_all_active() {
  for (const auto& [directory, log] : logs_.open_logs()) update_active(*log);
}

void LogCatalog::reload(KeptLog& log) {
  if (auto read_all = read(log); !read_all)
    log_error(fmt::format("{}: its segments could not be listed: {}", log.directory,
                          read_all.error().message()));
}

Result<void> LogCatalog::read(KeptLog& log) {
  log.closed = SegmentIndex();
  LOGD_TRY_ASSIGN(const auto directory, logs_.open_directory(log.name, Create::no));
  LOGD_TRY_ASSIGN(auto names, directory->list());
  std::vector<ListedSegment> segments = segments_among(names);
  // The newest is the active one, unless it is an archive: then that is still to come.
  const bool has_active =
      !segments.empty() && segments.back().name.form == SegmentName::Form::plain;
  log.active_number = segments.empty() ? 0 : segments.back().name.number + (has_active ? 0 : 1);
  auto finished = finish_archiving(*directory, names, log.active_number);
  if (!finished)
    log_warn(fmt::format("{}: archiving that was cut short: {}", log.directory,
                         finished.error().message()));
  for (std::size_t i = 0; i < segments.size(); ++i) {
    SegmentName name = segments[i].name;
    if (segments[i].has_archive && name.number != log.active_number)
      name = name.with(SegmentName::Form::archive);
    const auto status = directory->status_of(name.str());
    if (!status) continue;
    if (name.number == log.active_number) {
      log.active_bytes = status->bytes;
      LOGD_TRY_ASSIGN(const auto file, directory->open_file(name.str(), OpenMode::read));
      LOGD_TRY_ASSIGN(log.active_since, time_of_first_record(*file));
      continue;
    }
    // A segment is closed when its successor is made.
    const WallTime closed = i + 1 < segments.size() ? segments[i + 1].name.created : name.created;
    log.closed.add({name.number, closed, status->bytes_allocated,
                    name.form == SegmentName::Form::archive, name.created});
  }
  return {};
}

std::uint64_t LogCatalog::total_bytes() const {
  std::uint64_t total = 0;
  for (const auto& [directory, log] : kept_) total += log.bytes();
  return total;
}

}  // namespace logd
