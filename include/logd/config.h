// Holds every setting and limit, with its unit and default. Plain structs: config/config_file.h
// reads them from TOML.
//
// Keys and defaults are the contract of logd.toml; the ones whose feature is not built yet are read
// and kept. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "logd/units.h"

namespace logd {

enum class OnFull : std::uint8_t { block, drop };
enum class OnDiskFull : std::uint8_t { prune, block, drop };
enum class SyncMode : std::uint8_t { never, interval, batch };

struct SyncPolicy {
  SyncMode mode = SyncMode::interval;
  std::chrono::milliseconds interval{5000};
};

// A limit that may be off (nothing).
template <typename T>
using Optional = std::optional<T>;

// A size, or a share of the file system.
struct SizeOrPercent {
  std::uint64_t bytes = 0;
  double percent = 0;  // used if not 0
};

enum class MaskingMode : std::uint8_t { enforce, report, off };

// What stands in a secret's place: logd-rules(5).
enum class Style : std::uint8_t { token, hash, partial, fixed, remove, same_length };

// A secret that matches one of these is left alone.
struct AllowList {
  std::vector<std::string> exact;
  std::vector<std::string> prefix;
  std::vector<std::string> suffix;
  std::vector<std::string> regex;

  bool operator==(const AllowList&) const = default;
  bool is_empty() const { return *this == AllowList(); }
};

// Which rules are in force, as the file spells it; rules/policy.h says what follows from it.
struct MaskingConfig {
  // Names of packs; "default": those that are on by default, "all"; "-NAME" takes one away.
  std::vector<std::string> packs{"default"};
  MaskingMode mode = MaskingMode::enforce;
  std::vector<std::string> on;          // ids of rules that are on whatever their pack says
  std::vector<std::string> off;         // ids of rules that are off
  AllowList allow;                      // for all rules
  std::map<std::string, Style> styles;  // by category, rule id or "default"
  std::string literals;                 // path of a file with one text to mask a line; empty: none
  bool env = true;                      // values of variables with secret-like names

