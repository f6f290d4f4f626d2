// SPDX-License-Identifier: Apache-2.0
#include "control/daemon_status.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/accounts.h"
#include "store/event.h"
#include "store/segment_list.h"

namespace logd::control {
namespace {

void add_trouble(DaemonStatus& status, std::string message) {
  status.messages.push_back(std::move(message));
  status.state = "degraded";
}

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

// By group, since many processes may have the same; "defaults" are those without their own.
void add_group_troubles(DaemonStatus& status, const Config& config) {
  std::map<std::string, std::string> users;
  if (!config.defaults.group.empty()) users[config.defaults.group] = "[defaults]";
  for (const auto& [name, process] : config.processes) {
    if (process.group.empty() || process.group == config.defaults.group) continue;
    std::string& names = users[process.group];
    names += (names.empty() ? "" : ", ") + name;
  }
  for (const auto& [group, names] : users) {
    const auto gid = group_id(group);
    if (gid && may_give_to_group(*gid)) continue;
    add_trouble(status,
                fmt::format("{}: {} '{}': the files have logd's own", names,
                            gid ? "logd is not a member of group" : "there is no group", group));
  }
}

void add_stuck_troubles(DaemonStatus& status, LogCatalog& catalog) {
  for (const auto& [directory, log] : catalog.logs())
    if (!log.stuck.empty())
      add_trouble(status,
                  fmt::format("{}: {} segments could not be deleted", directory, log.stuck.size()));
}

// Those that are open, and those of log_dir if it can be listed; by name.
std::map<std::string, LogName> names_of(LogTable& logs, DaemonStatus& status) {
  std::map<std::string, LogName> names;
  for (const auto& [directory, log] : logs.open_logs()) names.emplace(directory, log->name);
  const auto listed = logs.list();
  if (!listed) add_trouble(status, "log_dir: " + listed.error().message());
  for (const LogName& name : listed ? *listed : std::vector<LogName>())
    names.emplace(name.directory(), name);
  return names;
}

ProcessStatus describe_log(LogTable& logs, const LogName& name) {
  ProcessStatus process;
  process.name = name.process;
  process.instance = name.instance;
  const LogCounters& counters = logs.counters(name);
  process.lines = counters.lines;
  process.err_lines = counters.err_lines;
  process.bytes = counters.bytes;
  process.masked = counters.masked;
  process.cut = counters.cut_pieces;
  process.dropped = {counters.dropped_lines[static_cast<std::size_t>(DropReason::disk_full)],
                     counters.dropped_lines[static_cast<std::size_t>(DropReason::over_rate)],
                     counters.dropped_by_shim};
  const OpenLog* log = logs.find(name.directory());
  if (log == nullptr) return process;
  process.runs = log->runs;
  const auto ahead = log->log->ledger().last_time() - logs.loop().clock().wall_now();
  process.time_ahead_s = std::max(0.0, std::chrono::duration<double>(ahead).count());
  if (ahead >= kTimeAheadIsTrouble) process.state = "its time runs ahead of the clock";
  if (!log->trouble.empty()) process.state = log->trouble;
  return process;
}

void add_sizes_of(ProcessStatus& process, Directory& log, SpaceStatus& space) {
  const auto files = list_names(log);
  for (const std::string& file : files ? *files : std::vector<std::string>()) {
    if (!parse_segment_name(file)) continue;
    const auto found = log.status_of(file);
    if (!found || !found->is_regular) continue;
    ++process.segments;
    process.bytes_on_disk += found->bytes;
    space.logs_bytes += found->bytes;
  }
}

}  // namespace

DaemonStatus describe_daemon(LogTable& logs, Upkeep& upkeep, const Masking& masking,
                             MonoTime started_at) {
  DaemonStatus status;
  status.pid = getpid();
  status.version = LOGD_VERSION;
  status.uptime_s =
      std::chrono::duration<double>(logs.loop().clock().mono_now() - started_at).count();
  status.log_dir = logs.config().log_dir;
  status.run_dir = logs.config().run_dir;
  status.archives = describe_archiving(upkeep);
  status.masking = describe_masking(masking);
  for (const std::string& trouble : masking.report().troubles) add_trouble(status, trouble);
  for (const std::string& refusal : masking.refusals()) add_trouble(status, refusal);
  for (std::size_t i = 0; i < kPruneReasons; ++i) {
    const auto reason = static_cast<PruneReason>(i);
    status.deleted[std::string(word_of(reason))] = upkeep.pruner().deleted(reason);
  }
  if (const std::uint64_t failures = logs.sync_failures(); failures > 0)
    add_trouble(status, fmt::format("{} syncs failed", failures));
  add_group_troubles(status, logs.config());
  add_stuck_troubles(status, upkeep.catalog());
  for (const auto& [directory, name] : names_of(logs, status)) {
    ProcessStatus& process = status.processes.emplace_back(describe_log(logs, name));
    if (process.state != "ok") add_trouble(status, directory + ": " + process.state);
  }
  return status;
}

void add_sizes(DaemonStatus& status, FileSystem& file_system) {
  const auto log_dir = file_system.open_directory(status.log_dir);
  if (!log_dir) return add_trouble(status, "log_dir: " + log_dir.error().message());
  if (const auto space = (*log_dir)->space()) {
    status.space.disk_bytes = space->total_bytes;
    status.space.free_bytes = space->available_bytes;
  }
  for (ProcessStatus& process : status.processes) {
    const std::string name = LogName{process.name, process.instance}.directory();
    const auto directory = (*log_dir)->open_directory(name, Create::no);
    if (directory) add_sizes_of(process, **directory, status.space);
  }
}

}  // namespace logd::control
