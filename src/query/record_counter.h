// Counts the records of a part of one log: from the headers of archives where these say enough.
//
// A member's summary is enough if all its records lie in the part that is asked for and in one
// bucket of time; the records of others are read, as are those of plain segments and of damaged
// archives. Only their times and streams are looked at. A piece of a line is a record, and events
// are: a summary cannot tell pieces from whole lines, and line_counter.h can. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "logd/file_system.h"
#include "query/backward_log.h"
#include "query/counts.h"
#include "query/damage_report.h"
#include "query/record_range.h"
#include "store/inflate_pool.h"
#include "store/record_view.h"

namespace logd {

class RecordCounter final : private SummaryTaker {
 public:
  // Counts into `by_time` too, which must outlive this object.
  RecordCounter(RecordRange range, const RangeQuery& query, CountsByTime& by_time);

  // Members are inflated by `pool`. What cannot be read is told to `report` and left out. Bytes are
  // those stored, headers and newlines included.
  Counts count(Directory& log, const DamageReport& report, InflatePool& pool);

 private:
  bool may_take(const RecordSummary& summary) override;
  bool take(Position start, const ArchiveMember& member) override;

  void count_block(BackwardLog& log, const BackwardLog::Block& block);
  void add(const RecordView& record);
  void end_times();
  bool enter(std::string_view text);
  void leave();
  bool is_in_time(WallTime time) const;

  RecordRange range_;
  std::optional<WallTime> since_;
  std::optional<WallTime> until_;
  CountsByTime& by_time_;
  Counts total_;
  Position reached_;  // what stands behind it has been counted

  // The bucket that is being counted, as far as it lies in the range of time; times as in records.
  TimeBucket bucket_;
  Counts in_bucket_;
  std::string begin_;
  std::string end_;
  std::string_view first_time_;  // of the block's records in the bucket
  std::string_view last_time_;
};

}  // namespace logd
