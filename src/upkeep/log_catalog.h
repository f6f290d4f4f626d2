// Knows the closed segments of every log in log_dir, and the active one's size and age.
//
// Filled once at the start and kept up to date by who closes, archives and deletes segments, so
// that no decision needs a look at the disk. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "capture/log_table.h"
#include "store/segment_index.h"

namespace logd {

struct KeptLog {
  LogName name;
  std::string directory;  // process or process@instance
  const ProcessConfig* config = nullptr;
  SegmentIndex closed;
  std::uint64_t active_number = 0;
  std::uint64_t active_bytes = 0;
  std::optional<WallTime> active_since;  // time of its first record
  std::uint64_t queued_up_to = 0;        // segments whose archiving was thought of
  std::uint64_t deleted_segments = 0;    // since logd started
  std::uint64_t deleted_bytes = 0;
  bool is_flushing = false;              // its segments are somebody else's for now
  std::optional<WallTime> last_rotation;  // by time, since logd started
  std::optional<WallTime> too_small_at;   // when it was last due, but below min_size
  std::optional<WallTime> rotation_due;   // by time; of due_from
  std::optional<WallTime> due_from;

  std::uint64_t bytes() const { return closed.total_bytes() + active_bytes; }
};

class LogCatalog {
 public:
  using Map = std::map<std::string, KeptLog>;

  explicit LogCatalog(LogTable& logs) : logs_(logs) {}

  // Lists all logs, and finishes what a killed predecessor left of its archiving. What cannot be
  // read is reported and left out. Errors: permission, io (log_dir itself).
  Result<void> load();

  // The log, made if it is new.
  KeptLog& of(const LogName& name);
  KeptLog* find(const std::string& directory_name);
  Map& logs() { return kept_; }

  // Takes the active segment's number, size and age over from the open log.
  void update_active(const OpenLog& log);
  void update_all_active();

  // Reads one log anew, after others have deleted in it.
  void reload(KeptLog& log);

  std::uint64_t total_bytes() const;

 private:
  Result<void> read(KeptLog& log);

  LogTable& logs_;
  Map kept_;
};

}  // namespace logd
