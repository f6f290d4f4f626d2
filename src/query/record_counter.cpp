// SPDX-License-Identifier: Apache-2.0
#include "query/record_counter.h"

#include <algorithm>
#include <utility>

#include "store/record_view.h"

namespace logd {
namespace {

// Blocks that go well with the cores' caches.
constexpr std::size_t kBlockBytes = 4 * kReadBlockBytes;

}  // namespace

RecordCounter::RecordCounter(RecordRange range, const RangeQuery& query, CountsByTime& by_time)
    : range_(std::move(range)),
      since_(moment_of(query.since)),
      until_(moment_of(query.until)),
      by_time_(by_time),
      reached_(kNoLimit) {}

Counts RecordCounter::count(Directory& log, const DamageReport& report, InflatePool& pool) {
  BackwardLog records(log, range_.segments, kBlockBytes, range_.to);
  records.tell(report);
  records.set_pool(&pool);
  records.set_summary_taker(*this);
  BackwardLog::Block block;
  while (reached_ > range_.from && records.previous(block)) count_block(records, block);
  leave();
  return total_;
}

bool RecordCounter::is_in_time(WallTime time) const {
  return (!since_ || time >= *since_) && (!until_ || time < *until_);
}

bool RecordCounter::may_take(const RecordSummary& summary) {
  return summary.records() > 0 && is_in_time(summary.first_time) && is_in_time(summary.last_time) &&
         by_time_.bucket_of(summary.first_time).holds(summary.last_time);
}

bool RecordCounter::take(Position start, const ArchiveMember& member) {
  const Position end{start.segment, start.offset + member.uncompressed_bytes};
  if (end <= range_.from) return true;  // nothing of it is wanted
  if (start < range_.from || !may_take(member.summary)) return false;
  const RecordSummary& summary = member.summary;
  Counts counts{summary.out_records,       summary.err_records, summary.events,
                member.uncompressed_bytes, summary.first_time,  summary.last_time};
  by_time_.add(by_time_.bucket_of(summary.first_time), counts);
  total_.add(counts);
  reached_ = start;
  return true;
}

void RecordCounter::count_block(BackwardLog& log, const BackwardLog::Block& block) {
  reached_ = block.start;
  std::string_view rest = block.records;
  Position next = block.start;
  RecordView record;
  while (!rest.empty()) {
    const std::string_view bytes = take_first_record(rest);
    const Position position = next;
    next.offset += bytes.size() + 1;
    if (position < range_.from) continue;
    if (!look_at_record(bytes, record)) {
      log.tell_no_record(position);
      continue;
    }
    const std::string_view time = record.time_text();
    if ((time < begin_ || time >= end_) && !enter(time)) continue;
    add(record);
  }
  end_times();
}

void RecordCounter::add(const RecordView& record) {
  ++(record.type == RecordType::event ? in_bucket_.events
     : record.stream == Stream::out   ? in_bucket_.out
                                      : in_bucket_.err);
  in_bucket_.bytes += record.bytes.size() + 1;
  if (first_time_.empty()) first_time_ = record.time_text();
  last_time_ = record.time_text();
}

// Takes the times of what was counted since the last call: within a block of one bucket they grow.
void RecordCounter::end_times() {
  for (const std::string_view text : {first_time_, last_time_}) {
    if (const auto time = parse_time(text)) in_bucket_.add_time(*time);
  }
  first_time_ = {};
  last_time_ = {};
}

// Makes the bucket that holds `text` the one that is counted; false if it is not in the range.
bool RecordCounter::enter(std::string_view text) {
  const auto time = parse_time(text);
  if (!time || !is_in_time(*time)) return false;
  leave();
  bucket_ = by_time_.bucket_of(*time);
  begin_ = time_text(since_ ? std::max(bucket_.begin, *since_) : bucket_.begin);
  end_ = time_text(until_ ? std::min(bucket_.end, *until_) : bucket_.end);
  return true;
}

void RecordCounter::leave() {
  end_times();
  if (in_bucket_.first) by_time_.add(bucket_, in_bucket_);
  total_.add(in_bucket_);
  in_bucket_ = {};
}

}  // namespace logd
