// Encodes and parses the requests and responses on control.sock, version 1: JSON, one line each.
//
// A client sends one request line and gets one response line; logd may then close. What a verb does
// is the daemon's business, connecting is client.h's. Unknown members are ignored, so that a newer
// end may say more. Pure. Format: logd-protocol(7).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logd/result.h"
#include "logd/units.h"

namespace logd::control {

inline constexpr int kVersion = 1;
inline constexpr std::string_view kSocketName = "control.sock";  // in run_dir
// Newline included. An answer has some 200 bytes for each log, and there may be very many.
inline constexpr std::size_t kMaxRequestBytes = 1 << 20;
inline constexpr std::size_t kMaxResponseBytes = 64 << 20;

struct Request {
  int version = kVersion;
  std::string verb;  // flush | rotate | prune | reload | sync | status | health | ship
  std::vector<std::string> names;  // processes or logs; none: all
  bool dry_run = false;            // flush, prune: only say what would be freed
  bool archives = false;           // flush: archives too
  // Of the verb ship, whose `names` are of a replay; times as parse_request_time() reads them.
  std::string destination;
  std::string action;  // as ship/ship_order.h has them
  std::string since;   // may be empty
  std::string until;   // may be empty
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

// What a reload has changed.
struct ChangeResult {
  std::string section;  // "", "defaults" or "process.NAME"
  std::string key;
  std::string before;  // as TOML
  std::string after;
  std::string effect;  // at_once | next_run | restart
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
  std::vector<PruneResult> pruned;    // prune
  std::vector<ChangeResult> changes;  // reload
  std::string status_json;            // status: encode_status(); else empty
  std::string health_json;            // health: encode_health(); else empty
};

// Both end with a newline. Bytes that are not UTF-8 are replaced: no answer is ever lost over one.
// A response that would be too long is a failure (limit) instead.
std::string encode_request(const Request& request);
std::string encode_response(const Response& response);

// A time of a request: nanoseconds since 1970, in decimal, or RFC 3339. Errors: invalid.
Result<WallTime> parse_request_time(std::string_view text);

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

}  // namespace logd::control
