// Encodes and parses the requests and responses on control.sock, version 1: JSON, one line each.
//
// A client sends one request line and gets one response line; logd may then close. What a verb does
// is the daemon's business, connecting is client.h's. Unknown members are ignored, so that a newer
// end may say more. Pure. Format: logd-format(5).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "logd/names.h"
#include "logd/result.h"

namespace logd::control {

inline constexpr int kVersion = 1;
inline constexpr std::string_view kSocketName = "control.sock";  // in run_dir
// Newline included. An answer has some 200 bytes for each log, and there may be very many.
inline constexpr std::size_t kMaxRequestBytes = 1 << 20;
inline constexpr std::size_t kMaxResponseBytes = 64 << 20;

struct Request {
  int version = kVersion;
  std::string verb;                // flush | rotate | prune | sync | status
  std::vector<std::string> names;  // processes or logs; none: all
  bool dry_run = false;            // flush, prune: only say what would be freed
  bool archives = false;           // flush: archives too
};

// What a verb did to one log.
struct LogResult {
  std::string log;            // process or process@instance
  std::uint64_t records = 0;  // flush: deleted
  std::uint64_t bytes = 0;    // flush: freed
  bool changed = false;       // rotate: false if the active segment was empty
  std::string error;          // for people; empty: done
};

// A closed segment that retention has deleted, or would.
struct PruneResult {
  std::string log;  // process or process@instance
  std::uint64_t segment = 0;
  std::uint64_t bytes = 0;
  std::string reason;  // the limit: "retain"
  std::string text;    // for people
  std::string error;   // for people; why it is still there
};

// Values of Response::error_code.
inline constexpr std::string_view kNotFound = "not_found";
inline constexpr std::string_view kPermission = "permission";
inline constexpr std::string_view kInvalid = "invalid";
inline constexpr std::string_view kIo = "io";
inline constexpr std::string_view kLimit = "limit";

struct Response {
  bool ok = false;
  std::string error_code;  // one of the above unless ok
  std::string message;     // for people
  std::vector<LogResult> logs;
  std::vector<PruneResult> pruned;  // prune
  std::string status_json;          // status: encode_status(); else empty
};

// Both end with a newline. Bytes that are not UTF-8 are replaced: no answer is ever lost over one.
// A response that would be too long is a failure (limit) instead.
std::string encode_request(const Request& request);
std::string encode_response(const Response& response);

// `line` with or without its newline. Errors: limit (too long), invalid (not JSON, a member of the
// wrong type or missing, or a version other than kVersion).
Result<Request> parse_request(std::string_view line);
Result<Response> parse_response(std::string_view line);

inline Response failure(std::string_view error_code, std::string message) {
  Response response;
  response.error_code = error_code;
  response.message = std::move(message);
  return response;
}

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
  std::string state = "ok";  // ok | degraded
  std::string log_dir;
  std::string run_dir;
  SpaceStatus space;
  ArchivingStatus archives;
  MaskingStatus masking;
  std::map<std::string, std::uint64_t> deleted;  // segments since logd started, by reason
  std::vector<ProcessStatus> processes;
  std::vector<std::string> messages;  // why it is degraded
};

// A JSON object on one line, without a newline.
std::string encode_status(const DaemonStatus& status);

// Errors: invalid.
Result<DaemonStatus> parse_status(std::string_view json);

}  // namespace logd::control
