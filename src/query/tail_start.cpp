// SPDX-License-Identifier: Apache-2.0
#include "query/tail_start.h"

#include <algorithm>

#include "query/line_counter.h"

namespace logd {
namespace {

// How far to look for the first pieces of a line where there are none: per log and together.
constexpr std::uint64_t kMaxLookBackBytes = 16_MiB;
constexpr std::uint64_t kMaxLookBackBytesTogether = 64_MiB;
constexpr std::size_t kManyLogs = 64;
constexpr std::size_t kSmallBlockBytes = 8 * 1024;

}  // namespace

bool stands_before(std::string_view a_time, const LogName& a, std::string_view b_time,
                   const LogName& b) {
  if (const int order = a_time.compare(b_time); order != 0) return order < 0;
  if (const int order = a.process.compare(b.process); order != 0) return order < 0;
  return a.instance < b.instance;
}

std::vector<LogSpan> find_tail(const std::vector<LogToCount>& logs, const TailQuery& query) {
  const std::size_t block_bytes = logs.size() > kManyLogs ? kSmallBlockBytes : kReadBlockBytes;
  std::vector<LogSpan> spans(logs.size());
  std::vector<LineCounter> counters;
  counters.reserve(logs.size());
  for (std::size_t i = 0; i < logs.size(); ++i) {
    auto listing = list_segments(*logs[i].directory);
    counters.emplace_back(
        BackwardLog(*logs[i].directory,
                    listing ? std::move(*listing) : std::vector<ListedSegment>(), block_bytes),
        query.selection, query.follow);
    spans[i].end = counters.back().end();
  }
  if (!query.lines) return spans;  // everything: each span starts before the first record

  std::vector<std::size_t> heads;  // a heap: logs that have a line left, the newest line first
  for (std::size_t i = 0; *query.lines > 0 && i < logs.size(); ++i) {
    if (counters[i].previous()) heads.push_back(i);
  }
  const auto is_older = [&](std::size_t a, std::size_t b) {
    return stands_before(counters[a].time(), *logs[a].name, counters[b].time(), *logs[b].name);
  };
  std::make_heap(heads.begin(), heads.end(), is_older);
  for (std::uint64_t left = *query.lines; left > 0 && !heads.empty(); --left) {
    std::pop_heap(heads.begin(), heads.end(), is_older);
    LineCounter& newest = counters[heads.back()];
    newest.count();
    if (newest.previous()) {
      std::push_heap(heads.begin(), heads.end(), is_older);
    } else {
      heads.pop_back();
    }
  }
  const std::uint64_t look_back = std::min(
      kMaxLookBackBytes, kMaxLookBackBytesTogether / std::max<std::size_t>(logs.size(), 1));
  for (std::size_t i = 0; i < logs.size(); ++i) spans[i].start = counters[i].start(look_back);
  return spans;
}

}  // namespace logd