  bool operator==(const MaskingConfig&) const = default;
};

// Settings of one process: [defaults], overridden by [process.NAME].
struct ProcessConfig {
  std::uint64_t max_size_bytes = 10_MiB;
  std::string rotate_interval = "@daily";  // as base/schedule.h parses it
  Optional<std::chrono::milliseconds> rotate_after;
  std::uint64_t min_size_bytes = 0;
  Optional<std::uint64_t> retain = 10;  // nothing: "all"
  Optional<std::uint64_t> max_total_size_bytes = 1_GiB;
  Optional<std::chrono::milliseconds> max_age;
  bool compress = true;
  int level = 6;
  std::uint64_t keep_plain = 1;
  SyncPolicy sync;
  std::uint64_t max_line_bytes = 256_KiB;
  std::chrono::milliseconds partial_timeout{2000};
  std::chrono::milliseconds exit_wait{5000};
  OnFull on_full = OnFull::block;
  std::chrono::milliseconds drop_after{1000};
  OnDiskFull on_disk_full = OnDiskFull::prune;
  std::vector<std::string> allow_users;  // names or numbers
  Optional<std::uint64_t> max_rate;      // lines per second
  bool merge_streams = false;
  bool merge_instances = false;
  MaskingConfig masking;
  bool fifo = false;
  std::string group;  // empty: logd's own
};

// The table [http]: who may ask over TCP, and how many at a time.
struct HttpConfig {
  std::string listen = "off";  // else as base/socket_address.h reads it
  std::string token_file;      // empty: no token is asked for
  std::uint64_t max_connections = 64;
  std::uint64_t max_follows = 16;
};

// A table [alert.NAME]: when somebody is told, and how. It is about lines that are stored, or, with
// `health`, about logd itself; alert/alert_rule.h says what goes with what.
struct AlertConfig {
  std::vector<std::string> processes;        // names or patterns; empty: all
  std::string stream = "both";               // or "out", "err"
  std::string match;                         // an expression as logctl -g takes it; empty: any line
  std::string level;                         // as logctl --level; empty: any line
  std::string health;                        // "degraded" or "failing"; empty: about lines
  std::vector<std::string> checks;           // of health; empty: all
  std::uint64_t count = 1;                   // so many lines of one process ...
  std::chrono::milliseconds within{60'000};  // ... in this time
  std::chrono::milliseconds cooldown{300'000};
  std::uint64_t lines = 10;                   // that are told: the last ones of the process
  std::string webhook;                        // URL; empty: none
  std::string webhook_file;                   // holds the URL; empty: none
  std::string token_file;                     // of a bearer token; empty: none
  std::vector<std::string> command;           // program and arguments; empty: none
  std::chrono::milliseconds timeout{10'000};  // of one attempt

  bool operator==(const AlertConfig&) const = default;
};

// A table [ship.NAME]: a destination that stored records are forwarded to.
struct ShipConfig {
  std::string type = "otlp";           // or "clickhouse", "elasticsearch", "s3"
  std::string url;                     // where requests go: the path included, but for "s3"
  std::vector<std::string> processes;  // names or patterns; empty: all
  std::string stream = "both";         // or "out", "err"
  bool events = false;                 // those of logd itself, too
  bool required = false;               // what it lacks is kept, see max_backlog_bytes
  std::string start = "oldest";        // of what is stored already; or "now"
  std::string table;                   // of clickhouse, may be "database.table"
  bool deduplication_token = false;    // of clickhouse: each batch has one
  std::string index;                   // of elasticsearch
  std::string bucket;                  // of s3, as are the next four
  std::string prefix;                  // of keys of objects
  std::string region = "us-east-1";
  std::string access_key;  // its id
  std::string secret_key_file;
  std::string compression = "gzip";     // or "zstd", "none"
  std::vector<std::string> attributes;  // "name=value": of the resource
  std::uint64_t batch_bytes = 1_MiB;    // a batch is sent with so much, before compression, ...
  std::uint64_t batch_records = 5000;   // ... so many records, ...
  std::chrono::milliseconds batch_delay{1000};  // ... or so long after its first record
  std::uint64_t max_record_bytes = 256_KiB;     // longer ones are cut
  std::uint64_t in_flight = 4;                  // requests at a time
  std::chrono::milliseconds timeout{30'000};    // of one request
  std::chrono::milliseconds settle{30'000};     // after which acknowledged counts as durable
  std::chrono::milliseconds max_backoff{60'000};
  Optional<std::uint64_t> max_rate;  // records per second
  Optional<std::uint64_t> max_backlog_bytes = 1_GiB;
  Optional<std::chrono::milliseconds> max_backlog_age;
  std::uint64_t max_dead_bytes = 64_MiB;  // of dead letters
  std::string bearer_file;                // holds a token
  std::string basic_file;                 // holds user:password
  std::string header_file;                // holds lines of NAME: VALUE
  std::string ca_file;                    // empty: the system's
  std::string cert_file;                  // of the client
  std::string key_file;
  std::string proxy;             // URL; empty: none
  std::string proxy_auth_file;   // holds user:password
  bool allow_plaintext = false;  // http:// to another machine

  bool operator==(const ShipConfig&) const = default;
};

struct Config {
  std::string log_dir;
  std::string run_dir;
  SizeOrPercent min_free{0, 5};
  Optional<std::uint64_t> max_disk_bytes;
  std::uint64_t max_escrow_bytes = 64_MiB;
  std::string admin_group = "logd";
  std::string timezone = "local";  // as base/time_zone.h finds it
  std::string rules_dir;           // of the user's rule files; may be missing
  std::string mask_key;            // file with the key of Style::hash
  HttpConfig http;
  ProcessConfig defaults;
  std::map<std::string, ProcessConfig> processes;
  std::map<std::string, AlertConfig> alerts;
  std::map<std::string, ShipConfig> ships;
  std::string host_id;  // in the ids of records that are forwarded; empty: one is made

  // Settings of `process`: its own, else the defaults.
  const ProcessConfig& of(const std::string& process) const {
    const auto found = processes.find(process);
    return found == processes.end() ? defaults : found->second;
  }
};

// The escrow of a stream holds four of its longest lines, and at least 64 KiB.
inline constexpr std::uint64_t kMinMaxLineBytes = 1_KiB;
inline constexpr std::uint64_t kMaxMaxLineBytes = 16_MiB;
inline constexpr std::uint64_t escrow_bytes_for(std::uint64_t max_line_bytes) {
  return max_line_bytes * 4 < 64_KiB ? 64_KiB : max_line_bytes * 4;
}

}  // namespace logd
