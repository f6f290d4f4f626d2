// SPDX-License-Identifier: Apache-2.0
#include "config/config_keys.h"

#include <fmt/format.h>

#include "config/masking_value.h"
#include "config/value_readers.h"
#include "config/value_texts.h"
#include "logd/names.h"

namespace logd {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::uint64_t kTiB = 1024_GiB;
constexpr SizeRange kAnySize{0, 1024 * kTiB};
constexpr DurationRange kLongTime{milliseconds(1000), hours(24 * 365 * 100)};
constexpr DurationRange kShortTime{milliseconds(0), hours(24)};

const std::vector<std::string> kOnFull = {"block", "drop"};
const std::vector<std::string> kOnDiskFull = {"prune", "block", "drop"};

std::string write_sync(const SyncPolicy& sync) {
  if (sync.mode == SyncMode::never) return "\"never\"";
  return sync.mode == SyncMode::batch ? "\"batch\"" : toml_duration(sync.interval);
}

std::string write_min_free(const SizeOrPercent& free) {
  return free.percent > 0 ? fmt::format("\"{}%\"", free.percent) : toml_size(free.bytes);
}

using Value = const TomlValue&;

Result<void> read_host_id(Value v, std::string& to) {
  std::string id;
  LOGD_TRY(read_string(v, id));
  if (!is_process_name(id)) {
    return fail(ErrorCode::invalid,
                fmt::format("must be 1 to {} letters, digits, \".\", \"_\" and \"-\", not {}",
                            kMaxProcessNameBytes, toml_string(id)));
  }
  to = std::move(id);
  return {};
}

constexpr ConfigKey<Config> kGlobalKeys[] = {
    {"log_dir", "where the logs are; one folder for each process",
     [](Config& c, Value v) { return read_path(v, c.log_dir); },
     [](const Config& c) { return toml_string(c.log_dir); }, Reload::restart},
    {"run_dir", "sockets, ledgers and FIFOs",
     [](Config& c, Value v) { return read_path(v, c.run_dir); },
     [](const Config& c) { return toml_string(c.run_dir); }, Reload::restart},
    {"min_free",
     "of the file system, or a size; \"0\" = never: below it the oldest closed segments go",
     [](Config& c, Value v) { return read_size_or_percent(v, c.min_free); },
     [](const Config& c) { return write_min_free(c.min_free); }, Reload::at_once},
    {"max_disk", "all processes together, or \"off\"",
     [](Config& c, Value v) {
       return read_size_or_off(v, {1_MiB, kAnySize.most}, c.max_disk_bytes);
     },
     [](const Config& c) { return toml_size_or_off(c.max_disk_bytes); }, Reload::at_once},
    {"max_escrow", "memory of the buffers between pipes and logs, all together",
     [](Config& c, Value v) {
       return read_size(v, {1_MiB, kTiB}, c.max_escrow_bytes);
     },
     [](const Config& c) { return toml_size(c.max_escrow_bytes); }, Reload::at_once},
    {"admin_group", "may flush, rotate, prune and reload",
     [](Config& c, Value v) { return read_string(v, c.admin_group); },
     [](const Config& c) { return toml_string(c.admin_group); }, Reload::restart},
    {"timezone", "of schedules and display: \"local\", \"UTC\" or a name such as \"Europe/Berlin\"",
     [](Config& c, Value v) { return read_time_zone(v, c.timezone); },
     [](const Config& c) { return toml_string(c.timezone); }, Reload::at_once},
    {"rules_dir", "your own masking rules, *.toml: logd-rules(5); --check-config reads them",
     [](Config& c, Value v) { return read_path(v, c.rules_dir); },
     [](const Config& c) { return toml_string(c.rules_dir); }, Reload::at_once},
    {"host_id",
     "names this machine in the ids of records that are forwarded; empty: one is made and kept",
     [](Config& c, Value v) { return read_or_none(v, c.host_id, read_host_id); },
     [](const Config& c) { return toml_string(c.host_id); }, Reload::restart},
    {"mask_key", "key of the masks of style \"hash\"",
     [](Config& c, Value v) { return read_path(v, c.mask_key); },
     [](const Config& c) { return toml_string(c.mask_key); }, Reload::at_once},
};

using P = ProcessConfig;

Result<void> read_level(P& p, Value v) {
  std::int64_t level = 0;
  LOGD_TRY(read_integer(v, {1, 9}, level));
  p.level = static_cast<int>(level);
  return {};
}

Result<void> read_keep_plain(P& p, Value v) {
  std::int64_t segments = 0;
  LOGD_TRY(read_integer(v, {0, 1'000'000}, segments));
  p.keep_plain = static_cast<std::uint64_t>(segments);
  return {};
}

// Empty: logd's own group.
Result<void> read_group(P& p, Value v) {
  if (!is_empty_text(v)) return read_string(v, p.group);
  p.group.clear();
  return {};
}

constexpr ConfigKey<P> kProcessKeys[] = {
    {"max_size", "rotate at this size ...",
     [](P& p, Value v) {
       return read_size(v, {1_KiB, kTiB}, p.max_size_bytes);
     },
     [](const P& p) { return toml_size(p.max_size_bytes); }, Reload::at_once},
    {"rotate_interval", "... at these times (cron, @daily, \"every 1h\", \"off\") ...",
     [](P& p, Value v) { return read_schedule(v, p.rotate_interval); },
     [](const P& p) { return toml_string(p.rotate_interval); }, Reload::at_once},
    {"rotate_after", "... or at this age of the active segment, or \"off\"",
     [](P& p, Value v) { return read_duration_or_off(v, kLongTime, p.rotate_after); },
     [](const P& p) { return toml_duration_or_off(p.rotate_after); }, Reload::at_once},
    {"min_size", "by time only if it has grown to this",
     [](P& p, Value v) { return read_size(v, kAnySize, p.min_size_bytes); },
     [](const P& p) { return toml_size(p.min_size_bytes); }, Reload::at_once},
    {"retain", "closed segments kept, or \"all\" (which lifts only the count)",
     [](P& p, Value v) {
       return read_integer_or(v, "all", {0, 1'000'000'000}, p.retain);
     },
     [](const P& p) { return p.retain ? std::to_string(*p.retain) : "\"all\""; }, Reload::at_once},
    {"max_total_size", "of one process, or \"off\"",
     [](P& p, Value v) {
       return read_size_or_off(v, {1_KiB, kAnySize.most}, p.max_total_size_bytes);
     },
     [](const P& p) { return toml_size_or_off(p.max_total_size_bytes); }, Reload::at_once},
    {"max_age", "of closed segments, or \"off\"",
     [](P& p, Value v) { return read_duration_or_off(v, kLongTime, p.max_age); },
     [](const P& p) { return toml_duration_or_off(p.max_age); }, Reload::at_once},
    {"compress", "closed segments become .log.gz",
     [](P& p, Value v) { return read_bool(v, p.compress); },
     [](const P& p) { return toml_bool(p.compress); }, Reload::at_once},
    {"level", "of compression: 1 (fastest) to 9 (smallest)", read_level,
     [](const P& p) { return std::to_string(p.level); }, Reload::at_once},
    {"keep_plain", "newest closed segments left uncompressed", read_keep_plain,
     [](const P& p) { return std::to_string(p.keep_plain); }, Reload::at_once},
    {"sync",
     "what a power cut may take: \"never\" syncs, at most this long ago, or every \"batch\"",
     [](P& p, Value v) { return read_sync(v, p.sync); },
     [](const P& p) { return write_sync(p.sync); }, Reload::at_once},
    {"max_line", "a longer line is stored in pieces",
     [](P& p, Value v) {
       return read_size(v, {kMinMaxLineBytes, kMaxMaxLineBytes}, p.max_line_bytes);
     },
     [](const P& p) { return toml_size(p.max_line_bytes); }, Reload::next_run},
    {"partial_timeout", "an unfinished line is stored after waiting this long for its rest",
     [](P& p, Value v) {
       return read_duration(v, {milliseconds(10), hours(24)}, p.partial_timeout);
     },
     [](const P& p) { return toml_duration(p.partial_timeout); }, Reload::at_once},
    {"exit_wait", "a run waits this long for its output to be stored when it has ended",
     [](P& p, Value v) { return read_duration(v, kShortTime, p.exit_wait); },
     [](const P& p) { return toml_duration(p.exit_wait); }, Reload::next_run},
    {"on_full", "nobody takes the lines (no daemon): \"block\" or \"drop\"",
     [](P& p, Value v) { return read_enum(v, kOnFull, p.on_full); },
     [](const P& p) { return toml_string(kOnFull[static_cast<std::size_t>(p.on_full)]); },
     Reload::next_run},
    {"drop_after", "on_full = \"drop\": after waiting this long",
     [](P& p, Value v) { return read_duration(v, kShortTime, p.drop_after); },
     [](const P& p) { return toml_duration(p.drop_after); }, Reload::next_run},
    {"on_disk_full",
     "the store cannot write: \"prune\" (oldest closed segments go, then block), \"block\" "
     "(nothing "
     "goes) or \"drop\" (prune, then drop)",
     [](P& p, Value v) { return read_enum(v, kOnDiskFull, p.on_disk_full); },
     [](const P& p) { return toml_string(kOnDiskFull[static_cast<std::size_t>(p.on_disk_full)]); },
     Reload::at_once},
    {"allow_users", "besides the owner, may write this process's log",
     [](P& p, Value v) { return read_users(v, p.allow_users); },
     [](const P& p) { return toml_list(p.allow_users); }, Reload::at_once},
    {"max_rate",
     "lines per second of a runaway process, or \"off\"; the rest is dropped and counted",
     [](P& p, Value v) {
       return read_integer_or(v, "off", {1, 1'000'000'000}, p.max_rate);
     },
     [](const P& p) { return p.max_rate ? std::to_string(*p.max_rate) : "\"off\""; },
     Reload::at_once},
    {"merge_streams", "true: one pipe for both, exact order, everything tagged stdout",
     [](P& p, Value v) { return read_bool(v, p.merge_streams); },
     [](const P& p) { return toml_bool(p.merge_streams); }, Reload::next_run},
    {"merge_instances", "true: all instances write one log",
     [](P& p, Value v) { return read_bool(v, p.merge_instances); },
     [](const P& p) { return toml_bool(p.merge_instances); }, Reload::next_run},
    {"masking",
     "sensitive data; mode is \"enforce\", \"report\" or \"off\"; also on, off, allow, style, "
     "literals, env: logd-rules(5)",
     [](P& p, Value v) { return read_masking(v, p.masking); },
     [](const P& p) { return write_masking(p.masking); }, Reload::at_once, masking_mistakes},
    {"fifo", "<run_dir>/fifo/NAME.out and .err; on_full and on_disk_full then default to \"drop\"",
     [](P& p, Value v) { return read_bool(v, p.fifo); },
     [](const P& p) { return toml_bool(p.fifo); }, Reload::at_once},
    {"group", "who may read the files; one of logd's groups", read_group,
     [](const P& p) { return toml_string(p.group); }, Reload::at_once},
};

using H = HttpConfig;

constexpr ConfigKey<H> kHttpKeys[] = {
    {"listen",
     "also on TCP, \"127.0.0.1:9317\" or \"[::1]:9317\", or \"off\"; <run_dir>/http.sock is "
     "always there",
     [](H& h, Value v) { return read_listen(v, h.listen); },
     [](const H& h) { return toml_string(h.listen); }, Reload::restart},
    {"token_file", "what clients on TCP must know; needed where listen is not a loopback address",
     [](H& h, Value v) { return is_empty_text(v) ? Result<void>() : read_path(v, h.token_file); },
     [](const H& h) { return toml_string(h.token_file); }, Reload::restart},
    {"max_connections", "at a time; the oldest that asks for nothing goes for a new one",
     [](H& h, Value v) {
       return read_count(v, {1, 10'000}, h.max_connections);
     },
     [](const H& h) { return std::to_string(h.max_connections); }, Reload::restart},
    {"max_follows", "clients that follow logs at a time",
     [](H& h, Value v) {
       return read_count(v, {1, 1'000}, h.max_follows);
     },
     [](const H& h) { return std::to_string(h.max_follows); }, Reload::restart},
};

}  // namespace

std::span<const ConfigKey<HttpConfig>> http_keys() { return kHttpKeys; }
std::span<const ConfigKey<Config>> global_keys() { return kGlobalKeys; }
std::span<const ConfigKey<ProcessConfig>> process_keys() { return kProcessKeys; }

std::string toml_list(const std::vector<std::string>& items) {
  std::string list = "[";
  for (const std::string& item : items) list += (list.size() > 1 ? ", " : "") + toml_string(item);
  return list + "]";
}

}  // namespace logd
