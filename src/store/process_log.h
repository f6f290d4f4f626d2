// Owns one log on disk: the active segment, its ledger, and the order of steps that a crash may
// interrupt anywhere.
//
// The one door through which records reach a log. Opening it finishes whatever a killed predecessor
// left: an append, a switch of segments, a flush. Encoding is the pipeline's business, syncing and
// deleting the worker's: what must be done is returned as jobs. Protocol: logd-format(5). Loop
// thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "logd/clock.h"
#include "logd/file_system.h"
#include "store/event.h"
#include "store/ledger.h"
#include "store/segment_name.h"

namespace logd {

// What an append put into the log.
struct Appended {
  std::uint64_t records = 0;  // whole ones
  bool complete = false;      // false: the disk gave out; the rest is to be taken again
  Error error;                // why, if not complete
};

// One append: encoded records, and what the ledger must know of them.
struct AppendRequest {
  std::string_view bytes;  // whole records; may be empty, then only the slot moves
  std::uint64_t records = 0;
  WallTime first_time;  // later records have 1 ns more each
  std::uint32_t slot = kNoSlot;
  LedgerSlot after;
  std::uint64_t max_line = 0;
};

// What open() had to mend, for the daemon's own log.
struct Recovery {
  std::uint64_t torn_bytes = 0;    // cut off the active segment
  bool torn_is_kept = false;       // ... and kept aside; a full disk may have refused the copy
  std::uint64_t kept_records = 0;  // of an append that was cut short
  bool finished_append = false;    // an append was complete, only its ledger entry was not
  bool ledger_ignored = false;     // there was one of this boot, of another directory or version
  bool finished_flush = false;
};

// A segment that takes no more records, of this start.
struct LeftSegment {
  SegmentName name;
  std::uint64_t bytes = 0;
  WallTime closed;             // time of its last record
  std::shared_ptr<File> file;  // for a sync
};

// What an open log has done since somebody asked last.
struct StoreCounters {
  std::uint64_t written_bytes = 0;    // of records, events included
  std::uint64_t filled_segments = 0;  // closed since they had reached their size
};

// What a flush is about to delete.
struct FlushPlan {
  std::vector<SegmentName> segments;  // oldest first, the active one last
};

class ProcessLog {
 public:
  struct Limits {
    std::uint64_t max_segment_bytes = 10 << 20;
  };

  // Opens the log in `directory`, recovers it, and makes sure that there is an active segment.
  // `ledger` and `clock` must outlive the log. Errors: no_space, permission, io (the log can't be
  // used now; try again).
  static Result<std::unique_ptr<ProcessLog>> open(std::unique_ptr<Directory> directory,
                                                  Ledger& ledger, const LedgerOrigin& origin,
                                                  const Clock& clock, Limits limits);

  // From the next append on.
  void set_max_segment_bytes(std::uint64_t bytes) { limits_.max_segment_bytes = bytes; }

  // The time for the first record of the next append: now, but later than every record before it.
  WallTime next_time() const;

  // Makes room for the next append: opens the next segment when the active one has reached its
  // size, or when someone has deleted, truncated or extended it behind our back; then an event in
  // the new one says so. Errors: no_space, permission, io.
  Result<void> prepare();

  // Bytes that the active segment may still take; 0 when full. Records may exceed it by the last
  // one.
  std::uint64_t room() const;

  // Appends as one write, all or nothing for the reader of the ledger. A whole record that is in
  // the segment is never taken back: after a short write the rest is left to the caller, through
  // the slot's skip_records. Call prepare() before. Errors: none but those in the result.
  Appended append(const AppendRequest& request);

  // Number for the next run: one more than the last, which the ledger knows, or the segments after
  // a new boot.
  std::uint64_t next_run();

  // Appends one event of our own. Errors: no_space, io.
  Result<void> append_event(std::string_view text);

  // Closes the active segment, if it holds anything, and opens the next. True if it did.
  Result<bool> rotate();

  // Everything that a flush would delete now.
  Result<FlushPlan> plan_flush(bool with_archives) const;

