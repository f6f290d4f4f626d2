// Knows the closed segments of every log in log_dir, and the active one's size and age.
//
// Filled once at the start and kept up to date by who closes, archives and deletes segments, so
// that no decision needs a look at the disk. Bytes are sizes of files, as `ls -l` shows them. Loop
// thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "capture/log_table.h"
#include "store/segment_index.h"

namespace logd {

struct KeptLog {
  LogName name;
  std::string directory;  // process or process@instance
  const ProcessConfig* config = nullptr;
  std::uint64_t device = 0;  // of the directory that was read
  std::uint64_t inode = 0;
  SegmentIndex closed;  // changed by the catalog alone
  std::uint64_t active_number = 0;
  std::uint64_t active_bytes = 0;
  std::optional<WallTime> active_since;  // time of its first record
  std::uint64_t counted_bytes = 0;       // what of it is in the catalog's total
  bool is_flushing = false;              // its segments are somebody else's for now

  // Archiving.
  std::uint64_t archived_up_to = 0;  // number of the last segment that was seen to
  bool waits_for_archiver = false;
  Nanoseconds archive_delay{};  // before the next attempt; 0: the last one went well
  MonoTime archive_not_before{};

  // Deleting.
  std::set<std::uint64_t> leaving;          // numbers of segments that are about to go
  std::map<std::uint64_t, MonoTime> stuck;  // ... that could not go, and when to try again
  MonoTime remove_not_before{};             // several could not: when to try any again
  std::optional<MonoTime> told_stuck;       // when logd's own log said so

  // Times.
  std::optional<WallTime> last_rotation;    // by time, since logd started
  std::optional<WallTime> rotation_from;    // what the active segment's age counts from
  std::optional<WallTime> too_small_at;     // when it was last due, but below min_size
  std::optional<WallTime> rotation_failed;  // the last attempt
  std::optional<WallTime> expiry_refused;   // when a segment was too old, and did not go
  std::optional<WallTime> scheduled;        // what the schedule says, counted from scheduled_from
  std::optional<WallTime> scheduled_from;
  std::optional<WallTime> wake_at;

  std::uint64_t bytes() const { return closed.total_bytes() + active_bytes; }
};

class LogCatalog {
 public:
  using Map = std::map<std::string, KeptLog>;

  explicit LogCatalog(LogTable& logs) : logs_(logs) {}

  // Lists all logs, and finishes what a killed predecessor left of its archiving. What cannot be
  // read is reported and left out. Errors: permission, io (log_dir itself).
  Result<void> load();

  // The log; one that is new is read.
  KeptLog& of(const LogName& name);
  KeptLog* find(const std::string& directory_name);
  Map& logs() { return kept_; }

  // Takes the active segment's number, size and age over from the open log; reads the log anew if
  // it has another directory by now.
  KeptLog& update_active(const OpenLog& log);

  // Reads one log anew, after others have deleted in it.
  void reload(KeptLog& log);
  // ... if one of the newest closed segments is not there any more. True if so.
  bool notice_deleted(KeptLog& log);

  // A segment of the log was closed, has become an archive, or goes.
  void add_closed(KeptLog& log, const LeftSegment& segment);
  bool replace_by_archive(KeptLog& log, std::uint64_t number, std::uint64_t bytes);
  void remove(KeptLog& log, std::uint64_t number);
  // It goes no longer: has gone, or `stays`.
  void has_left(KeptLog& log, std::uint64_t number);
  void stays(KeptLog& log, const ClosedSegment& segment);

  // Of all logs, active segments included; takes no time.
  std::uint64_t total_bytes() const { return total_bytes_; }

 private:
  KeptLog& entry(const LogName& name);
  void finish_archiving_of(KeptLog& log);
  Result<void> read(KeptLog& log);
  void count(KeptLog& log);

  LogTable& logs_;
  Map kept_;
  std::uint64_t total_bytes_ = 0;
};

}  // namespace logd
