// SPDX-License-Identifier: Apache-2.0
#include "query/run_walk.h"

#include <algorithm>
#include <utility>

namespace logd {

RunWalk::RunWalk(BackwardLog log) : log_(std::move(log)) { log_.set_wanted({false, false, true}); }

bool RunWalk::previous(Run& run) {
  while (found_.empty() && take_block()) {
  }
  if (found_.empty()) return false;
  run = std::move(found_.front());
  found_.pop_front();
  return true;
}

bool RunWalk::take_block() {
  if (is_at_begin_) return false;
  BackwardLog::Block block;
  if (!log_.previous(block)) {
    is_at_begin_ = true;
    take_rest();
    return true;
  }
  while (!block.records.empty()) {
    RecordView record;
    if (!look_at_record(take_last_record(block.records), record)) continue;
    if (record.type != RecordType::event) continue;
    take_event(record, {block.start.segment, block.start.offset + block.records.size()});
  }
  return true;
}

void RunWalk::take_event(const RecordView& record, Position position) {
  if (const auto exited = parse_exited_event(record.content)) {
    take_end(*exited, parse_time(record.time_text()), position);
  } else if (const auto started = parse_started_event(record.content)) {
    take_start(*started, parse_time(record.time_text()), position);
  }
}

void RunWalk::take_end(const ExitedEvent& exited, std::optional<WallTime> time, Position position) {
  // Of two ends, which a crash of logd may leave, the first one says when.
  Run run = take_ended(exited.run);
  begin_ended_behind(position);
  run.ended = run.gone_by = time;
  run.pid = exited.pid;
  run.end = exited.code ? Run::End::exited : exited.signal ? Run::End::killed : Run::End::unknown;
  run.code = exited.code.value_or(0);
  run.signal = exited.signal.value_or(0);
  run.behind = position;
  ended_.push_back(std::move(run));
}

void RunWalk::take_start(const StartedEvent& started, std::optional<WallTime> time,
                         Position position) {
  begin_ended_behind(position);
  // Numbers grow: the starts of later runs would have stood behind this one.
  const auto later = std::stable_partition(
      ended_.begin(), ended_.end(), [&](const Run& run) { return run.number <= started.run; });
  std::move(later, ended_.end(), std::back_inserter(found_));
  ended_.erase(later, ended_.end());

  Run run = take_ended(started.run);
  run.started = time;
  run.pid = started.pid;
  run.uid = started.uid;
  run.command = started.command;
  run.begin = position;
  found_.push_back(std::move(run));
  next_start_ = position;
  next_time_ = time;
  next_number_ = started.run;
}

// What stands before an older event is none of theirs, should their starts be lost.
void RunWalk::begin_ended_behind(Position position) {
  for (Run& run : ended_) {
    if (run.begin == Position{}) run.begin = position;
  }
}

// The run of this number whose end was met, or else one that has none.
Run RunWalk::take_ended(std::uint64_t number) {
  const auto known = std::find_if(ended_.begin(), ended_.end(),
                                  [&](const Run& run) { return run.number == number; });
  if (known != ended_.end()) {
    Run run = std::move(*known);
    ended_.erase(known);
    return run;
  }
  Run run;
  run.number = number;
  run.behind = next_start_;
  run.gone_by = next_time_;
  if (next_start_ != kNoLimit) run.end = Run::End::lost;
  return run;
}

// The runs whose starts are not kept any more. Of one that has not ended, only lines may be left.
void RunWalk::take_rest() {
  const bool is_first = next_number_ && *next_number_ <= 1;
  if (ended_.empty() && !is_first && has_line_before(next_start_)) {
    Run run = take_ended(next_number_ ? *next_number_ - 1 : 0);
    if (!next_number_) run.number.reset();
    ended_.push_back(std::move(run));
  }
  std::move(ended_.begin(), ended_.end(), std::back_inserter(found_));
  ended_.clear();
}

bool RunWalk::has_line_before(Position position) const {
  BackwardLog log = log_.before(position);
  log.set_wanted({true, true, false});
  BackwardLog::Block block;
  while (log.previous(block)) {
    while (!block.records.empty()) {
      RecordView record;
      if (!look_at_record(take_last_record(block.records), record)) continue;
      if (record.type == RecordType::line) return true;
    }
  }
  return false;
}

}  // namespace logd