  // A flush, in this order; from the note on, a crash anywhere is finished at the next start.
  // Notes it in the ledger. Errors: locked (another is under way).
  Result<void> begin_flush(const LedgerFlush& flush);
  // Opens the segment behind the flushed ones, with the event as its first record; until then
  // nothing else may be appended. Where the disk is too full for that, segments that are to be
  // deleted go first. Errors: no_space, io (call it again later).
  Result<void> store_flush_event();
  // Deletes a segment of the plan, with what recovery cut off it.
  Result<void> remove_segment(const SegmentName& segment);
  // When all of the plan are gone.
  void end_flush() { ledger_.end_flush(); }
  bool is_flushing() const { return ledger_.flush().up_to != 0; }

  // Goes on in `directory` after the old one was deleted or moved by hand.
  Result<void> replace_directory(std::unique_ptr<Directory> directory, const LedgerOrigin& origin);

  Ledger& ledger() { return ledger_; }
  const Recovery& recovery() const { return recovery_; }
  const SegmentName& active_name() const { return active_name_; }
  std::uint64_t segment_number() const { return active_name_.number; }
  std::uint64_t segment_bytes() const { return offset_; }
  bool is_empty() const { return offset_ == 0; }
  Directory& directory() { return *directory_; }
  // Time of the first record in the active segment; nothing while it is empty.
  std::optional<WallTime> active_since() const { return active_since_; }
  // Segments closed since the last call.
  std::vector<LeftSegment> take_closed() { return std::exchange(closed_, {}); }
  StoreCounters take_counters() { return std::exchange(counters_, {}); }
  // Whether a segment was begun since the last call: its name is to be synced, and current.log to
  // be pointed at it.
  bool take_new_name() { return std::exchange(has_new_name_, false); }
  // What somebody else has done to the log since the last call, as the event says it; or nothing.
  std::optional<std::string> take_changed_by_hand() { return std::exchange(changed_, {}); }
  // Leaves the active segment alone from now on: what reached the disk of it is unknown.
  void switch_segment_next() { must_switch_ = true; }
  // The active segment, for a sync. Changes with every new segment.
  const std::shared_ptr<File>& active_file() const { return active_; }

 private:
  ProcessLog(std::unique_ptr<Directory> directory, Ledger& ledger, const Clock& clock,
             Limits limits);

  Result<void> recover(const LedgerOrigin& origin);
  Result<std::vector<SegmentName>> list_segments() const;
  Result<void> adopt_live_segment(const std::vector<SegmentName>& segments);
  Result<void> adopt_newest_segment(const std::vector<SegmentName>& segments);
  Result<void> remove_empty_above(std::uint64_t number, const std::vector<SegmentName>& segments);
  Result<void> finish_intent();
  Result<void> cut_tail(std::uint64_t end);
  bool keep_aside(std::uint64_t begin, std::uint64_t end);
  Result<void> recover_time(const std::vector<SegmentName>& segments);
  Result<void> finish_flush();
  Result<void> leave_flushed_segment();
  Result<void> open_next_segment(std::uint64_t number);
  Result<void> append_one_event(std::string_view text);
  void note_change(ChangedByHand change);
  Result<void> store_change();
  void note_begin(const AppendRequest& request);
  void mend_partial_write(std::uint64_t whole_bytes);

  std::unique_ptr<Directory> directory_;
  Ledger& ledger_;
  const Clock& clock_;
  Limits limits_;
  SegmentName active_name_{};
  std::shared_ptr<File> active_;
  std::optional<WallTime> active_since_;
  std::vector<LeftSegment> closed_;
  std::uint64_t offset_ = 0;  // size of the active segment, as we know it
  StoreCounters counters_;
  bool has_new_name_ = false;
  bool must_switch_ = false;                  // a torn record could not be cut off
  std::optional<std::string> untold_change_;  // an event that is still to be stored
  std::optional<std::string> changed_;
  Recovery recovery_;
};

}  // namespace logd
