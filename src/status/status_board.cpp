// SPDX-License-Identifier: Apache-2.0
#include "status/status_board.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "status/health_checks.h"

namespace logd {
namespace {

ArchivingStatus describe_archiving(Upkeep& upkeep) {
  ArchivingStatus archiving;
  archiving.made = upkeep.archives().made();
  archiving.failed = upkeep.archives().failed();
  for (const auto& [directory, log] : upkeep.catalog().logs()) {
    const std::uint64_t plain = log.closed.size() - log.closed.archives();
    if (log.config->compress && plain > log.config->keep_plain)
      archiving.waiting += plain - log.config->keep_plain;
  }
  return archiving;
}

MaskingStatus describe_masking(const Masking& masking) {
  constexpr std::string_view kSources[] = {"built-in", "user", "last-good"};
  MaskingStatus status;
  const MaskRules* rules = masking.rules();
  if (rules == nullptr) return status;
  status.rules = kSources[static_cast<std::size_t>(masking.report().source)];
  status.rule_count = rules->set().rules().size();
  status.bytes = rules->searched_bytes();
  status.unverified = rules->unverified();
  const std::vector<RuleCounters> counters = rules->counters();
  for (std::size_t i = 0; i < counters.size(); ++i) {
    if (counters[i].hits == 0) continue;
    RuleStatus& rule = status.hit.emplace_back();
    rule.id = rules->set().rules()[i].rule().id;
    rule.hits = counters[i].hits;
    rule.masked = counters[i].masked;
    rule.rejected = counters[i].rejected;
    rule.allowed = counters[i].allowed;
    rule.time_s = static_cast<double>(counters[i].nanoseconds) / 1e9;
  }
  return status;
}

std::map<std::string, std::uint64_t> describe_deleted(const Pruner& pruner) {
  std::map<std::string, std::uint64_t> deleted;
  for (std::size_t i = 0; i < kPruneReasons; ++i) {
    const auto reason = static_cast<PruneReason>(i);
    deleted[std::string(word_of(reason))] = pruner.deleted(reason);
  }
  return deleted;
}

DroppedStatus dropped_of(const LogCounters& counters) {
  return {counters.dropped_lines(DropReason::disk_full),
          counters.dropped_lines(DropReason::over_rate), counters.dropped_by_shim};
}

double time_ahead_s(const OpenLog& log, WallTime now) {
  const auto ahead = log.log->ledger().last_time() - now;
  return std::max(0.0, std::chrono::duration<double>(ahead).count());
}

// Those that are open, and those of log_dir if it can be listed; by name.
std::map<std::string, LogName> names_of(LogTable& logs, Health& health) {
  std::map<std::string, LogName> names;
  for (const auto& [directory, log] : logs.open_logs()) names.emplace(directory, log->name);
  const auto listed = logs.list();
  if (!listed)
    health.check(kFilesCheck).find(HealthLevel::degraded, "log_dir: " + listed.error().message());
  for (const LogName& name : listed ? *listed : std::vector<LogName>())
    names.emplace(name.directory(), name);
  return names;
}

ProcessStatus describe_log(LogTable& logs, const LogName& name) {
  ProcessStatus process;
  process.name = name.process;
  process.instance = name.instance;
  const LogCounters& counters = logs.counters(name);
  process.lines = counters.lines();
  process.err_lines = counters.streams[static_cast<std::size_t>(Stream::err)].lines;
  process.bytes = counters.bytes();
  process.masked = counters.masked;
  process.cut = counters.cut_pieces;
  process.dropped = dropped_of(counters);
  const OpenLog* log = logs.find(name.directory());
  if (log == nullptr) return process;
  process.runs = log->runs;
  process.time_ahead_s = time_ahead_s(*log, logs.loop().clock().wall_now());
  process.state = state_of(*log, logs.loop().clock().wall_now());
  return process;
}

void add_counters(ProcessMetrics& process, const LogCounters& counters) {
  for (std::size_t i = 0; i < process.streams.size(); ++i) {
    const StreamCounters& from = counters.streams[i];
    process.streams[i].lines += from.lines;
    for (const std::uint64_t dropped : from.dropped_lines) process.streams[i].lines += dropped;
    process.streams[i].bytes += from.bytes;
  }
  const DroppedStatus dropped = dropped_of(counters);
  process.dropped.disk_full += dropped.disk_full;
  process.dropped.max_rate += dropped.max_rate;
  process.dropped.pipe_full += dropped.pipe_full;
  process.cut_lines += counters.cut_pieces;
  process.masked += counters.masked;
  process.written_bytes += counters.written_bytes;
  for (std::size_t i = 0; i < kRotationReasons; ++i) process.rotations[i] += counters.rotations[i];
  process.full_disk_errors += counters.full_disk_errors;
  process.other_write_errors += counters.other_write_errors;
  process.runs_begun += counters.runs;
  process.writer_blocked_s += std::chrono::duration<double>(counters.writer_blocked).count();
}

void add_kept(ProcessMetrics& process, const KeptLog& log) {
  process.segments += log.closed.size() + 1;
  process.disk_bytes += log.bytes();
  if (log.config->max_total_size_bytes)
    process.disk_limit_bytes =
        process.disk_limit_bytes.value_or(0) + *log.config->max_total_size_bytes;
  const auto oldest =
      log.closed.is_empty() ? log.active_since : std::optional(log.closed.begin()->created);
  if (oldest) process.oldest_record = std::min(*oldest, process.oldest_record.value_or(*oldest));
  if (log.closed.is_empty()) return;
  const WallTime last = std::prev(log.closed.end())->closed_at;
  process.last_record = std::max(last, process.last_record.value_or(last));
}

void add_open(ProcessMetrics& process, const OpenLog& log, WallTime now) {
  process.runs_attached += log.runs;
  process.time_ahead_s = std::max(process.time_ahead_s, time_ahead_s(log, now));
  if (log.log->is_empty()) return;
  const WallTime last = log.log->ledger().last_time();
  process.last_record = std::max(last, process.last_record.value_or(last));
}

}  // namespace

StatusBoard::StatusBoard(const Parts& parts)
    : parts_(parts),
      started_at_(parts.logs.loop().clock().mono_now()),
      level_since_(started_at_),
      last_look_(started_at_) {}

double StatusBoard::uptime_s() const {
  const MonoTime now = parts_.logs.loop().clock().mono_now();
  return std::chrono::duration<double>(now - started_at_).count();
}

Health StatusBoard::check() {
  const MonoTime now = parts_.logs.loop().clock().mono_now();
  Health health;
  health.version = LOGD_VERSION;
  health.uptime_s = uptime_s();
  check_disk(parts_.logs, health);
  check_logs(parts_.logs, health);
  check_syncs(parts_.logs, now, health);
  check_drops(parts_.logs, now, health);
  check_masking(parts_.masking, health);
  check_archives(parts_.upkeep.catalog(), health);
  check_escrow(parts_.capture, health);
  check_files(parts_.logs.config(), parts_.upkeep.catalog(), health);
  HealthCheck& config = health.check(kConfigCheck);
  if (reloads_().last_failed)
    config.find(HealthLevel::degraded,
                "the last reload failed, and has changed nothing: logd --check-config");
  for (const Source& source : sources_) source(health);
  return health;
}

// Nobody may have looked when it changed: a log knows when its trouble began, and the loop when
// one was over.
void StatusBoard::note_level(Health& health) {
  const Clock& clock = parts_.logs.loop().clock();
  const MonoTime now = clock.mono_now();
  const HealthLevel level = health.level();
  if (level != level_) {
    level_since_ = now;
    if (level == HealthLevel::failing)
      for (const auto& [directory, log] : parts_.logs.open_logs())
        if (!log->trouble.empty()) level_since_ = std::min(level_since_, log->trouble_since);
  } else if (level == HealthLevel::ok && parts_.capture.last_recovery() > last_look_) {
    level_since_ = *parts_.capture.last_recovery();
  }
  level_ = level;
  last_look_ = now;
  health.since = clock.wall_now() - (now - level_since_);
}

Health StatusBoard::health() {
  Health health = check();
  note_level(health);
  return health;
}

DaemonStatus StatusBoard::status() {
  LogTable& logs = parts_.logs;
  DaemonStatus status;
  status.pid = getpid();
  status.version = LOGD_VERSION;
  status.uptime_s = uptime_s();
  status.log_dir = logs.config().log_dir;
  status.run_dir = logs.config().run_dir;
  status.archives = describe_archiving(parts_.upkeep);
  status.masking = describe_masking(parts_.masking);
  status.reloads = reloads_();
  status.deleted = describe_deleted(parts_.upkeep.pruner());
  status.health = check();
  for (const auto& [directory, name] : names_of(logs, status.health))
    status.processes.push_back(describe_log(logs, name));
  note_level(status.health);
  return status;
}

Metrics StatusBoard::metrics() {
  LogTable& logs = parts_.logs;
  const WallTime now = logs.loop().clock().wall_now();
  Metrics metrics;
  metrics.taken_at = now;
  metrics.health = health();
  metrics.started_at =
      now - std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(uptime_s()));
  // A log that was written a moment ago tells its counts and its size now.
  for (const auto& [directory, log] : logs.open_logs()) {
    if (!log->has_flush) {
      logs.tell_closed(*log);
      parts_.upkeep.catalog().update_active(*log);
    }
    add_open(metrics.processes[log->name.process], *log, now);
  }
  for (const auto& [directory, log] : parts_.upkeep.catalog().logs())
    add_kept(metrics.processes[log.name.process], log);
  for (const auto& [directory, counters] : logs.all_counters())
    if (const auto name = parse_log_name(directory))
      add_counters(metrics.processes[name->process], counters);
  metrics.masking = describe_masking(parts_.masking);
  metrics.archives = describe_archiving(parts_.upkeep);
  metrics.deleted = describe_deleted(parts_.upkeep.pruner());
  metrics.escrow_bytes = parts_.capture.escrow_bytes();
  metrics.escrow_limit_bytes = parts_.capture.max_escrow_bytes();
  if (const auto space = logs.log_dir().space()) {
    metrics.disk_bytes = space->total_bytes;
    metrics.disk_free_bytes = space->available_bytes;
  }
  metrics.sync_failures = logs.sync_failures();
  metrics.reloads = reloads_();
  metrics.alerts = alerts_();
  metrics.ships = ships_();
  return metrics;
}

}  // namespace logd
