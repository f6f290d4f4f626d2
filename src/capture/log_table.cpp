// SPDX-License-Identifier: Apache-2.0
#include "capture/log_table.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/accounts.h"
#include "base/diagnostics.h"
#include "store/event.h"

namespace logd {
namespace {

constexpr auto kIdleBeforeClose = std::chrono::seconds(5);
constexpr auto kTimeAheadIsTrouble = std::chrono::seconds(60);

void report_recovery(const LogName& name, const Recovery& recovery) {
  if (recovery.torn_bytes > 0)
    log_warn(fmt::format("{}: cut {} bytes of a torn record off the active segment, {}",
                         name.directory(), recovery.torn_bytes,
                         recovery.torn_is_kept ? "kept aside" : "without room for a copy"));
  if (recovery.kept_records > 0)
    log_info(fmt::format("{}: {} records of an append that was cut short are kept",
                         name.directory(), recovery.kept_records));
  if (recovery.finished_flush)
    log_info(fmt::format("{}: finished a flush that was cut short", name.directory()));
}

}  // namespace

LogTable::LogTable(Ports ports, const Config& config, int ledger_directory)
    : ports_(ports),
      config_(config),
      ledger_directory_(ledger_directory),
      owners_(config),
      sync_timer_(ports.loop, [this] { sync_due(); }),
      idle_timer_(ports.loop, [this] { close_idle(); }) {}

Result<std::unique_ptr<LogTable>> LogTable::create(Ports ports, const Config& config,
                                                   int ledger_directory) {
  std::unique_ptr<LogTable> table(new LogTable(ports, config, ledger_directory));
  LOGD_TRY_ASSIGN(table->boot_id_, read_boot_id());
  LOGD_TRY_ASSIGN(table->log_dir_, ports.file_system.open_directory(config.log_dir));
  table->recover_all();
  return table;
}

// Most logs that are found here have no stream yet: they are mended and closed again, and opened
// when a shim comes.
void LogTable::recover_all() {
  const auto names = list();
  if (!names) {
    log_error(names.error().message());
    return;
  }
  for (const LogName& name : *names) {
    if (auto directory = log_dir_->open_directory(name.directory(), Create::no))
      owners_.learn(name, **directory);
    if (auto opened = open_unlisted(name, Create::no); !opened)
      log_error(fmt::format("{}: not recovered, tried again when it is needed: {}",
                            name.directory(), opened.error().message()));
  }
}

Result<std::vector<LogName>> LogTable::list() const {
  LOGD_TRY_ASSIGN(auto entries, log_dir_->list());
  std::sort(entries.begin(), entries.end());
  std::vector<LogName> names;
  for (const std::string& entry : entries) {
    auto name = parse_log_name(entry);
    if (!name) continue;
    const auto status = log_dir_->status_of(entry);
    if (status && status->is_directory) names.push_back(std::move(*name));
  }
  return names;
}

Result<std::unique_ptr<Directory>> LogTable::open_directory(const LogName& name, Create create) {
  auto opened = log_dir_->open_directory(name.directory(), create);
  if (!opened) return opened;
  const std::string& wanted = config_.of(name.process).group;
  if (wanted.empty()) return opened;
  const auto gid = group_id(wanted);
  if (!gid) {
    log_error(fmt::format("{}: there is no group '{}'", name.process, wanted));
    return opened;
  }
  if (auto set = (*opened)->set_group(*gid); !set)
    log_error(fmt::format("{}: its files cannot be given to group '{}', is logd a member? {}",
                          name.process, wanted, set.error().message()));
  return opened;
}

Result<LedgerOrigin> LogTable::origin_of(Directory& directory) const {
  LOGD_TRY_ASSIGN(const FileStatus status, directory.status());
  return LedgerOrigin{boot_id_, status.device, status.inode};
}

Result<std::unique_ptr<OpenLog>> LogTable::open_unlisted(const LogName& name, Create create) {
  auto open_log = std::make_unique<OpenLog>();
  open_log->name = name;
  open_log->config = &config_.of(name.process);
  LOGD_TRY_ASSIGN(auto directory, open_directory(name, create));
  LOGD_TRY_ASSIGN(const LedgerOrigin origin, origin_of(*directory));
  LOGD_TRY_ASSIGN(open_log->ledger_file, LedgerFile::open(ledger_directory_, name.directory()));
  LOGD_TRY_ASSIGN(
      open_log->log,
      ProcessLog::open(std::move(directory), open_log->ledger_file->ledger(), origin, ports_.clock,
                       {.max_segment_bytes = open_log->config->max_size_bytes}));
  report_recovery(name, open_log->log->recovery());
  return open_log;
}

Result<OpenLog*> LogTable::open(const LogName& name) {
  if (OpenLog* found = find(name.directory())) return found;
  LOGD_TRY_ASSIGN(auto opened, open_unlisted(name, Create::yes));
  if (opened->log->recovery().torn_bytes > 0) {
    // An event in place tells readers that something is missing here.
    std::ignore = opened->log->append_event(recovered_event(opened->log->recovery().torn_bytes));
  }
  OpenLog* open_log = opened.get();
  logs_.emplace(name.directory(), std::move(opened));
  return open_log;
}

OpenLog* LogTable::find(const std::string& directory_name) {
  const auto found = logs_.find(directory_name);
  return found == logs_.end() ? nullptr : found->second.get();
}

Result<void> LogTable::reopen_directory(OpenLog& log) {
  LOGD_TRY_ASSIGN(auto directory, open_directory(log.name, Create::yes));
  LOGD_TRY_ASSIGN(const LedgerOrigin origin, origin_of(*directory));
  LOGD_TRY(log.log->replace_directory(std::move(directory), origin));
  return store_owner(log.name, 0);  // it has one
}

// ---- owners

Result<void> LogTable::admit(const LogName& name, std::uint32_t uid) {
  LOGD_TRY(owners_.check(name, uid));
  return store_owner(name, uid);
}

Result<void> LogTable::store_owner(const LogName& name, std::uint32_t uid) {
  LOGD_TRY_ASSIGN(auto directory, log_dir_->open_directory(name.directory(), Create::yes));
  LOGD_TRY_ASSIGN(auto written, owners_.claim(name, uid, *directory));
  if (!written) return {};
  Worker::Job job{.run = [written] { std::ignore = written->sync_data(); }, .done = nullptr};
  ports_.files.submit(std::move(job));
  return {};
}

// ---- syncing

void LogTable::mark_written(OpenLog& log) {
  for (std::shared_ptr<File>& file : log.log->take_closed_files())
    if (log.config->sync.mode != SyncMode::never) submit_sync_of_closed(log, std::move(file));
  if (log.is_dirty || log.config->sync.mode == SyncMode::never) return;
  log.is_dirty = true;
  if (log.config->sync.mode == SyncMode::batch)
    submit_sync(log, nullptr);
  else
    sync_timer_.arm_no_later(ports_.loop.now() + log.config->sync.interval);
}

// A closed segment goes to the disk with the name of its successor.
void LogTable::submit_sync_of_closed(OpenLog& log, std::shared_ptr<File> file) {
  auto directory =
      std::make_shared<UniqueFd>(fcntl(log.log->directory().descriptor(), F_DUPFD_CLOEXEC, 0));
  auto outcome = std::make_shared<std::optional<Error>>();
  Worker::Job job;
  job.run = [file = std::move(file), directory, outcome] {
    if (auto synced = file->sync_data(); !synced) *outcome = synced.error();
    if (*directory) fsync(directory->get());
  };
  job.done = [this, name = log.name.directory(), outcome] {
    if (!*outcome) return;
    ++sync_failures_;
    log_error(fmt::format("{}: closed segment: {}; what reached the disk of it is unknown", name,
                          (*outcome)->message()));
  };
  ports_.files.submit(std::move(job));
}

void LogTable::sync_due() {
  for (const auto& [directory, log] : logs_) {
    if (log->is_dirty && !log->is_syncing) submit_sync(*log, nullptr);
    check_time_ahead(*log);
  }
}

// Times never go back, so a clock that was set back leaves a log ahead of it until the clock has
// caught up.
void LogTable::check_time_ahead(OpenLog& log) {
  const auto ahead = log.log->ledger().last_time() - ports_.clock.wall_now();
  if (ahead < kTimeAheadIsTrouble) {
    log.time_is_ahead = false;
    return;
  }
  if (log.time_is_ahead || log.is_flushing) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(ahead).count();
  log.time_is_ahead =
      log.log->append_event(time_ahead_event(static_cast<std::uint64_t>(seconds))).has_value();
}

// A failed sync is never tried again on the same file: the next one would succeed although the data
// is gone.
void LogTable::submit_sync(OpenLog& log, std::function<void(std::optional<Error>)> done) {
  log.is_dirty = false;
  log.is_syncing = true;
  auto outcome = std::make_shared<std::optional<Error>>();
  const std::shared_ptr<File> file = log.log->active_file();
  Worker::Job job;
  job.run = [file, outcome] {
    if (auto synced = file->sync_data(); !synced) *outcome = synced.error();
  };
  job.done = [this, key = log.name.directory(), outcome, done = std::move(done)] {
    if (*outcome) {
      ++sync_failures_;
      log_error(fmt::format("{}: {}; what reached the disk is unknown, going on in a new segment",
                            key, (*outcome)->message()));
    }
    if (OpenLog* open_log = find(key)) {
      open_log->is_syncing = false;
      if (*outcome) open_log->log->switch_segment_next();
      if (open_log->is_dirty && open_log->config->sync.mode == SyncMode::batch)
        submit_sync(*open_log, nullptr);
    }
    if (done) done(*outcome);
  };
  if (!ports_.files.submit(std::move(job))) {
    log.is_syncing = false;
    log.is_dirty = true;
    sync_timer_.arm_after(std::chrono::seconds(1));
  }
}

void LogTable::sync_all(const std::function<void(std::optional<Error>)>& done) {
  auto first = std::make_shared<std::optional<Error>>();
  for (const auto& [directory, log] : logs_)
    submit_sync(*log, [first](const std::optional<Error>& error) {
      if (error && !*first) *first = error;
    });
  // Jobs run in order: when this one is done, so are the syncs.
  Worker::Job last{.run = [] {}, .done = [first, done] { done(*first); }};
  if (!ports_.files.submit(std::move(last)))
    done(Error{ErrorCode::limit, 0, "too many jobs wait for the disk"});
}

void LogTable::sync_before_exit() {
  for (const auto& [directory, log] : logs_)
    if (log->config->sync.mode != SyncMode::never)
      std::ignore = log->log->active_file()->sync_data();
}

// ---- closing

void LogTable::release(OpenLog& log) {
  if (log.feeds.empty()) idle_timer_.arm_no_later(ports_.loop.now() + kIdleBeforeClose);
}

void LogTable::close_idle() {
  bool waits = false;
  for (auto entry = logs_.begin(); entry != logs_.end();) {
    const OpenLog& log = *entry->second;
    const bool is_idle = log.feeds.empty() && log.runs == 0;
    const bool is_busy = log.is_dirty || log.is_syncing || log.is_flushing;
    waits = waits || (is_idle && is_busy);
    entry = is_idle && !is_busy ? logs_.erase(entry) : std::next(entry);
  }
  if (waits) idle_timer_.arm_after(kIdleBeforeClose);
}

}  // namespace logd
