// SPDX-License-Identifier: Apache-2.0
#include "query/line_counter.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "query/line_fields.h"
#include "query/line_pattern.h"

namespace logd {
namespace {

Counts counts_of(const Line& line) {
  Counts counts;
  ++(line.type == RecordType::event ? counts.events
     : line.stream == Stream::out   ? counts.out
                                    : counts.err);
  counts.bytes = line.content.size() + 1;
  counts.first = counts.last = parse_time(line.time);
  return counts;
}

class LineCounter {
 public:
  LineCounter(CountLevels levels, LogStats& stats) : levels_(levels), stats_(stats) {}

  void add(const History::Shown& shown) {
    const Counts counts = counts_of(shown.line);
    if (Counts* const log = counts_of_log(shown.log)) log->add(counts);
    if (counts.first) stats_.by_time.add(stats_.by_time.bucket_of(*counts.first), counts);
    if (levels_ == CountLevels::yes) stats_.by_level[level_index(shown.line)].add(counts);
    if (!stats_.patterns) return;
    pattern_.clear();
    append_pattern(pattern_, shown.line.content);
    stats_.patterns->count(pattern_);
  }

 private:
  // Null for a log that has come since the logs were listed.
  Counts* counts_of_log(const LogName* name) {
    const auto [known, is_new] = counts_.try_emplace(name, nullptr);
    if (!is_new) return known->second;
    const auto found = std::find_if(stats_.logs.begin(), stats_.logs.end(),
                                    [name](const LogStats::Log& log) { return log.name == *name; });
    if (found != stats_.logs.end()) known->second = &found->counts;
    return known->second;
  }

  std::size_t level_index(const Line& line) {
    if (line.type == RecordType::event) return kLevels;
    fields_.set_line(line.content);
    const auto level = level_of(fields_, line.content);
    return level ? static_cast<std::size_t>(*level) : kLevels;
  }

  CountLevels levels_;
  LogStats& stats_;
  std::unordered_map<const LogName*, Counts*> counts_;  // by the history's names
  LineFields fields_;
  std::string pattern_;
};

}  // namespace

void count_lines(History& history, CountLevels levels, LogStats& stats) {
  LineCounter counter(levels, stats);
  History::Shown shown;
  while (history.next(shown)) counter.add(shown);
}

}  // namespace logd
