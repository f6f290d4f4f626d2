// Reads the records of one log backward, across its segments, in blocks.
//
// Nothing that is written after the listing is seen. What the records mean is reverse_lines.h's
// business. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "logd/file_system.h"
#include "query/damage_report.h"
#include "query/line.h"
#include "query/position.h"
#include "store/segment_list.h"
#include "store/segment_reader.h"

namespace logd {

// Somebody for whom the summaries of members may be enough.
class SummaryTaker {
 public:
  virtual ~SummaryTaker() = default;

  // Whether it is for such a summary, wherever its member stands: none is inflated ahead of need.
  virtual bool may_take(const RecordSummary& summary) = 0;

  // Takes the summary of a member that starts at `start` instead of its records, or returns false
  // if those are wanted.
  virtual bool take(Position start, const ArchiveMember& member) = 0;
};

class BackwardLog {
 public:
  // Reads what lies before `end`, where a record starts. `directory` must outlive the reader.
  BackwardLog(Directory& directory, std::vector<ListedSegment> listing, std::size_t block_bytes,
              Position end = kNoLimit);

  // Without this, what cannot be read is left out without a word.
  void tell(const DamageReport& report) { report_ = report; }

  // Records that are not wanted may be left out, see log_reader.h.
  void set_wanted(Selection wanted) { wanted_ = wanted; }
  void set_pool(InflatePool* pool) { pool_ = pool; }

  // Whole members of undamaged archives are offered to `taker`, which must outlive the reader,
  // before they are read.
  void set_summary_taker(SummaryTaker& taker) { taker_ = &taker; }

  // Whole records, of one segment.
  struct Block {
    Position start;
    std::string_view records;  // valid until the next call
  };
  // Fills in the records before those returned last; false at the beginning.
  bool previous(Block& block);

  // Another reader of the same log, for what lies before `end`; it tells nothing.
  BackwardLog before(Position end) const {
    BackwardLog log(directory_, listing_, block_bytes_, end);
    log.set_pool(pool_);
    return log;
  }

  // Tells that what stands there is not a record.
  void tell_no_record(Position position);

  // Whether older segments than those listed have been deleted.
  bool has_lost_segments() const { return !listing_.empty() && listing_.front().name.number > 1; }

  // Behind the last record of the log when it was read first.
  Position end();

 private:
  bool load();
  bool load_from_segment();
  bool open_previous_segment();
  void enter_member();
  SummaryTaker* summary_taker() const;
  bool pass_over(const ArchiveMember& member);
  void include_unreadable(std::uint64_t number);

  Directory& directory_;
  std::vector<ListedSegment> listing_;  // oldest first
  std::size_t unopened_;                // of these, from the front
  std::size_t block_bytes_;
  Position limit_;
  Selection wanted_{true, true, true};
  InflatePool* pool_ = nullptr;
  SummaryTaker* taker_ = nullptr;
  std::optional<DamageReport> report_;

  std::uint64_t number_ = 0;
  std::unique_ptr<File> file_;
  ArchiveFile* archive_ = nullptr;  // `file_`, if it is one with members
  std::optional<BackwardReader> reader_;
  bool is_after_flush_ = false;  // the segment begins so; what is missing before it was deleted
  Block block_;
  bool has_block_ = false;  // read for end(), not returned yet
  Position end_;
};

}  // namespace logd
