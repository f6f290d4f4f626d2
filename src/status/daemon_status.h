// Describes the daemon: what the loop knows of it, and what the disk says.
//
// A log that is open is described even if log_dir cannot be listed, and whatever cannot be looked
// at is a message: a daemon in trouble is asked most. How it looks as JSON is status_json.h's
// business, in which order what is collected status_board.h's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "logd/file_system.h"
#include "logd/names.h"
#include "status/health.h"

namespace logd {

// Lines, since logd started.
struct DroppedStatus {
  std::uint64_t disk_full = 0;
  std::uint64_t max_rate = 0;
  std::uint64_t pipe_full = 0;  // by the shim

  std::uint64_t all() const { return disk_full + max_rate + pipe_full; }
};

struct ProcessStatus {
  std::string name;             // of the process
  int instance = kNoInstance;   // null in JSON if none
  std::uint64_t runs = 0;       // attached now
  std::uint64_t lines = 0;      // since logd started
  std::uint64_t err_lines = 0;  // of them on stderr
  std::uint64_t bytes = 0;      // of content, since logd started
  std::uint64_t masked = 0;     // secrets, since logd started
  std::uint64_t cut = 0;        // pieces of long lines stored as lines, since logd started
  DroppedStatus dropped;
  std::uint64_t segments = 0;  // files on disk, archives included
  std::uint64_t bytes_on_disk = 0;
  double time_ahead_s = 0;   // how far the log's time runs ahead of the clock
  std::string state = "ok";  // ok, or what is wrong in a few words
};

struct ArchivingStatus {
  std::uint64_t waiting = 0;  // closed segments that are to become archives
  std::uint64_t made = 0;     // since logd started
  std::uint64_t failed = 0;   // attempts
};

// What became of the keywords and shapes of one rule, since the rules were loaded.
struct RuleStatus {
  std::string id;
  std::uint64_t hits = 0;      // places looked at
  std::uint64_t masked = 0;    // secrets found; in mode report they stay
  std::uint64_t rejected = 0;  // found, and turned down by a validator
  std::uint64_t allowed = 0;   // found, and on an allow list
  double time_s = 0;           // estimated
};

struct MaskingStatus {
  std::string rules = "built-in";  // built-in | user | last-good
  std::uint64_t rule_count = 0;    // loaded
  std::uint64_t bytes = 0;         // searched
  std::uint64_t unverified = 0;    // rests of lines masked unseen, since looking cost too much
  std::vector<RuleStatus> hit;     // rules with hits
};

struct SpaceStatus {
  std::uint64_t logs_bytes = 0;  // files of all logs
  std::uint64_t disk_bytes = 0;  // the file system that log_dir lies on
  std::uint64_t free_bytes = 0;  // of it, for logd
};

struct DaemonStatus {
  std::int64_t pid = 0;
  std::string version;
  double uptime_s = 0;
  Health health;
  std::string log_dir;
  std::string run_dir;
  SpaceStatus space;
  ArchivingStatus archives;
  MaskingStatus masking;
  std::map<std::string, std::uint64_t> deleted;  // segments since logd started, by reason
  std::vector<ProcessStatus> processes;

  // Why it is not ok: every detail of every check.
  std::vector<std::string> messages() const;
};

// Adds the sizes of log_dir and of each log. Takes long where there are very many files. Any
// thread.
void add_sizes(DaemonStatus& status, FileSystem& file_system);

}  // namespace logd
