// SPDX-License-Identifier: Apache-2.0
#include "ctl/top_files.h"

#include <utility>

#include "query/history.h"
#include "query/render.h"
#include "query/segment_facts.h"
#include "store/segment_list.h"

namespace logd {

TopFiles TopFileReader::look_at(const TopRow& row) {
  const Seen seen{row.status.lines, row.status.segments};
  const auto [place, is_new] = looks_.try_emplace(row.log.directory());
  Look& look = place->second;
  if (is_new || look.seen != seen) {
    if (const auto files = read_files(row.log)) look.files = *files;
    look.seen = seen;
  }
  return look.files;
}

Result<TopFiles> TopFileReader::read_files(const LogName& log) {
  LOGD_TRY_ASSIGN(const auto log_dir, fs_.open_directory(config_.log_dir));
  LOGD_TRY_ASSIGN(const auto directory, log_dir->open_directory(log.directory(), Create::no));
  LOGD_TRY_ASSIGN(const std::vector<ListedSegment> segments, list_segments(*directory));
  TopFiles files;
  if (segments.empty()) return files;
  const SegmentName& newest = segments.back().name;
  if (newest.number > 1) files.rotated = newest.created;
  // An active segment is empty for a moment after a rotation.
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    const auto facts = facts_of(*directory, segment->name);
    if (facts) files.last_record = facts->last_time;
    if (files.last_record || segment - segments.rbegin() == 1) break;
  }
  return files;
}

const std::vector<std::string>& TopFileReader::last_lines(const TopRow& row, std::size_t most) {
  const Seen seen{row.status.lines, row.status.segments};
  const std::string directory = row.log.directory();
  if (tail_of_ == directory && tail_seen_ == seen && tail_most_ == most) return tail_;
  tail_ = read_lines(row.log, most);
  tail_of_ = directory;
  tail_seen_ = seen;
  tail_most_ = most;
  return tail_;
}

std::vector<std::string> TopFileReader::read_lines(const LogName& log, std::size_t most) {
  std::vector<std::string> lines;
  const Report report = [&lines](Trouble, const std::string& message) {
    lines.push_back("! " + message);
  };
  HistoryQuery query;
  query.names = {log.directory()};
  query.last = most;
  query.selection.events = true;
  History history(fs_, config_.log_dir, std::move(query), report);
  if (const auto opened = history.open(); !opened) return {"! " + opened.error().message()};
  RenderOptions look;
  look.zone = zone_;
  look.is_terminal = true;
  Renderer renderer(look);
  History::Shown shown;
  while (history.next(shown)) {
    renderer.append(lines.emplace_back(), shown.line, *shown.log);
    lines.back().pop_back();  // the newline
  }
  return lines;
}

}  // namespace logd
