// SPDX-License-Identifier: Apache-2.0
#include "status/health_checks.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <string>

#include "base/accounts.h"
#include "base/size_text.h"

namespace logd {
namespace {

// What was only counted is no trouble any more after this long without another one.
constexpr auto kTroubleIsRecent = std::chrono::seconds(60);

bool is_recent(const std::optional<MonoTime>& time, MonoTime now) {
  return time && now - *time < kTroubleIsRecent;
}

bool is_full_disk(const OpenLog& log) { return log.trouble_code == ErrorCode::no_space; }

// While segments are being deleted for it, a log only waits for a moment.
HealthLevel level_of(const OpenLog& log) {
  const bool makes_room = is_full_disk(log) && log.trouble.find("segments go") != std::string::npos;
  return makes_room ? HealthLevel::degraded : HealthLevel::failing;
}

// By group, since many processes may have the same; "defaults" are those without their own.
void check_groups(const Config& config, HealthCheck& check) {
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
    check.find(HealthLevel::degraded,
               fmt::format("{}: {} '{}': the files have logd's own", names,
                           gid ? "logd is not a member of group" : "there is no group", group));
  }
}

}  // namespace

void check_disk(LogTable& logs, Health& health) {
  HealthCheck& check = health.check(kDiskCheck);
  for (const auto& [directory, log] : logs.open_logs())
    if (!log->trouble.empty() && is_full_disk(*log))
      check.find(level_of(*log), fmt::format("{}: {}", directory, log->trouble));
  const auto space = logs.log_dir().space();
  if (!space) return check.find(HealthLevel::degraded, "log_dir: " + space.error().message());
  const std::uint64_t wanted = wanted_free(logs.config().min_free, *space);
  if (space->available_bytes < wanted)
    check.find(HealthLevel::degraded,
               fmt::format("{} of {} are free, less than min_free, {}",
                           short_size_text(space->available_bytes),
                           short_size_text(space->total_bytes), short_size_text(wanted)));
}

void check_logs(LogTable& logs, Health& health) {
  health.check(kWritesCheck);
  health.check(kClockCheck);
  const WallTime now = logs.loop().clock().wall_now();
  for (const auto& [directory, log] : logs.open_logs()) {
    if (!log->trouble.empty() && !is_full_disk(*log))
      health.check(kWritesCheck).find(level_of(*log), directory + ": " + log->trouble);
    const auto ahead = log->log->ledger().last_time() - now;
    if (ahead >= kTimeAheadIsTrouble)
      health.check(kClockCheck)
          .find(HealthLevel::degraded,
                fmt::format("{}: its time runs {} s ahead of the clock", directory,
                            std::chrono::duration_cast<std::chrono::seconds>(ahead).count()));
  }
}

void check_syncs(const LogTable& logs, MonoTime now, Health& health) {
  HealthCheck& check = health.check(kSyncsCheck);
  if (is_recent(logs.last_sync_failure(), now))
    check.find(HealthLevel::degraded,
               fmt::format("{} syncs failed, the last one within a minute", logs.sync_failures()));
}

void check_drops(const LogTable& logs, MonoTime now, Health& health) {
  HealthCheck& check = health.check(kDropsCheck);
  for (const auto& [directory, counters] : logs.all_counters())
    if (is_recent(counters.last_drop, now))
      check.find(HealthLevel::degraded, directory + ": lines were dropped within a minute");
}

void check_masking(const Masking& masking, Health& health) {
  HealthCheck& check = health.check(kMaskingCheck);
  for (const std::string& trouble : masking.report().troubles)
    check.find(HealthLevel::degraded, trouble);
  for (const std::string& refusal : masking.refusals()) check.find(HealthLevel::degraded, refusal);
}

void check_archives(LogCatalog& catalog, Health& health) {
  HealthCheck& check = health.check(kArchivesCheck);
  for (const auto& [directory, log] : catalog.logs())
    if (log.archive_delay > Nanoseconds(0))
      check.find(HealthLevel::degraded,
                 directory + ": a segment could not be archived, and is tried again");
}

void check_escrow(const CaptureLoop& capture, Health& health) {
  HealthCheck& check = health.check(kEscrowCheck);
  if (capture.escrow_bytes() >= capture.max_escrow_bytes())
    check.find(HealthLevel::degraded, "max_escrow is used up: streams wait for the disk");
  else if (capture.is_short_of_escrow())
    check.find(HealthLevel::degraded,
               "more than half of max_escrow is used: unfinished lines are stored in pieces");
}

void check_files(const Config& config, LogCatalog& catalog, Health& health) {
  HealthCheck& check = health.check(kFilesCheck);
  check_groups(config, check);
  for (const auto& [directory, log] : catalog.logs())
    if (!log.stuck.empty())
      check.find(HealthLevel::degraded,
                 fmt::format("{}: {} segments could not be deleted", directory, log.stuck.size()));
}

std::string state_of(const OpenLog& log, WallTime now) {
  if (!log.trouble.empty()) return log.trouble;
  const bool is_ahead = log.log->ledger().last_time() - now >= kTimeAheadIsTrouble;
  return is_ahead ? "its time runs ahead of the clock" : "ok";
}

}  // namespace logd
